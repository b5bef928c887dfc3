//! The history of a SQLite database that was made before its entries named each other.

use diesel::{
    Connection, connection::SimpleConnection, migration::MigrationSource, sqlite::SqliteConnection,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use manyface_core::{Profile, ProfileRef};
use manyface_store::StoreSettings;

use crate::support::{Database, added, bio, update};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

/// Takes the layout back to the first migration.
fn revert(database: &Database) {
    let mut connection = SqliteConnection::establish(&database.path()).unwrap();
    connection
        .batch_execute("PRAGMA foreign_keys = OFF")
        .unwrap();
    let migrations = MigrationSource::<diesel::sqlite::Sqlite>::migrations(&MIGRATIONS).unwrap();
    for _ in 1..migrations.len() {
        connection.revert_last_migration(MIGRATIONS).unwrap();
    }
}

#[tokio::test]
async fn history_survives_the_change_of_layout() {
    let database = Database::sqlite();
    let store = database.store().await;
    let (kept, gone): (Profile, Profile) = (added(&*store).await, added(&*store).await);
    for text in ["one", "two"] {
        for profile in [&kept, &gone] {
            store.update(update(profile, bio(text))).await.unwrap();
        }
    }
    assert!(store.remove(&ProfileRef::Id(gone.id)).await.unwrap());
    let mut before = Vec::new();
    for profile in [&kept, &gone] {
        let history = store.history(profile.id, 10).await.unwrap();
        assert_eq!(history.len(), 3);
        before.push(history);
    }
    drop(store);
    revert(&database);
    let store = database.open(&StoreSettings::default());
    store.migrate().await.unwrap();
    let store = store.registry();
    for (profile, history) in [&kept, &gone].into_iter().zip(before) {
        assert_eq!(store.history(profile.id, 10).await.unwrap(), history);
    }
    store.update(update(&kept, bio("three"))).await.unwrap();
    let history = store.history(kept.id, 2).await.unwrap();
    let versions: Vec<_> = history.iter().map(|change| change.version).collect();
    assert_eq!(versions, [4, 3]);
}
