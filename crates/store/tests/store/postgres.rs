//! Tests of the PostgreSQL store.

use std::{sync::Arc, thread, time::Duration};

use futures_util::future::join_all;
use manyface_core::{Error, ProfileRef, UserQuery};
use manyface_testing::Postgres;
use tokio::{runtime::Builder, task::JoinHandle};

use crate::support::{Database, added, bio, eventually, reread, update};

/// Returns the number of lines about `database` in the server's log that contain all of `texts`.
pub(crate) fn logged(database: &str, texts: &[&str]) -> usize {
    let log = Postgres::shared().log();
    let lines = log.lines().filter(|line| {
        line.contains(&format!("] {database} ")) && texts.iter().all(|text| line.contains(text))
    });
    lines.count()
}

/// Runs `statement` in another session, which holds its locks for some seconds.
pub(crate) async fn hold(database: &Database, statement: &str, seconds: u32) -> JoinHandle<String> {
    let name = database.name();
    let hold = format!("BEGIN; {statement}; SELECT pg_sleep({seconds}); COMMIT");
    let session = name.clone();
    let holding = tokio::task::spawn_blocking(move || Postgres::shared().psql(&session, &hold));
    let sleepers = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = '{name}'"
    );
    let is_held = async || Postgres::shared().psql(&name, &sleepers).trim() == "1";
    eventually(is_held).await;
    holding
}

