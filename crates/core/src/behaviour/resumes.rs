//! Tests of the records of résumés.

use super::fixture::{stored, unique, update};
use crate::{AdminRepository, Edit, ProfilePatch, ResumeRecords};

/// Tests `records`, the records of the résumés of profiles in `store`.
///
/// # Panics
///
/// If the store violates the behaviour.
pub async fn check_resumes(store: &dyn AdminRepository, records: &dyn ResumeRecords) {
    let profile = stored(store, |_| {}).await;
    let name = || format!("kept:{:024x}{:08x}.pdf", unique(), std::process::id());
    let (used, unused) = (name(), name());
    let patch = ProfilePatch {
        resume: Edit::Set(used.clone()),
        ..ProfilePatch::default()
    };
    store.update(update(&profile, patch)).await.unwrap();
    let names = [unused.clone(), used.clone()];
    let found = records.in_use(&names).await.unwrap();
    assert_eq!(found, std::slice::from_ref(&used));
    assert_eq!(records.in_use(&[unused]).await.unwrap(), [""; 0]);
    assert_eq!(records.in_use(&[]).await.unwrap(), [""; 0]);
    let clear = ProfilePatch {
        resume: Edit::Clear,
        ..ProfilePatch::default()
    };
    store.update(update(&profile, clear)).await.unwrap();
    assert_eq!(records.in_use(&[used]).await.unwrap(), [""; 0]);
}
