//! PostgreSQL behind PgBouncer, and unusable databases.

use std::sync::Arc;

use manyface_core::Error;
use manyface_store::{ConnectError, MigrateError, StoreSettings};
use manyface_testing::{PgBouncer, Postgres};

use crate::{
    postgres::hold,
    support::{Database, added, bio, eventually, reread, update},
};

/// The lock that prevents concurrent migrations.
const LOCK: &str = "pg_advisory_xact_lock(7814395231470326121)";

/// Returns the permanent error of the database at `url`.
async fn unsuitable(url: &str) -> ConnectError {
    let store = Database::at(url).open(&StoreSettings::default());
    let migrated = store.migrate().await;
    let Err(MigrateError::Unsuitable(reason)) = migrated else {
        panic!("{url} can be migrated: {migrated:?}");
    };
    // Every command verifies the database first.
    let Err(Error::Unavailable(Some(cause))) = store.verify().await else {
        panic!("{url} can be used");
    };
    let same = cause.downcast_ref::<ConnectError>().unwrap();
    assert_eq!(same.to_string(), reason.to_string());
    reason
}

fn advisory_locks(name: &str) -> String {
    let locks = "SELECT count(*) FROM pg_locks JOIN pg_database AS d ON d.oid = database \
                 WHERE locktype = 'advisory' AND d.datname = current_database()";
    Postgres::shared().psql(name, locks).trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn session_pooling_works() {
    let server = Postgres::shared();
    let bouncer = PgBouncer::start(server, "pool_mode = session");
    let direct = Database::at(&server.database());
    let pooled = Database::at(&bouncer.url(&direct.name()));
    for _ in 0..3 {
        let store = pooled.store().await;
        let profile = added(&*store).await;
        let written = store.update(update(&profile, bio("pooled"))).await;
        assert_eq!(reread(&*store, &profile).await, written.unwrap().unwrap());
        store.check().await.unwrap();
    }
    assert_eq!(advisory_locks(&direct.name()), "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_pool_modes_are_rejected_and_hold_no_lock() {
    for settings in [
        "pool_mode = transaction",
        "pool_mode = transaction\nserver_round_robin = 1",
        "pool_mode = transaction\nserver_reset_query_always = 1",
        "pool_mode = transaction\ndefault_pool_size = 1",
        "pool_mode = statement",
        "pool_mode = statement\nserver_round_robin = 1",
    ] {
        let server = Postgres::shared();
        let bouncer = PgBouncer::start(server, settings);
        let direct = Database::at(&server.database());
        let pooled = bouncer.url(&direct.name());
        for _ in 0..3 {
            let reason = unsuitable(&pooled).await;
            assert!(
                matches!(reason, ConnectError::Pooler),
                "{settings}: {reason:?}"
            );
            assert!(reason.to_string().contains("pool_mode = session"));
        }
        // While the pooler keeps its server connections open.
        let store = direct.store().await;
        added(&*store).await;
        assert_eq!(advisory_locks(&direct.name()), "0");
        unsuitable(&pooled).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_settings_are_detected() {
    let server = Postgres::shared();
    let bouncer = PgBouncer::start(server, "pool_mode = session");
    let direct = Database::at(&server.database());
    let pooled = Database::at(&bouncer.url(&direct.name()));
    let stores = [
        pooled.store_with(r#""max_connections": 1"#).await,
        pooled.store_with(r#""max_connections": 1"#).await,
    ];
    for store in &stores {
        store.check().await.unwrap();
    }
    // From now on the pooler reassigns server connections after each transaction.
    bouncer.reload("pool_mode = transaction");
    let is_detected = async || {
        let mut is_detected = false;
        for store in &stores {
            match store.check().await {
                Err(Error::Unavailable(Some(cause))) => is_detected |= cause.is::<ConnectError>(),
                Err(error) => panic!("{error:?}"),
                Ok(()) => {}
            }
        }
        is_detected
    };
    eventually(is_detected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_lock_is_taken_if_no_migration_is_pending() {
    let database = Database::postgres();
    drop(database.store().await);
    let lock = hold(&database, &format!("SELECT {LOCK}"), 5).await;
    let store = database.open(&StoreSettings::default());
    store.migrate().await.unwrap();
    store.verify().await.unwrap();
    assert!(!lock.is_finished(), "it waited for the lock");
    lock.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_in_another_encoding_is_rejected() {
    for encoding in ["LATIN1", "SQL_ASCII", "EUC_JP"] {
        let server = Postgres::shared();
        let name = format!("encoded_{}", encoding.to_lowercase());
        let create = format!(
            "CREATE DATABASE {name} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' \
             TEMPLATE template0"
        );
        server.psql("postgres", &create);
        let reason = unsuitable(&server.url(&name)).await;
        let expected = format!("the database's encoding is {encoding}, and must be UTF8");
        assert_eq!(reason.to_string(), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_german_server_reports_in_english_or_is_rejected() {
    let server = Arc::new(Postgres::start_german());
    let database = Database::at(&server.database());
    let settings = r#""acquire_timeout_ms": 300, "statement_timeout_ms": 60000"#;
    // A superuser may set the language of the messages.
    let store = database.store_with(settings).await;
    let profile = added(&*store).await;
    let (other, name) = (Arc::clone(&server), database.name());
    let hold = "BEGIN; SELECT 1 FROM profiles FOR UPDATE; SELECT pg_sleep(3); COMMIT";
    let session = name.clone();
    let holding = tokio::task::spawn_blocking(move || other.psql(&session, hold));
    let sleepers = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    eventually(async || server.psql(&name, sleepers).trim() == "1").await;
    let rejected = store.update(update(&profile, bio("x"))).await;
    assert!(
        matches!(rejected, Err(Error::Unavailable(Some(_)))),
        "{rejected:?}"
    );
    holding.await.unwrap();
    // Another role may not; the error names the next step.
    server.psql("postgres", "CREATE ROLE plain LOGIN");
    server.psql("postgres", "CREATE DATABASE plain OWNER plain");
    let url = server.url("plain").replace("postgres@", "plain@");
    let reason = unsuitable(&url).await;
    assert!(matches!(reason, ConnectError::Language(_)), "{reason:?}");
    assert!(
        reason.to_string().contains("SET lc_messages = 'C'"),
        "{reason}"
    );
    server.psql("postgres", "ALTER DATABASE plain SET lc_messages = 'C'");
    Database::at(&url).store().await.check().await.unwrap();
}

/// Returns the error of a failed connection.
async fn failure(url: &str) -> ConnectError {
    let store = Database::at(url).open(&StoreSettings::default());
    let Err(Error::Unavailable(Some(cause))) = store.verify().await else {
        panic!("{url} can be used");
    };
    *cause.downcast::<ConnectError>().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_to_connect_are_distinguished() {
    let server = Postgres::shared();
    let url = server.url("nowhere");
    assert!(matches!(failure(&url).await, ConnectError::NoDatabase(_)));
    let url = server.database().replace("postgres@", "unknown@");
    assert!(matches!(failure(&url).await, ConnectError::Denied(_)));
    let url = "postgres://u:hunter2@127.0.0.1:1/db";
    let unreachable = failure(url).await;
    assert!(
        matches!(unreachable, ConnectError::Unreachable(_)),
        "{unreachable:?}"
    );
    let url = "postgres://u:hunter2@no-such-host.invalid/db";
    let unreachable = failure(url).await;
    assert!(
        matches!(unreachable, ConnectError::Unreachable(_)),
        "{unreachable:?}"
    );
    let url = format!("{}?sslmode=require", server.database());
    let setup = failure(&url).await;
    assert!(matches!(setup, ConnectError::Handshake(_)), "{setup:?}");
}