#[tokio::test]
async fn an_update_is_one_statement_that_is_prepared_once() {
    let database = Database::postgres();
    let name = database.name();
    let log = format!("ALTER DATABASE {name} SET log_min_duration_statement = 0");
    Postgres::shared().psql("postgres", &log);
    let store = database.store_with(r#""max_connections": 1"#).await;
    let begun = logged(&name, &["BEGIN"]);
    let profile = added(&*store).await;
    for round in 0..20 {
        let text = format!("bio {round}");
        store.update(update(&profile, bio(&text))).await.unwrap();
        store.find(&ProfileRef::Id(profile.id)).await.unwrap();
        let who = ProfileRef::Username(profile.username.key().to_owned());
        store.find(&who).await.unwrap();
    }
    let update = "UPDATE profiles AS p SET";
    assert_eq!(logged(&name, &["parse s", update]), 1);
    assert_eq!(logged(&name, &["execute s", update]), 20);
    // One statement by id, one by user name.
    let find = "FROM profiles AS p WHERE p.id =";
    assert_eq!(logged(&name, &["parse s", find]), 2);
    assert_eq!(logged(&name, &["execute s", find]), 40);
    // Adding, updating and finding use no explicit transaction.
    assert_eq!(logged(&name, &["BEGIN"]), begun);
    // With parameters: each migration, the tenant and the profile take one statement.
    let migrations = database.migrations().len();
    assert_eq!(
        logged(&name, &["execute s", "$1"]),
        20 + 40 + 2 + migrations
    );
}

#[tokio::test]
async fn a_statement_that_runs_too_long_is_unavailable_and_undone() {
    let database = Database::postgres();
    let store = database.store_with(r#""statement_timeout_ms": 200"#).await;
    let profile = added(&*store).await;
    let lock = hold(&database, "SELECT 1 FROM profiles FOR UPDATE", 2).await;
    let rejected = store.update(update(&profile, bio("x"))).await;
    assert!(!lock.is_finished());
    assert!(matches!(rejected, Err(Error::Unavailable(Some(_)))));
    assert_eq!(reread(&*store, &profile).await, profile);
    lock.await.unwrap();
    let after = store.update(update(&profile, bio("y"))).await.unwrap();
    assert_eq!(after.unwrap().version, 2);
}

#[tokio::test]
async fn requests_beyond_the_pool_wait_and_then_are_rejected() {
    let database = Database::postgres();
    let settings = r#""max_connections": 1, "acquire_timeout_ms": 300"#;
    let store = database.store_with(settings).await;
    let profile = added(&*store).await;
    let who = ProfileRef::Id(profile.id);
    let begun = std::time::Instant::now();
    let finds = (0..500).map(|_| store.find(&who));
    for found in join_all(finds).await {
        match found {
            Ok(found) => assert!(found.is_some()),
            Err(error) => assert!(matches!(error, Error::Unavailable(Some(_)))),
        }
    }
    assert!(begun.elapsed() < Duration::from_secs(5));
    let lock = hold(&database, "LOCK TABLE profiles", 2).await;
    let finds = (0..3).map(|_| store.find(&who));
    let done = join_all(finds).await;
    assert!(!lock.is_finished(), "they waited for the lock");
    let is_rejected = |done: &Result<_, Error>| matches!(done, Err(Error::Unavailable(Some(_))));
    assert!(done.iter().all(is_rejected), "{done:?}");
    lock.await.unwrap();
    assert!(
        store
            .find(&ProfileRef::Id(profile.id))
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_stalled_runtime_does_not_block_another_runtime() {
    let database = Database::postgres();
    let profile = added(&*database.store().await).await;
    let settings = r#"{"acquire_timeout_ms": 200, "statement_timeout_ms": 200}"#;
    let store = database.open(&serde_json::from_str(settings).unwrap());
    let store = store.repository();
    let who = ProfileRef::Id(profile.id);
    let (other, same_user) = (Arc::clone(&store), who.clone());
    // This runtime owns the connection for reads, and then stalls.
    let reading = thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        // A busy machine may take longer than the timeouts.
        let is_found = async || {
            other
                .find(&same_user)
                .await
                .is_ok_and(|found| found.is_some())
        };
        runtime.block_on(eventually(is_found));
        runtime
    });
    let stalled = tokio::task::spawn_blocking(|| reading.join().unwrap());
    let stalled = stalled.await.unwrap();
    let rejected = store.find(&who).await;
    assert!(matches!(rejected, Err(Error::Unavailable(Some(_)))));
    // After the runtime has ended, another one opens a connection.
    stalled.shutdown_background();
    let is_found = async || store.find(&who).await.is_ok_and(|found| found.is_some());
    eventually(is_found).await;
}

#[tokio::test]
async fn a_corrupt_row_is_a_storage_error() {
    let database = Database::postgres();
    let store = database.store().await;
    let profile = added(&*store).await;
    for (column, value) in [
        ("country", "'XX'"),
        ("address", "'{'"),
        ("skills", "'no list'"),
        ("created_at", "'infinity'"),
    ] {
        let corrupt = format!("UPDATE profiles SET {column} = {value}");
        Postgres::shared().psql(&database.name(), &corrupt);
        let found = store.find(&ProfileRef::Id(profile.id)).await;
        let is_storage = matches!(found, Err(Error::Storage(_)));
        assert!(is_storage, "{column}: {found:?}");
        let repair = "UPDATE profiles SET country = NULL, address = NULL, skills = '[]'";
        Postgres::shared().psql(&database.name(), repair);
    }
}

#[tokio::test]
async fn a_broken_layout_is_a_storage_error() {
    let database = Database::postgres();
    let store = database.store().await;
    let profile = added(&*store).await;
    Postgres::shared().psql(&database.name(), "ALTER TABLE profiles RENAME bio TO motto");
    let found = store.find(&ProfileRef::Id(profile.id)).await;
    assert!(matches!(found, Err(Error::Storage(_))), "{found:?}");
}

#[tokio::test]
async fn no_statement_scans_a_whole_table() {
    let database = Database::postgres();
    let scans = |kind: &str| {
        let scans = format!(
            "SELECT sum({kind}_scan) FROM pg_stat_user_tables WHERE relname IN \
             ('profiles', 'usernames', 'external_ids', 'identities', 'profile_changes')"
        );
        let scans = Postgres::shared().psql(&database.name(), &scans);
        scans.trim().parse::<u32>().unwrap()
    };
    let store = database.store().await;
    let profile = added(&*store).await;
    let before = scans("seq");
    for who in [
        ProfileRef::Id(profile.id),
        ProfileRef::Username(profile.username.key().to_owned()),
        ProfileRef::External {
            dialect: "movieknight".into(),
            id: profile.external_ids["movieknight"].clone(),
        },
        ProfileRef::Identity {
            issuer: "https://id.example".into(),
            subject: "unknown".to_owned(),
        },
    ] {
        store.find(&who).await.unwrap();
        let mut write = update(&profile, bio(&format!("{who:?}")));
        write.who = who;
        store.update(write).await.unwrap();
    }
    let query = UserQuery {
        limit: 10,
        ..UserQuery::default()
    };
    store.search(&query).await.unwrap();
    store.history(profile.id, 10).await.unwrap();
    // A session reports its statistics at its end, at the latest.
    drop(store);
    eventually(async || scans("idx") > 10).await;
    assert_eq!(scans("seq"), before);
}
