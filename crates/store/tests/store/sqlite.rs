//! Tests of the SQLite store.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    time::{Duration, Instant},
};

use diesel::{Connection, connection::SimpleConnection, sqlite::SqliteConnection};
use futures_util::future::join_all;
use manyface_core::{Error, ProfileRef};

use crate::support::{Database, added, bio, reread, update};

fn other_program(database: &Database) -> SqliteConnection {
    SqliteConnection::establish(&database.path()).unwrap()
}

#[tokio::test]
async fn a_locked_database_is_unavailable_and_nothing_is_written() {
    let database = Database::sqlite();
    let store = database.store_with(r#""busy_timeout_ms": 200"#).await;
    let profile = added(&*store).await;
    let mut backup = other_program(&database);
    backup.batch_execute("BEGIN IMMEDIATE").unwrap();
    let begun = Instant::now();
    let rejected = store.update(update(&profile, bio("x"))).await;
    assert!(matches!(rejected, Err(Error::Unavailable(Some(_)))));
    assert!(begun.elapsed() >= Duration::from_millis(200));
    assert_eq!(reread(&*store, &profile).await, profile);

    backup.batch_execute("COMMIT").unwrap();
    let after = store.update(update(&profile, bio("x"))).await.unwrap();
    assert_eq!(after.unwrap().version, 2);
    assert_eq!(store.history(profile.id, 10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_full_queue_rejects_at_once() {
    let database = Database::sqlite();
    let settings = r#""busy_timeout_ms": 300, "queue": 4"#;
    let store = database.store_with(settings).await;
    let profile = added(&*store).await;
    let mut backup = other_program(&database);
    backup.batch_execute("BEGIN IMMEDIATE").unwrap();
    let writes = (0..100).map(|_| store.update(update(&profile, bio("x"))));
    let begun = Instant::now();
    for done in join_all(writes).await {
        assert!(matches!(done, Err(Error::Unavailable(Some(_)))));
    }
    assert!(begun.elapsed() < Duration::from_secs(3));
    backup.batch_execute("COMMIT").unwrap();
    assert_eq!(reread(&*store, &profile).await, profile);
}

#[tokio::test]
async fn an_expired_write_is_rejected() {
    let database = Database::sqlite();
    let settings = r#""busy_timeout_ms": 400, "acquire_timeout_ms": 100"#;
    let store = database.store_with(settings).await;
    let profile = added(&*store).await;
    let mut backup = other_program(&database);
    backup.batch_execute("BEGIN IMMEDIATE").unwrap();
    let first = store.update(update(&profile, bio("first")));
    let second = async {
        // By now the first one waits for the lock.
        tokio::time::sleep(Duration::from_millis(50)).await;
        store.update(update(&profile, bio("second"))).await
    };
    let release = async {
        tokio::time::sleep(Duration::from_millis(250)).await;
        backup.batch_execute("COMMIT").unwrap();
    };
    let (first, (second, ())) =
        futures_util::future::join(first, futures_util::future::join(second, release)).await;
    assert!(first.unwrap().is_some());
    assert!(matches!(second, Err(Error::Unavailable(Some(_)))));
    assert_eq!(reread(&*store, &profile).await.bio.unwrap(), "first");
}

#[tokio::test]
async fn a_corrupt_row_is_a_storage_error_and_affects_no_other_row() {
    let database = Database::sqlite();
    let store = database.store().await;
    let profile = added(&*store).await;
    let other = added(&*store).await;
    for (column, value) in [
        ("country", "'XX'"),
        ("address", "'{'"),
        ("skills", "'no list'"),
        ("date_of_birth", "'2023-02-29'"),
        ("created_at", "9223372036854775807"),
        ("bio", "CAST(x'ff00fe' AS TEXT)"),
        ("tenant_id", "'no UUID'"),
    ] {
        let corrupt = format!("UPDATE profiles SET {column} = {value}");
        let mut connection = other_program(&database);
        let set = format!(
            "PRAGMA foreign_keys = OFF; BEGIN; {corrupt} WHERE id = '{}'",
            profile.id
        );
        connection.batch_execute(&set).unwrap();
        connection.batch_execute("COMMIT").unwrap();
        let who = ProfileRef::Id(profile.id);
        let find = store.find(&who);
        let write = store.update(update(&profile, bio("x")));
        let good = store.update(update(&other, bio(column)));
        let (found, (written, good)) =
            futures_util::future::join(find, futures_util::future::join(write, good)).await;
        let is_storage = matches!(found, Err(Error::Storage(_)));
        assert!(is_storage, "{column}: {found:?}");
        assert!(written.is_err() || column == "bio", "{column}");
        assert!(good.unwrap().is_some(), "{column}");
        let repair = format!(
            "PRAGMA foreign_keys = OFF; UPDATE profiles SET country = NULL, address = NULL, \
             skills = '[]', date_of_birth = NULL, created_at = 0, bio = NULL, \
             tenant_id = '{}'",
            profile.tenant_id
        );
        connection.batch_execute(&repair).unwrap();
    }
}

#[tokio::test]
async fn text_with_nul_matches_nothing_and_breaks_no_connection() {
    for database in Database::both() {
        let store = database.store().await;
        let profile = added(&*store).await;
        let who = ProfileRef::External {
            dialect: "movieknight".into(),
            id: "a\0b".to_owned(),
        };
        assert_eq!(store.find(&who).await.unwrap(), None);
        let _ = store.update(update(&profile, bio("a\0b"))).await;
        let after = store.update(update(&profile, bio("good"))).await.unwrap();
        assert_eq!(after.unwrap().bio.unwrap(), "good");
    }
}

#[tokio::test]
async fn new_files_are_accessible_only_to_their_owner() {
    let database = Database::sqlite();
    let store = database.store().await;
    added(&*store).await;
    let path = database.path();
    let mode = |path: &str| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let directory = path.rsplit_once('/').unwrap().0;
    assert_eq!(mode(directory), 0o700);
    for suffix in ["", "-wal", "-shm", ".lock"] {
        assert_eq!(mode(&format!("{path}{suffix}")), 0o600, "{suffix}");
    }
}

#[tokio::test]
async fn a_dropped_store_leaves_no_log() {
    let database = Database::sqlite();
    let store = database.store().await;
    let profile = added(&*store).await;
    store.update(update(&profile, bio("kept"))).await.unwrap();
    drop(store);
    let wal = format!("{}-wal", database.path());
    assert!(!fs::exists(wal).unwrap());
    let store = database.store().await;
    assert_eq!(reread(&*store, &profile).await.bio.unwrap(), "kept");
}

#[tokio::test]
async fn a_file_that_is_not_a_database_is_a_storage_error() {
    let database = Database::sqlite();
    let path = database.path();
    fs::create_dir_all(path.rsplit_once('/').unwrap().0).unwrap();
    fs::write(
        &path,
        "not a database, but longer than a hundred bytes".repeat(9),
    )
    .unwrap();
    let store = database.open(&manyface_store::StoreSettings::default());
    assert!(store.migrate().await.is_err());
    let rejected = store.repository().check().await;
    assert!(matches!(rejected, Err(Error::Storage(_))), "{rejected:?}");
}
