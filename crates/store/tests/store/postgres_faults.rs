//! Failures of the PostgreSQL server.

use std::sync::Arc;

use futures_util::future::join_all;
use manyface_core::{AdminRepository, Error, ProfileRef};
use manyface_store::{MigrateError, StoreSettings};
use manyface_testing::Postgres;

use crate::support::{Database, added, bio, eventually, reread, update};

/// Fills the pool with connections.
async fn warm(store: &Arc<dyn AdminRepository>, who: &ProfileRef) {
    let finds = (0..16).map(|_| store.find(who));
    for found in join_all(finds).await {
        assert!(found.unwrap().is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_is_unavailable_until_it_is_back() {
    let server = Postgres::start_new();
    let database = Database::at(&server.database());
    let store = database.store().await;
    let profile = added(&*store).await;
    let who = ProfileRef::Id(profile.id);
    for round in 1..=2 {
        warm(&store, &who).await;
        let text = format!("round {round}");
        let acknowledged = store.update(update(&profile, bio(&text))).await;
        let acknowledged = acknowledged.unwrap().unwrap();
        server.kill();
        for _ in 0..20 {
            let rejected = store.update(update(&profile, bio("lost"))).await;
            let is_unavailable = matches!(rejected, Err(Error::Unavailable(Some(_))));
            assert!(is_unavailable, "{rejected:?}");
            let rejected = store.find(&who).await;
            assert!(matches!(rejected, Err(Error::Unavailable(Some(_)))));
        }
        assert!(store.check().await.is_err());
        server.start();
        // No request fails because of a connection to the killed server.
        assert_eq!(reread(&*store, &profile).await, acknowledged);
        warm(&store, &who).await;
        store.check().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_idle_connections_fail_no_read() {
    let server = Postgres::start_new();
    let database = Database::at(&server.database());
    let store = database.store().await;
    let profile = added(&*store).await;
    let who = ProfileRef::Id(profile.id);
    for _ in 0..5 {
        warm(&store, &who).await;
        let others = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                      WHERE application_name = 'manyface'";
        server.psql("postgres", others);
        assert_eq!(reread(&*store, &profile).await, profile);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_under_load_loses_no_acknowledged_write() {
    let server = Postgres::start_new();
    let database = Database::at(&server.database());
    let store = database.store().await;
    let profile = added(&*store).await;
    // Dropping the sender, also by a failed test, ends the writers.
    let (running, is_running) = tokio::sync::watch::channel(());
    let writers = (0..8).map(|writer| {
        let (store, profile, is_running) = (store.clone(), profile.clone(), is_running.clone());
        tokio::spawn(async move {
            let mut acknowledged = Vec::new();
            for round in 0.. {
                if is_running.has_changed().is_err() {
                    break;
                }
                let text = format!("{writer} {round}");
                match store.update(update(&profile, bio(&text))).await {
                    Ok(after) => acknowledged.push((after.unwrap().version, text)),
                    Err(error) => assert!(matches!(error, Error::Unavailable(_)), "{error:?}"),
                }
                tokio::task::yield_now().await;
            }
            acknowledged
        })
    });
    let writers: Vec<_> = writers.collect();
    eventually(async || reread(&*store, &profile).await.version > 50).await;
    server.kill();
    server.start();
    let before = reread(&*store, &profile).await.version;
    eventually(async || reread(&*store, &profile).await.version > before + 50).await;
    drop(running);
    let history = store.history(profile.id, 1_000_000).await.unwrap();
    for done in join_all(writers).await {
        for (version, text) in done.unwrap() {
            let change = history.iter().find(|change| change.version == version);
            let Some(change) = change else {
                // Written after the history was read.
                assert!(version > history[0].version);
                continue;
            };
            assert!(change.patch.as_str().contains(&text));
        }
    }
}

#[tokio::test]
async fn a_host_may_start_before_its_server() {
    let server = Postgres::start_new();
    let database = Database::at(&server.database());
    server.stop();
    let store = database.open(&StoreSettings::default());
    let repository = store.repository();
    assert!(repository.check().await.is_err());
    let rejected = store.migrate().await;
    assert!(matches!(rejected, Err(MigrateError::Unavailable(_))));
    server.start();
    store.migrate().await.unwrap();
    repository.check().await.unwrap();
}

#[tokio::test]
async fn required_encryption_fails_if_the_server_lacks_it() {
    let server = Postgres::shared();
    let url = server.database();
    let store = Database::at(&format!("{url}?sslmode=require"));
    let store = store.open(&StoreSettings::default());
    assert!(store.repository().check().await.is_err());
    assert!(store.migrate().await.is_err());
}
