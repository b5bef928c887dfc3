//! Batched requests. Each gets its own result and affects no other.

use futures_util::future::join_all;
use manyface_core::{
    AdminRepository, Error, Field, Profile, ProfilePatch, ProfileRef, Username, behaviour,
    behaviour::full_patch,
};
use manyface_testing::Postgres;

use crate::{
    postgres::{hold, logged},
    support::{Database, added, bio, reread, update},
};

const MANY: usize = 100;

async fn many(store: &dyn AdminRepository, count: usize) -> Vec<Profile> {
    let mut profiles = Vec::new();
    for _ in 0..count {
        profiles.push(added(store).await);
    }
    profiles
}

#[tokio::test]
async fn waiting_requests_are_sent_in_few_statements() {
    let database = Database::postgres();
    let name = database.name();
    let log = format!("ALTER DATABASE {name} SET log_min_duration_statement = 0");
    Postgres::shared().psql("postgres", &log);
    let store = database.store().await;
    let profiles = many(&*store, MANY).await;
    let text = |profile: &Profile| format!("bio of {}", profile.username.as_str());
    let writes = profiles
        .iter()
        .map(|profile| store.update(update(profile, bio(&text(profile)))));
    for (done, profile) in join_all(writes).await.into_iter().zip(&profiles) {
        let after = done.unwrap().unwrap();
        assert_eq!((after.id, after.version), (profile.id, 2));
        assert_eq!(after.bio, Some(text(profile)));
    }
    let names: Vec<_> = profiles
        .iter()
        .flat_map(|profile| {
            [
                ProfileRef::Id(profile.id),
                ProfileRef::Username(profile.username.key().to_owned()),
                ProfileRef::Username(format!("not-{}", profile.username.key())),
            ]
        })
        .collect();
    let found = join_all(names.iter().map(|who| store.find(who))).await;
    for (found, profile) in found.chunks(3).zip(&profiles) {
        let [Ok(Some(by_id)), Ok(Some(by_name)), Ok(None)] = found else {
            panic!("a profile was not found, or the wrong one was: {found:?}");
        };
        assert_eq!((by_id.id, by_id), (profile.id, by_name));
        assert_eq!(by_id.bio, Some(text(profile)));
    }
    for profile in &profiles {
        assert_eq!(store.history(profile.id, 9).await.unwrap().len(), 2);
    }
    let writes = logged(&name, &["execute s", "UPDATE profiles AS p SET"]);
    assert!(writes < 10, "{MANY} updates took {writes} statements");
    let reads = logged(&name, &["execute s", "SELECT v.place"]);
    assert!(reads < 20, "{} reads took {reads} statements", names.len());
}

#[tokio::test]
async fn every_request_keeps_its_fields_and_guards() {
    let database = Database::postgres();
    let store = database.store().await;
    let profiles = many(&*store, 12).await;
    let writes = profiles.iter().zip(0..).map(|(profile, number)| {
        let mut write = match number % 3 {
            // Every column except the user name, whose updates are never batched.
            0 => update(
                profile,
                ProfilePatch {
                    username: None,
                    ..full_patch(number)
                },
            ),
            1 => update(profile, ProfilePatch::default()),
            _ => update(profile, bio("guarded")),
        };
        if number % 3 == 2 {
            write.expected = Some(profile.revision());
            // Every other one expects a revision that never existed.
            if number % 2 == 0 {
                write.expected.as_mut().unwrap().version = 7;
            }
        }
        write
    });
    let writes: Vec<_> = writes.collect();
    let done = join_all(writes.iter().map(|write| store.update(write.clone()))).await;
    for (((done, write), profile), number) in done.into_iter().zip(&writes).zip(&profiles).zip(0..)
    {
        let mut expected = profile.clone();
        match number % 6 {
            2 => assert!(matches!(done, Err(Error::VersionMismatch)), "{done:?}"),
            1 | 4 => assert_eq!(done.unwrap().unwrap(), expected),
            _ => {
                let after = done.unwrap().unwrap();
                write.patch.clone().apply(&mut expected);
                expected.version = 2;
                expected.updated_at = after.updated_at;
                assert_eq!(after, expected);
            }
        }
    }
}

