//! The memory stores pass the tests of every store.

use manyface_core::{AdminRepository, MemoryProfiles, TenantId, Timestamp, behaviour};

#[tokio::test]
async fn the_memory_catalogue_passes_the_tests_of_stores() {
    let store = MemoryProfiles::default();
    behaviour::check_catalogue(&*store.catalogue(), &store).await;
}

#[tokio::test]
async fn the_memory_store_passes_the_tests_of_resume_records() {
    let store = MemoryProfiles::default();
    let tenant = TenantId(uuid::Uuid::nil());
    let made = store.default_tenant(tenant, Timestamp::UNIX_EPOCH).await;
    made.unwrap();
    behaviour::check_resumes(&store, &store).await;
}
