//! The laws of patches, and the memory store.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "core/laws.rs"]
mod laws;
#[path = "core/ownership.rs"]
mod ownership;
#[path = "core/pictures.rs"]
mod pictures;
#[path = "core/policies.rs"]
mod policies;

use manyface_core::{MemoryProfiles, behaviour};

#[tokio::test]
async fn the_memory_store_behaves() {
    behaviour::check(&MemoryProfiles::default()).await;
}
