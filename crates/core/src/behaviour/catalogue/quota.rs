//! Tests of the quota of new catalogue entries.

use futures_util::future::join_all;

use super::{
    AdminRepository, CatalogueStore, KIND, new_name, seen,
    writes::{ids, skills, write},
};
use crate::{
    CatalogueName, Error, Profile, ProfileUpdate, Provenance, Quota, Result, SignedDuration,
    Timestamp,
    behaviour::fixture::{erase, now, reread, stored, update},
};

pub(super) async fn check(store: &dyn CatalogueStore, repository: &dyn AdminRepository) {
    new_names_are_limited_for_24_hours(store, repository).await;
    existing_names_do_not_count(store, repository).await;
    concurrent_writes_stay_within_the_quota(store, repository).await;
}

/// The maximum number of new names in these tests.
const MAX_NEW_NAMES: u32 = 3;

/// Writes skills at the time `at`, with a quota of [`MAX_NEW_NAMES`].
async fn write_at(
    repository: &dyn AdminRepository,
    profile: &Profile,
    names: &[&CatalogueName],
    at: Timestamp,
) -> Result<Option<Profile>> {
    let write = ProfileUpdate {
        max_new_entries: MAX_NEW_NAMES,
        provenance: Provenance::operator(at),
        ..update(profile, skills(names))
    };
    repository.update(write).await
}

/// Asserts that a write exceeded the quota, with `seconds` until a retry.
fn assert_exceeded(written: Result<Option<Profile>>, seconds: Option<u64>) {
    match written {
        Err(Error::QuotaExceeded {
            quota: Quota::NewNames,
            retry_after,
        }) => assert_eq!(retry_after, seconds),
        other => panic!("expected QuotaExceeded: {other:?}"),
    }
}

async fn new_names_are_limited_for_24_hours(
    store: &dyn CatalogueStore,
    repository: &dyn AdminRepository,
) {
    let (profile, other) = (
        stored(repository, |_| {}).await,
        stored(repository, |_| {}).await,
    );
    let [red, blue, green, gold, pink, grey] =
        ["red", "blue", "green", "gold", "pink", "grey"].map(new_name);
    let start = now();
    let after = |seconds| start + SignedDuration::from_secs(seconds);
    assert_exceeded(
        write_at(
            repository,
            &profile,
            &[&red, &blue, &green, &gold],
            after(0),
        )
        .await,
        None,
    );
    assert_eq!(reread(repository, &profile).await, profile);
    let first = write_at(repository, &profile, &[&red], after(0))
        .await
        .unwrap()
        .unwrap();
    let second = write_at(repository, &profile, &[&blue, &red], after(60))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((first.version, second.version), (2, 3));
    // One more is within the quota; two are not until the first leaves the window.
    let two: &[_] = &[&green, &gold];
    assert_exceeded(
        write_at(repository, &profile, two, after(100)).await,
        Some(86_300),
    );
    assert_exceeded(
        write_at(repository, &profile, &[&green, &gold, &pink], after(100)).await,
        Some(86_360),
    );
    assert_eq!(reread(repository, &profile).await, second);
    for name in [&green, &gold] {
        assert_eq!(seen(store, Some(profile.tenant_id), name).await, None);
    }
    write_at(repository, &profile, &[&green], after(100))
        .await
        .unwrap()
        .unwrap();
    assert_exceeded(
        write_at(repository, &profile, &[&gold], after(86_399)).await,
        Some(1),
    );
    // Another profile has a separate quota.
    write_at(repository, &other, &[&gold, &pink], after(100))
        .await
        .unwrap()
        .unwrap();
    let written = write_at(repository, &profile, &[&grey], after(86_400))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        written.skills,
        ids(store, profile.tenant_id, &[&grey]).await
    );
    // Other errors take precedence.
    let mut stale = update(&profile, skills(&[&new_name("x")]));
    stale.max_new_entries = 0;
    stale.expected = Some(profile.revision());
    let error = repository.update(stale).await.unwrap_err();
    assert!(matches!(error, Error::VersionMismatch), "{error}");
}

async fn existing_names_do_not_count(store: &dyn CatalogueStore, repository: &dyn AdminRepository) {
    let (profile, other, leaver) = (
        stored(repository, |_| {}).await,
        stored(repository, |_| {}).await,
        stored(repository, |_| {}).await,
    );
    let [red, blue, green, gold, shared, left] =
        ["red", "blue", "green", "gold", "shared", "left"].map(new_name);
    let names = [(shared.clone(), None)];
    store.insert(None, KIND, &names).await.unwrap();
    write(repository, &other, skills(&[&red, &blue, &left])).await;
    write(repository, &leaver, skills(&[&left])).await;
    assert!(erase(repository, leaver.id).await);
    let at = now();
    let all = [&red, &blue, &shared, &left, &green];
    for names in [&all[..4], &all] {
        let written = write_at(repository, &profile, names, at).await;
        let skills = written.unwrap().unwrap().skills;
        assert_eq!(skills, ids(store, profile.tenant_id, names).await);
    }
    // One was added, so two more are within the quota, whatever else the profile refers to.
    let [pink, grey] = ["pink", "grey"].map(new_name);
    let exceeded = write_at(
        repository,
        &profile,
        &[&red, &blue, &green, &gold, &pink, &grey],
        at,
    )
    .await;
    assert_exceeded(exceeded, Some(86_400));
    let within = write_at(
        repository,
        &profile,
        &[&red, &blue, &green, &gold, &pink],
        at,
    )
    .await;
    assert_eq!(within.unwrap().unwrap().skills.len(), 5);
    // An unchanged list does not count.
    let same = write_at(
        repository,
        &profile,
        &[&red, &blue, &green, &gold, &pink],
        at,
    )
    .await;
    assert_eq!(same.unwrap().unwrap().skills.len(), 5);
    assert_exceeded(
        write_at(repository, &profile, &[&red, &grey], at).await,
        Some(86_400),
    );
}

async fn concurrent_writes_stay_within_the_quota(
    store: &dyn CatalogueStore,
    repository: &dyn AdminRepository,
) {
    let profile = stored(repository, |_| {}).await;
    let names: Vec<_> = (0..12).map(|_| new_name("at once")).collect();
    let at = now();
    let names_of_each = names.iter().map(std::slice::from_ref);
    let writes = names_of_each.map(async |name: &[CatalogueName]| {
        let names: Vec<_> = name.iter().collect();
        write_at(repository, &profile, &names, at).await
    });
    let mut written = 0;
    for outcome in join_all(writes).await {
        match outcome {
            Ok(profile) => written += u32::from(profile.is_some()),
            exceeded => assert_exceeded(exceeded, Some(86_400)),
        }
    }
    assert_eq!(written, MAX_NEW_NAMES);
    let keys: Vec<_> = names.iter().map(CatalogueName::key).collect();
    let added = store.by_keys(Some(profile.tenant_id), KIND, &keys).await;
    assert_eq!(added.unwrap().len(), MAX_NEW_NAMES as usize);
}
