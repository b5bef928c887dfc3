//! Tests of actions and patches, and of the memory store.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod catalogue;
mod images;
mod laws;
mod ownership;
mod policies;
mod principals;

use manyface_core::{MemoryProfiles, behaviour};

#[tokio::test]
async fn the_memory_store_passes_the_tests_of_stores() {
    let store = MemoryProfiles::default();
    behaviour::check(&store).await;
    behaviour::check_images(&store, &store).await;
    behaviour::check_overrides(&store, &store).await;
    behaviour::check_uploads(&store, &store, &store).await;
    behaviour::check_used_images(&store, &store, &store, &store).await;
    behaviour::check_api_keys(&store, &store).await;
    behaviour::check_operator_tokens(&store, &store).await;
    behaviour::check_usage(&store).await;
    behaviour::check_webhooks(&store, &store).await;
    behaviour::check_undo(&store, &store, &*store.catalogue()).await;
}

#[tokio::test]
async fn the_memory_store_is_exported_and_imported() {
    let stores = [MemoryProfiles::default(), MemoryProfiles::default()];
    let catalogues = stores.each_ref().map(MemoryProfiles::catalogue);
    let ports = |at: usize| behaviour::TransferPorts {
        repository: &stores[at],
        bulk: &stores[at],
        overrides: &stores[at],
        catalogue: &*catalogues[at],
        api_keys: &stores[at],
    };
    behaviour::check_transfer(ports(0), ports(1)).await;
}
