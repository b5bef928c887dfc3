//! Tests of the retention of the history.

use jiff::{SignedDuration, Timestamp};

use super::fixture::{bio, erase, new_profile, provenance, stored, tenant, update};
use crate::{AdminRepository, Erasure, Profile, Provenance, Retention};

/// The maximum number of entries, above that of the histories in other tests.
const MAX_ENTRIES: u32 = 40;
/// The maximum size of a history in bytes, above that of the histories in other tests.
const MAX_BYTES: usize = 4 * 1024 * 1024;

pub(super) async fn check(store: &dyn AdminRepository) {
    the_latest_entries_are_kept(store).await;
    the_latest_bytes_are_kept(store).await;
    old_entries_except_the_latest_are_removed(store).await;
}

async fn trim(store: &dyn AdminRepository, since: Timestamp) {
    let retention = Retention {
        entries: MAX_ENTRIES,
        bytes: MAX_BYTES as u64,
        since,
    };
    let mut after = Some(0);
    while let Some(last) = after {
        after = store.trim_history(&retention, last).await.unwrap().last;
    }
}

async fn versions(store: &dyn AdminRepository, profile: &Profile) -> Vec<i64> {
    let history = store.history(profile.id, 100).await.unwrap();
    history.iter().map(|change| change.version).collect()
}

async fn write(store: &dyn AdminRepository, profile: &Profile, text: &str, provenance: Provenance) {
    let mut write = update(profile, bio(text));
    write.provenance = provenance;
    assert!(store.update(write).await.unwrap().is_some());
}

async fn the_latest_entries_are_kept(store: &dyn AdminRepository) {
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
    // The trimmed history can be extended and erased.
    write(store, &profile, "46", provenance()).await;
    assert_eq!(versions(store, &profile).await.len(), 41);
    assert!(erase(store, profile.id).await);
    let history = store.history(profile.id, 100).await.unwrap();
    assert_eq!(history.len(), 42);
    assert_eq!(history[0].patch, Erasure::document());
    for change in &history[1..] {
        assert_eq!((change.patch.as_str(), change.actor.as_str()), ("{}", ""));
    }
}

/// Returns a pseudorandom text, which compresses by less than a quarter.
fn noise(length: usize, seed: u64) -> String {
    const CHARACTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz012345";
    let mut state = seed;
    let characters = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let [high, ..] = state.to_be_bytes();
        char::from(CHARACTERS[usize::from(high >> 3)])
    });
    characters.take(length).collect()
}

async fn the_latest_bytes_are_kept(store: &dyn AdminRepository) {
    let profile = stored(store, |_| {}).await;
    let other = stored(store, |_| {}).await;
    let third = MAX_BYTES / 3;
    for number in 2..=5 {
        write(store, &profile, &noise(third - 100, number), provenance()).await;
        write(store, &other, &number.to_string(), provenance()).await;
    }
    for _ in 0..2 {
        trim(store, Timestamp::UNIX_EPOCH).await;
        assert_eq!(versions(store, &profile).await, [5, 4, 3]);
        assert_eq!(versions(store, &other).await, [5, 4, 3, 2, 1]);
    }
    write(store, &profile, "6", provenance()).await;
    trim(store, Timestamp::UNIX_EPOCH).await;
    assert_eq!(versions(store, &profile).await, [6, 5, 4, 3]);
    let large = noise(MAX_BYTES + 1_000_000, 7);
    write(store, &profile, &large, provenance()).await;
    trim(store, Timestamp::UNIX_EPOCH).await;
    assert_eq!(
        versions(store, &profile).await,
        [7],
        "the latest entry is kept"
    );
    write(store, &profile, "8", provenance()).await;
    trim(store, Timestamp::UNIX_EPOCH).await;
    assert_eq!(versions(store, &profile).await, [8]);
}

async fn old_entries_except_the_latest_are_removed(store: &dyn AdminRepository) {
    let at = |second| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second);
    let old = |second| Provenance::new(at(second), "user:1".into(), "movieknight", "r".into());
    let tenant = tenant(store).await;
    let [active, idle, gone] = [(); 3].map(|()| new_profile(tenant));
    for profile in [&active, &idle, &gone] {
        store.add(profile, &[], &old(1)).await.unwrap();
        write(store, profile, "2", old(2)).await;
        write(store, profile, "3", old(3)).await;
    }
    assert!(erase(store, gone.id).await);
    write(store, &active, "4", provenance()).await;

    trim(store, at(2)).await;
    assert_eq!(versions(store, &active).await, [4, 3, 2]);
    assert_eq!(versions(store, &gone).await, [4, 3, 2]);
    trim(store, at(100)).await;
    assert_eq!(versions(store, &active).await, [4]);
    assert_eq!(versions(store, &idle).await, [3]);
    assert_eq!(versions(store, &gone).await, [4]);
    write(store, &idle, "4", provenance()).await;
    assert_eq!(versions(store, &idle).await, [4, 3]);
}
