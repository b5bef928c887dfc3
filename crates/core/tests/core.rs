//! The laws of patches, and the memory store.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "core/laws.rs"]
mod laws;
#[path = "core/ownership.rs"]
mod ownership;
#[path = "core/pictures.rs"]
mod pictures;

use manyface_core::{MemoryProfiles, behaviour};

#[tokio::test]
async fn the_memory_store_behaves() {
    let store = MemoryProfiles::default();
    behaviour::check(&store).await;
    behaviour::check_images(&store, &store).await;
}
