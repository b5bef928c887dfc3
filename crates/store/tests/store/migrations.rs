//! Layouts of the database.

use diesel::{
    Connection, RunQueryDsl, connection::SimpleConnection, sql_types::BigInt,
    sqlite::SqliteConnection,
};
use futures_util::future::join_all;
use manyface_store::{MigrateError, StoreSettings};
use manyface_testing::Postgres;

use crate::support::{Database, added, reread};

const NEWER: &str = "INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')";

/// A claim of a profile that is not there, and the work that claims names.
const ORPHAN: &str = "INSERT INTO username_claims (digest, profile_id) \
    VALUES ('00', '00000000-0000-7000-8000-000000000001'); \
    INSERT INTO pending_work (name) VALUES ('username_claims')";

fn execute(database: &Database, sql: &str) {
    if database.directory.is_some() {
        let mut connection = SqliteConnection::establish(&database.path()).unwrap();
        connection.batch_execute(sql).unwrap();
    } else {
        Postgres::shared().psql(&database.name(), sql);
    }
}

fn count(database: &Database, query: &str) -> i64 {
    if database.directory.is_some() {
        let mut connection = SqliteConnection::establish(&database.path()).unwrap();
        let query = diesel::dsl::sql::<BigInt>(&format!("({query})"));
        diesel::select(query).get_result(&mut connection).unwrap()
    } else {
        let count = Postgres::shared().psql(&database.name(), query);
        count.trim().parse().unwrap()
    }
}

#[tokio::test]
async fn names_of_users_who_are_removed_while_names_are_claimed_are_released() {
    for database in Database::both() {
        let store = database.open(&StoreSettings::default());
        store.migrate().await.unwrap();
        added(&*store.registry()).await;
        execute(&database, ORPHAN);
        store.migrate().await.unwrap();
        let held = "SELECT count(*) FROM username_claims WHERE released_at IS NULL";
        let names = count(&database, held);
        assert!((1..=2).contains(&names), "those of the user: {names}");
        let released = "SELECT count(*) FROM username_claims WHERE digest = '00' \
            AND released_at IS NOT NULL";
        assert_eq!(count(&database, released), 1);
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
        execute(&database, NEWER);
        let refused = store.migrate().await;
        let Err(MigrateError::Unknown(version)) = refused else {
            panic!("a newer layout was not refused: {refused:?}");
        };
        assert_eq!(version, "29990101000000");
        assert!(store.registry().check().await.is_err());
    }
}
