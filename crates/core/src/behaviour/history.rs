//! How long entries of histories are kept.

use jiff::{SignedDuration, Timestamp};

use super::fixture::{bio, new_profile, provenance, stored, tenant, update};
use crate::{Profile, ProfileRef, Provenance, Registry, Retention};

/// More than the history of any other profile in these checks.
const ENTRIES: u32 = 40;

pub(super) async fn check(store: &dyn Registry) {
    the_latest_entries_are_kept(store).await;
    old_entries_are_removed_but_the_latest(store).await;
}

async fn trim(store: &dyn Registry, since: Timestamp) {
    let retention = Retention {
        entries: ENTRIES,
        since,
    };
    let mut after = Some(0);
    while let Some(last) = after {
        after = store.trim_history(&retention, last).await.unwrap().last;
    }
}

async fn versions(store: &dyn Registry, profile: &Profile) -> Vec<i64> {
    let history = store.history(profile.id, 100).await.unwrap();
    history.iter().map(|change| change.version).collect()
}

async fn write(store: &dyn Registry, profile: &Profile, text: &str, provenance: Provenance) {
    let mut write = update(profile, bio(text));
    write.provenance = provenance;
    assert!(store.update(write).await.unwrap().is_some());
}

async fn the_latest_entries_are_kept(store: &dyn Registry) {
    let profile = stored(store, |_| {}).await;
    let other = stored(store, |_| {}).await;
    for number in 2..=45 {
        write(store, &profile, &format!("{number}"), provenance()).await;
    }
    for number in 2..=40 {
        write(store, &other, &format!("{number}"), provenance()).await;
    }
    let kept: Vec<_> = (6..=45).rev().collect();
    for _ in 0..2 {
        trim(store, Timestamp::UNIX_EPOCH).await;
        assert_eq!(versions(store, &profile).await, kept);
        assert_eq!(versions(store, &other).await.len(), 40);
    }
    // What is left goes on, and is erased.
    write(store, &profile, "46", provenance()).await;
    assert_eq!(versions(store, &profile).await.len(), 41);
    let who = ProfileRef::Id(profile.id);
    assert!(store.remove(&who).await.unwrap());
    let history = store.history(profile.id, 100).await.unwrap();
    assert_eq!(history.len(), 41);
    for change in history {
        assert_eq!((change.patch.as_str(), change.actor.as_str()), ("{}", ""));
    }
}

async fn old_entries_are_removed_but_the_latest(store: &dyn Registry) {
    let at = |second| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second);
    let old = |second| Provenance::new(at(second), "user:1".into(), "movieknight", "r".into());
    let tenant = tenant(store).await;
    let [active, idle, gone] = [(); 3].map(|()| new_profile(tenant));
    for profile in [&active, &idle, &gone] {
        store.add(profile, &[], &old(1)).await.unwrap();
        write(store, profile, "2", old(2)).await;
        write(store, profile, "3", old(3)).await;
    }
    assert!(store.remove(&ProfileRef::Id(gone.id)).await.unwrap());
    write(store, &active, "4", provenance()).await;

    trim(store, at(2)).await;
    assert_eq!(versions(store, &active).await, [4, 3, 2]);
    assert_eq!(versions(store, &gone).await, [3, 2]);
    trim(store, at(100)).await;
    assert_eq!(versions(store, &active).await, [4]);
    assert_eq!(versions(store, &idle).await, [3]);
    assert_eq!(versions(store, &gone).await, [0; 0]);
    write(store, &idle, "4", provenance()).await;
    assert_eq!(versions(store, &idle).await, [4, 3]);
}
