//! The feed of changes over several hosts.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use futures_util::future::join_all;
use manyface_core::{AdminRepository, Change, Profile};
use manyface_testing::Postgres;

use crate::{
    postgres::hold,
    support::{Database, added, bio, update},
};

const HOSTS: usize = 4;
const READERS: usize = 8;
const WRITERS: usize = 16;
const WRITES: usize = 25;

/// Follows the feed from its start until the writers are done and it has no more entries.
async fn follow(host: Arc<dyn AdminRepository>, is_over: Arc<AtomicBool>) -> Vec<Change> {
    let mut read: Vec<Change> = Vec::new();
    loop {
        let was_over = is_over.load(Ordering::Acquire);
        let after = read.last().map_or(0, |last| last.seq);
        let page = host.changes(after, None, 7).await.unwrap();
        if page.is_empty() && was_over {
            return read;
        }
        if page.is_empty() {
            tokio::task::yield_now().await;
        }
        read.extend(page);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_of_all_hosts_see_every_change_in_one_order() {
    for database in Database::both() {
        let hosts = join_all((0..HOSTS).map(|_| database.store())).await;
        let users: Vec<Profile> = join_all((0..4).map(|_| added(&*hosts[0]))).await;
        let is_over = Arc::new(AtomicBool::new(false));
        let readers = (0..READERS).map(|reader| {
            let host = Arc::clone(&hosts[reader % HOSTS]);
            tokio::spawn(follow(host, Arc::clone(&is_over)))
        });
        let readers: Vec<_> = readers.collect();
        let writers = (0..WRITERS).map(|writer| {
            let host = Arc::clone(&hosts[writer % HOSTS]);
            let users = users.clone();
            tokio::spawn(async move {
                for number in 0..WRITES {
                    let user = &users[(writer + number) % users.len()];
                    let text = format!("{number} of {writer}");
                    host.update(update(user, bio(&text))).await.unwrap();
                }
            })
        });
        join_all(writers).await.into_iter().for_each(Result::unwrap);
        is_over.store(true, Ordering::Release);
        let read = join_all(readers).await;
        let read: Vec<_> = read.into_iter().map(Result::unwrap).collect();
        assert_eq!(read[0].len(), users.len() + WRITERS * WRITES);
        assert!(read[0].is_sorted_by(|a, b| a.seq < b.seq));
        for other in &read[1..] {
            assert_eq!(other, &read[0]);
        }
        for user in &users {
            let own = read[0].iter().filter(|change| change.profile_id == user.id);
            let versions: Vec<_> = own.map(|change| change.version).collect();
            let count = i64::try_from(versions.len()).unwrap();
            assert_eq!(versions, (1..=count).collect::<Vec<_>>());
        }
    }
}

/// Returns the statements of a write by another process.
fn written_by_another(user: &Profile) -> String {
    let id = user.id;
    format!(
        "UPDATE profiles SET bio = 'held', version = version + 1 WHERE id = '{id}'; \
         INSERT INTO profile_changes (profile_id, version, at, actor, dialect, request_id, patch) \
         VALUES ('{id}', 2, 'epoch', '', 'other', '1', '{{\"bio\": \"held\"}}')"
    )
}

fn users_of(changes: &[Change]) -> Vec<(manyface_core::ProfileId, i64)> {
    let version = |change: &Change| (change.profile_id, change.version);
    changes.iter().map(version).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_transaction_holds_back_later_changes_until_it_ends() {
    let database = Database::postgres();
    let store = database.store().await;
    let (first, second) = (added(&*store).await, added(&*store).await);
    let start = store.changes(0, None, 9).await.unwrap();
    assert_eq!(users_of(&start), [(first.id, 1), (second.id, 1)]);
    let start = start[1].seq;

    let holding = hold(&database, &written_by_another(&first), 2).await;
    store.update(update(&second, bio("x"))).await.unwrap();
    assert_eq!(store.changes(start, None, 9).await.unwrap(), []);
    holding.await.unwrap();
    let changes = store.changes(start, None, 9).await.unwrap();
    assert_eq!(users_of(&changes), [(first.id, 2), (second.id, 2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_is_killed_leaves_no_gap() {
    let database = Database::postgres();
    let store = database.store().await;
    let (first, second) = (added(&*store).await, added(&*store).await);
    let start = store.changes(0, None, 9).await.unwrap()[1].seq;
    let holding = hold(&database, &written_by_another(&first), 60).await;
    store.update(update(&second, bio("x"))).await.unwrap();
    assert_eq!(store.changes(start, None, 9).await.unwrap(), []);
    let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                WHERE wait_event = 'PgSleep' AND datname = current_database()";
    Postgres::shared().psql(&database.name(), kill);
    assert!(holding.await.is_err(), "the session has ended");
    let changes = store.changes(start, None, 9).await.unwrap();
    assert_eq!(users_of(&changes), [(second.id, 2)]);
    store.update(update(&first, bio("y"))).await.unwrap();
    let changes = store.changes(changes[0].seq, None, 9).await.unwrap();
    assert_eq!(users_of(&changes), [(first.id, 2)]);
}
