//! Layouts of the database.

use diesel::{Connection, connection::SimpleConnection, sqlite::SqliteConnection};
use futures_util::future::join_all;
use manyface_store::{MigrateError, StoreSettings};
use manyface_testing::Postgres;

use crate::support::{Database, added, reread};

const NEWER: &str = "INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')";

fn pretend_a_newer_program_was_here(database: &Database) {
    if database.directory.is_some() {
        let mut connection = SqliteConnection::establish(&database.path()).unwrap();
        connection.batch_execute(NEWER).unwrap();
    } else {
        Postgres::shared().psql(&database.name(), NEWER);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_that_start_at_once_all_come_up() {
    for database in Database::both() {
        let settings = StoreSettings::default();
        let stores: Vec<_> = (0..8).map(|_| database.open(&settings)).collect();
        let migrations = stores.iter().cloned();
        let migrations = migrations.map(|store| tokio::spawn(async move { store.migrate().await }));
        for done in join_all(migrations).await {
            done.unwrap().unwrap();
        }
        let profile = added(&*stores[0].registry()).await;
        for store in stores {
            store.registry().check().await.unwrap();
            assert_eq!(reread(&*store.registry(), &profile).await, profile);
        }
    }
}

#[tokio::test]
async fn a_database_is_not_ready_before_it_is_migrated() {
    for database in Database::both() {
        let store = database.open(&StoreSettings::default());
        assert!(store.registry().check().await.is_err());
        store.migrate().await.unwrap();
        store.migrate().await.unwrap();
        store.registry().check().await.unwrap();
    }
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused() {
    for database in Database::both() {
        let store = database.open(&StoreSettings::default());
        store.migrate().await.unwrap();
        pretend_a_newer_program_was_here(&database);
        let refused = store.migrate().await;
        let Err(MigrateError::Unknown(version)) = refused else {
            panic!("a newer layout was not refused: {refused:?}");
        };
        assert_eq!(version, "29990101000000");
        assert!(store.registry().check().await.is_err());
    }
}