#[tokio::test]
async fn updates_of_one_profile_by_many_names_are_all_written() {
    let database = Database::postgres();
    let store = database.store().await;
    let profile = added(&*store).await;
    let names = [
        ProfileRef::Id(profile.id),
        ProfileRef::Username(profile.username.key().to_owned()),
        ProfileRef::External {
            dialect: "movieknight".into(),
            id: profile.external_ids["movieknight"].clone(),
        },
    ];
    let writes = (0..30).map(|number| {
        let mut write = update(&profile, bio(&format!("bio {number}")));
        write.who = names[number % 3].clone();
        store.update(write)
    });
    let mut versions = Vec::new();
    for (done, number) in join_all(writes).await.into_iter().zip(0..) {
        let after = done.unwrap().unwrap();
        assert_eq!(after.bio, Some(format!("bio {number}")));
        versions.push(after.version);
    }
    versions.sort_unstable();
    assert_eq!(versions, (2..32).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_locked_row_delays_no_other_row() {
    let database = Database::postgres();
    let store = database.store().await;
    let profiles = many(&*store, 20).await;
    let held = &profiles[7];
    let lock = format!("SELECT 1 FROM profiles WHERE id = '{}' FOR UPDATE", held.id);
    let holding = hold(&database, &lock, 2).await;
    let others = profiles.iter().filter(|profile| profile.id != held.id);
    let waiting = store.update(update(held, bio("late")));
    let at_once = join_all(others.map(|other| store.update(update(other, bio("at once")))));
    let (waited, done) = futures_util::future::join(waiting, async {
        let done = at_once.await;
        assert!(
            !holding.is_finished(),
            "the other rows waited for the locked one"
        );
        done
    })
    .await;
    for done in done {
        assert_eq!(done.unwrap().unwrap().bio.as_deref(), Some("at once"));
    }
    assert_eq!(waited.unwrap().unwrap().bio.as_deref(), Some("late"));
    holding.await.unwrap();
}

#[tokio::test]
async fn a_failed_request_fails_no_other_request() {
    let database = Database::postgres();
    let store = database.store().await;
    let profiles = many(&*store, 20).await;
    let corrupt = format!(
        "UPDATE profiles SET country = 'XX' WHERE id = '{}'",
        profiles[3].id
    );
    Postgres::shared().psql(&database.name(), &corrupt);
    let taken = Username::parse(profiles[0].username.as_str()).unwrap();
    let writes = profiles.iter().zip(0..).map(|(profile, number)| {
        let mut write = update(profile, bio("x"));
        if number == 5 {
            write.patch.username = Some(taken.clone());
        }
        store.update(write)
    });
    for (done, number) in join_all(writes).await.into_iter().zip(0..) {
        match number {
            3 => assert!(matches!(done, Err(Error::Storage(_))), "{done:?}"),
            5 => assert!(
                matches!(done, Err(Error::Taken(Field::Username))),
                "{done:?}"
            ),
            _ => assert_eq!(done.unwrap().unwrap().version, 2),
        }
    }
    let reads = profiles.iter().map(|profile| ProfileRef::Id(profile.id));
    let reads: Vec<_> = reads.collect();
    let found = join_all(reads.iter().map(|who| store.find(who))).await;
    for (found, number) in found.into_iter().zip(0..) {
        assert_eq!(found.is_err(), number == 3);
    }
}

#[tokio::test]
async fn a_full_queue_rejects_at_once_and_writes_nothing() {
    let database = Database::postgres();
    let store = database.store_with(r#""queue": 4"#).await;
    let profiles = many(&*store, 40).await;
    let writes = profiles
        .iter()
        .map(|profile| store.update(update(profile, bio("x"))));
    let done = join_all(writes).await;
    let rejected = done.iter().filter(|done| done.is_err()).count();
    assert!(rejected > 0, "no update was rejected");
    for (done, profile) in done.into_iter().zip(&profiles) {
        match done {
            Ok(after) => assert_eq!(after.unwrap().version, 2),
            Err(Error::Unavailable(_)) => assert_eq!(reread(&*store, profile).await, *profile),
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[tokio::test]
async fn the_id_cache_follows_a_name_to_another_profile() {
    let database = Database::postgres();
    let store = database.store().await;
    let other_host = database.store().await;
    let first = added(&*store).await;
    let who = ProfileRef::External {
        dialect: "movieknight".into(),
        id: first.external_ids["movieknight"].clone(),
    };
    for _ in 0..3 {
        assert_eq!(store.find(&who).await.unwrap().unwrap().id, first.id);
    }
    assert!(behaviour::erase(&*other_host, first.id).await);
    let mut next = behaviour::new_profile(first.tenant_id);
    next.external_ids = first.external_ids.clone();
    let provenance = manyface_core::Provenance::operator(crate::support::now());
    other_host.add(&next, &[], &provenance).await.unwrap();
    let mut write = update(&first, bio("x"));
    write.who = who.clone();
    let written = store.update(write.clone()).await.unwrap().unwrap();
    assert_eq!((written.id, written.version), (next.id, 2));
    assert_eq!(store.find(&who).await.unwrap(), Some(written));
    assert!(behaviour::erase(&*other_host, next.id).await);
    assert_eq!(store.find(&who).await.unwrap(), None);
    assert_eq!(store.update(write).await.unwrap(), None);
}

#[tokio::test]
async fn batchers_that_share_rows_do_not_wait_for_each_other() {
    let database = Database::postgres();
    let first = database.store().await;
    let profiles = many(&*first, 30).await;
    let second = database.store().await;
    for round in 0..40 {
        let text = format!("round {round}");
        let forwards = profiles.iter().map(|p| first.update(update(p, bio(&text))));
        let text = format!("round {round} again");
        let backwards = profiles.iter().rev();
        let backwards = backwards.map(|p| second.update(update(p, bio(&text))));
        let both = futures_util::future::join(join_all(forwards), join_all(backwards));
        let (one, other) = both.await;
        assert!(one.into_iter().chain(other).all(|done| done.is_ok()));
    }
    assert_eq!(logged(&database.name(), &["lock timeout"]), 0);
    assert_eq!(logged(&database.name(), &["deadlock"]), 0);
}

#[tokio::test]
async fn a_busy_profile_blocks_no_other_profile() {
    let database = Database::postgres();
    let store = database.store_with(r#""acquire_timeout_ms": 60000"#).await;
    let busy = added(&*store).await;
    let others = many(&*store, 50).await;
    let busy_updates =
        (0..600).map(|number| store.update(update(&busy, bio(&format!("bio {number}")))));
    let rest = others
        .iter()
        .map(|profile| store.update(update(profile, bio("x"))));
    let (busy_updates, rest) =
        futures_util::future::join(join_all(busy_updates), join_all(rest)).await;
    assert!(rest.into_iter().all(|done| done.unwrap().is_some()));
    let written = busy_updates.iter().filter(|done| done.is_ok()).count();
    let is_rejected = |done: &&Result<_, Error>| matches!(done, Err(Error::Unavailable(_)));
    assert_eq!(
        written + busy_updates.iter().filter(is_rejected).count(),
        600
    );
    assert!(written >= 256);
    let after = reread(&*store, &busy).await;
    assert_eq!(after.version, 1 + i64::try_from(written).unwrap());
}
