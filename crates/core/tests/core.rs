//! The laws of patches, and the memory store.

#[path = "core/laws.rs"]
mod laws;
#[path = "core/ownership.rs"]
mod ownership;

use manyface_core::{MemoryProfiles, behaviour};

#[tokio::test]
async fn the_memory_store_behaves() {
    behaviour::check(&MemoryProfiles::default()).await;
}
