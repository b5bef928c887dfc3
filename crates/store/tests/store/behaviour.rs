//! The behaviour suites of the core on both databases.

use manyface_core::{SignedDuration, behaviour};
use manyface_store::{Store, StoreSettings};

use crate::support::Database;

#[tokio::test]
async fn sqlite_passes_the_behaviour_suite() {
    let database = Database::sqlite();
    behaviour::check(&*database.store().await).await;
}

#[tokio::test]
async fn postgres_passes_the_behaviour_suite() {
    let database = Database::postgres();
    behaviour::check(&*database.store().await).await;
}

#[tokio::test]
async fn images_pass_the_behaviour_suite() {
    for database in Database::both() {
        let store = database.open(&StoreSettings::default());
        store.migrate().await.unwrap();
        behaviour::check_images(&*store.repository(), &*store.images()).await;
    }
}

#[tokio::test]
async fn overrides_uploads_and_api_keys_pass_the_behaviour_suite() {
    for database in Database::both() {
        let store = database.open(&StoreSettings::default());
        store.migrate().await.unwrap();
        let repository = store.repository();
        behaviour::check_overrides(&*repository, &*store.overrides()).await;
        let uploads = store.uploads();
        let overrides = store.overrides();
        behaviour::check_uploads(&*repository, &*uploads, &*overrides).await;
        let images = store.images();
        behaviour::check_used_images(&*repository, &*images, &*overrides, &*uploads).await;
        behaviour::check_api_keys(&*repository, &*store.api_keys()).await;
        behaviour::check_operator_tokens(&*store.operator_tokens(), &*repository).await;
        behaviour::check_usage(&*store.usage()).await;
        behaviour::check_webhooks(&*store.webhooks(), &*repository).await;
        behaviour::check_undo(&*repository, &*overrides, &*store.catalogue()).await;
    }
}

#[tokio::test]
async fn a_secret_never_changes() {
    for database in Database::both() {
        let store = database.open(&StoreSettings::default());
        store.migrate().await.unwrap();
        for candidate in [[1; 32], [2; 32]] {
            assert_eq!(store.secret("a", &candidate).await.unwrap(), [1; 32]);
        }
        assert_eq!(store.secret("b", &[2; 32]).await.unwrap(), [2; 32]);
    }
}

#[tokio::test]
async fn the_catalogue_passes_the_behaviour_suite() {
    for database in Database::both() {
        let store = database.open(&StoreSettings::default());
        store.migrate().await.unwrap();
        behaviour::check_catalogue(&*store.catalogue(), &*store.repository()).await;
        behaviour::check_resumes(&*store.repository(), &*store.resumes()).await;
    }
}

#[tokio::test]
async fn released_names_are_free_at_once_without_a_rest_period() {
    for database in Database::both() {
        let settings = StoreSettings {
            username_rest: SignedDuration::ZERO,
            ..StoreSettings::default()
        };
        let store = database.open(&settings);
        store.migrate().await.unwrap();
        behaviour::check_freed_usernames(&*store.repository()).await;
    }
}

#[tokio::test]
async fn exports_are_imported_into_either_database() {
    for databases in [
        [Database::sqlite(), Database::postgres()],
        [Database::postgres(), Database::sqlite()],
        [Database::postgres(), Database::postgres()],
    ] {
        let stores = databases
            .each_ref()
            .map(|database| database.open(&StoreSettings::default()));
        for store in &stores {
            store.migrate().await.unwrap();
        }
        let repositories = stores.each_ref().map(Store::repository);
        let bulks = stores.each_ref().map(Store::bulk);
        let overrides = stores.each_ref().map(Store::overrides);
        let catalogues = stores.each_ref().map(Store::catalogue);
        let keys = stores.each_ref().map(Store::api_keys);
        let ports = |at: usize| behaviour::TransferPorts {
            repository: &*repositories[at],
            bulk: &*bulks[at],
            overrides: &*overrides[at],
            catalogue: &*catalogues[at],
            api_keys: &*keys[at],
        };
        behaviour::check_transfer(ports(0), ports(1)).await;
    }
}
