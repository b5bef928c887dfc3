//! The reference stores do what every store must.

use manyface_core::{AdminRepository, MemoryProfiles, TenantId, Timestamp, behaviour};

#[tokio::test]
async fn the_catalogue_in_memory_behaves_as_every_store() {
    let store = MemoryProfiles::default();
    behaviour::check_catalogue(&*store.catalogue(), &store).await;
}

#[tokio::test]
async fn resumes_in_memory_are_known() {
    let store = MemoryProfiles::default();
    let tenant = TenantId(uuid::Uuid::nil());
    let made = store.default_tenant(tenant, Timestamp::UNIX_EPOCH).await;
    made.unwrap();
    behaviour::check_resumes(&store, &store).await;
}
