//! The behaviour that all stores share.

use manyface_core::behaviour;

use crate::support::Database;

#[tokio::test]
async fn sqlite_behaves_as_every_store() {
    let database = Database::sqlite();
    behaviour::check(&*database.store().await).await;
}

#[tokio::test]
async fn postgres_behaves_as_every_store() {
    let database = Database::postgres();
    behaviour::check(&*database.store().await).await;
}
