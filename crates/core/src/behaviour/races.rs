//! Tests of concurrent writes.

use futures_util::future::join_all;

use super::fixture::{bio, reread, stored, update};
use crate::{AdminRepository, Edit, Error, ProfilePatch};

/// The number of concurrent writers.
const WRITERS: i64 = 64;

pub(super) async fn check(store: &dyn AdminRepository) {
    writers_of_different_fields_lose_nothing(store).await;
    one_of_several_conditional_writers_wins(store).await;
    every_returned_profile_is_a_committed_state(store).await;
}

fn one_field(writer: i64) -> ProfilePatch {
    let text = Edit::Set(format!("by {writer}"));
    let mut patch = ProfilePatch::default();
    let fields = [
        &mut patch.display_name,
        &mut patch.full_name,
        &mut patch.given_name,
        &mut patch.family_name,
        &mut patch.bio,
        &mut patch.phone,
        &mut patch.user_type,
        &mut patch.resume,
    ];
    let index = usize::try_from(writer).expect("the number is small") % fields.len();
    if let Some(field) = fields.into_iter().nth(index) {
        *field = text;
    }
    patch
}

async fn writers_of_different_fields_lose_nothing(store: &dyn AdminRepository) {
    let profile = stored(store, |_| {}).await;
    let writes = (0..WRITERS).map(|writer| store.update(update(&profile, one_field(writer))));
    for done in join_all(writes).await {
        assert!(done.unwrap().is_some());
    }
    let after = reread(store, &profile).await;
    for field in [
        after.display_name,
        after.full_name,
        after.given_name,
        after.family_name,
        after.bio,
        after.phone,
        after.user_type,
        after.resume,
    ] {
        assert!(field.is_some_and(|text| text.starts_with("by ")));
    }
    assert_eq!(after.version, 1 + WRITERS);
    let history = store.history(profile.id, 100).await.unwrap();
    let versions: Vec<_> = history.iter().map(|change| change.version).collect();
    let expected: Vec<_> = (1..=1 + WRITERS).rev().collect();
    assert_eq!(versions, expected);
}

async fn one_of_several_conditional_writers_wins(store: &dyn AdminRepository) {
    for _ in 0..8 {
        let profile = stored(store, |_| {}).await;
        let write = |text: &str| {
            let mut write = update(&profile, bio(text));
            write.expected = Some(profile.revision());
            store.update(write)
        };
        let done = join_all(["a", "b", "c", "d"].map(write)).await;
        let won = done.iter().filter(|done| done.is_ok()).count();
        let lost = |done: &&Result<_, Error>| matches!(done, Err(Error::VersionMismatch));
        assert_eq!((won, done.iter().filter(lost).count()), (1, 3));
        assert_eq!(reread(store, &profile).await.version, 2);
    }
}

async fn every_returned_profile_is_a_committed_state(store: &dyn AdminRepository) {
    let profile = stored(store, |_| {}).await;
    let texts: Vec<_> = (0..16).map(|writer| format!("bio {writer}")).collect();
    let writes = texts
        .iter()
        .map(|text| store.update(update(&profile, bio(text))));
    let mut versions = Vec::new();
    for (done, text) in join_all(writes).await.into_iter().zip(&texts) {
        let response = done.unwrap().unwrap();
        assert_eq!(response.bio.as_ref(), Some(text));
        versions.push(response.version);
    }
    versions.sort_unstable();
    assert_eq!(versions, (2..18).collect::<Vec<_>>());
}
