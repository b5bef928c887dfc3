//! The behaviour that all stores share.

use manyface_core::behaviour;
use manyface_store::StoreSettings;

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

#[tokio::test]
async fn both_know_of_pictures_as_every_store() {
    for database in Database::both() {
        let store = database.open(&StoreSettings::default());
        store.migrate().await.unwrap();
        behaviour::check_images(&*store.registry(), &*store.images()).await;
    }
}
