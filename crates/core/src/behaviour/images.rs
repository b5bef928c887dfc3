//! What every store must know of pictures.

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};

use super::fixture::{self, now, stored, update};
use crate::{
    Avatar, Creator, Edit, Error, ImageId, ImageQuota, ImageRecords, ImageUpload, Profile,
    ProfilePatch, ProfileRef, Quota, Registry, Result, TenantId,
};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Checks what `store`, the same as `records`, knows of pictures.
///
/// # Panics
///
/// Where a picture that is in use, or was just claimed, would be removed, and where one that
/// nobody uses would not.
pub async fn check_images(store: &dyn Registry, records: &dyn ImageRecords) {
    unused_ones_are_doomed_and_forgotten(records).await;
    used_ones_stay(store, records).await;
    claims_are_refreshed(records).await;
    a_doom_is_a_lease(records).await;
    unknown_ones_are_adopted(records).await;
    uploads_have_a_quota(store, records).await;
    a_quota_holds_for_many_at_once(records).await;
}

/// A name that nobody else has.
fn image() -> ImageId {
    let id = fixture::new_profile(crate::TenantId(uuid::Uuid::nil())).id;
    ImageId::from_stored(format!("{:064x}", id.0.as_u128()))
}

/// Whether `id` is among those that are doomed at `at` after a day of grace.
async fn is_doomed(records: &dyn ImageRecords, id: &ImageId, at: Timestamp) -> bool {
    let doomed = records.doom(at - HOUR * 24, at - HOUR, at, 10_000).await;
    doomed.unwrap().contains(id)
}

async fn set(store: &dyn Registry, profile: &Profile, avatar: Edit<Avatar>) {
    let patch = ProfilePatch {
        avatar,
        ..ProfilePatch::default()
    };
    store.update(update(profile, patch)).await.unwrap();
}

async fn unused_ones_are_doomed_and_forgotten(records: &dyn ImageRecords) {
    let (id, at) = (image(), now());
    assert!(records.claim(&id, at).await.unwrap());
    assert!(
        !is_doomed(records, &id, at + HOUR * 23).await,
        "within the grace time"
    );
    let later = at + HOUR * 25;
    assert!(is_doomed(records, &id, later).await);
    assert!(
        !records.claim(&id, later).await.unwrap(),
        "it is about to go"
    );
    records.forget(std::slice::from_ref(&id), at).await.unwrap();
    assert!(
        !records.claim(&id, later).await.unwrap(),
        "that was another doom"
    );
    records
        .forget(std::slice::from_ref(&id), later)
        .await
        .unwrap();
    assert!(
        records.claim(&id, later).await.unwrap(),
        "its bytes are gone: a new one"
    );
    assert!(is_doomed(records, &id, later + HOUR * 25).await);
    records.forget(&[id], later + HOUR * 25).await.unwrap();
}

async fn used_ones_stay(store: &dyn Registry, records: &dyn ImageRecords) {
    let (id, at) = (image(), now());
    let one = stored(store, |_| {}).await;
    let other = stored(store, |_| {}).await;
    assert!(records.claim(&id, at).await.unwrap());
    let avatar = Avatar::Stored(id.clone());
    set(store, &one, Edit::Set(avatar.clone())).await;
    set(store, &other, Edit::Set(avatar)).await;
    assert!(!is_doomed(records, &id, at + HOUR * 25).await, "two use it");
    set(store, &one, Edit::Clear).await;
    assert!(
        !is_doomed(records, &id, at + HOUR * 26).await,
        "one uses it"
    );
    assert!(store.remove(&ProfileRef::Id(other.id)).await.unwrap());
    let last = at + HOUR * 27;
    assert!(is_doomed(records, &id, last).await, "nobody does");
    records.forget(&[id], last).await.unwrap();
}

async fn claims_are_refreshed(records: &dyn ImageRecords) {
    let (id, at) = (image(), now());
    assert!(records.claim(&id, at).await.unwrap());
    assert!(records.claim(&id, at + HOUR * 20).await.unwrap());
    assert!(
        records.claim(&id, at).await.unwrap(),
        "by a clock that is behind"
    );
    assert!(!is_doomed(records, &id, at + HOUR * 40).await);
    let last = at + HOUR * 45;
    assert!(is_doomed(records, &id, last).await);
    records.forget(&[id], last).await.unwrap();
}

async fn a_doom_is_a_lease(records: &dyn ImageRecords) {
    let (id, at) = (image(), now());
    assert!(records.claim(&id, at).await.unwrap());
    let first = at + HOUR * 30;
    assert!(is_doomed(records, &id, first).await);
    assert!(
        !is_doomed(records, &id, first + HOUR / 2).await,
        "somebody is at it"
    );
    let second = first + HOUR * 2;
    assert!(is_doomed(records, &id, second).await, "nobody finished it");
    records
        .forget(std::slice::from_ref(&id), first)
        .await
        .unwrap();
    assert!(
        !records.claim(&id, second).await.unwrap(),
        "it is the second's to forget"
    );
    records
        .forget(std::slice::from_ref(&id), second)
        .await
        .unwrap();
    assert!(records.claim(&id, second).await.unwrap());
}

async fn unknown_ones_are_adopted(records: &dyn ImageRecords) {
    let (known, unknown, at) = (image(), image(), now());
    assert!(records.claim(&known, at).await.unwrap());
    let adopted = at + HOUR * 20;
    let both = [known.clone(), unknown.clone()];
    records.adopt(&both, adopted).await.unwrap();
    let later = at + HOUR * 30;
    assert!(
        is_doomed(records, &known, later).await,
        "its own claim counts"
    );
    assert!(
        !is_doomed(records, &unknown, later).await,
        "it was just found"
    );
    assert!(is_doomed(records, &unknown, adopted + HOUR * 25).await);
}

/// Collects images, all of which must be unused.
async fn collect(records: &dyn ImageRecords, ids: &[&ImageId], at: Timestamp) {
    let doomed = records.doom(at - HOUR * 24, at - HOUR, at, 10_000).await;
    let doomed = doomed.unwrap();
    assert!(ids.iter().all(|id| doomed.contains(id)));
    records.forget(&doomed, at).await.unwrap();
}

/// Two unused images of 1,000 bytes, or more of fewer.
const QUOTA: ImageQuota = ImageQuota {
    images: 3,
    bytes: 2_000,
    grace: SignedDuration::from_hours(24),
};

async fn upload(
    records: &dyn ImageRecords,
    owner: &Creator,
    id: &ImageId,
    bytes: u64,
    at: Timestamp,
) -> Result<bool> {
    let upload = ImageUpload {
        owner,
        bytes,
        quota: QUOTA,
    };
    records.claim_upload(id, &upload, at).await
}

/// After how many seconds there may be more.
fn wait(uploaded: &Result<bool>) -> Option<u64> {
    match uploaded {
        Err(Error::QuotaExceeded {
            quota: Quota::UnusedImages,
            retry_after,
        }) => *retry_after,
        _ => None,
    }
}

async fn uploads_have_a_quota(store: &dyn Registry, records: &dyn ImageRecords) {
    let (profile, at) = (stored(store, |_| {}).await, now());
    let owner = Creator::Profile(profile.id);
    let name = format!("biz_{}", profile.id.0.simple());
    let account = Creator::Program(profile.tenant_id, name);
    let [first, second, third, fourth] = [(); 4].map(|()| image());
    for (id, at) in [(&first, at), (&second, at + HOUR)] {
        assert!(upload(records, &owner, id, 1_000, at).await.unwrap());
    }
    // The oldest is collected after its grace time.
    let refused = upload(records, &owner, &third, 1, at + HOUR * 2).await;
    assert_eq!(wait(&refused), Some(22 * 3_600), "{refused:?}");
    let known = records.claim(&third, at).await.unwrap();
    assert!(known, "nothing was noted, and others may use it");
    // What is there already takes nothing, and other owners have quotas of their own.
    assert!(upload(records, &owner, &second, 1_000, at).await.unwrap());
    assert!(upload(records, &account, &third, 9_000, at).await.unwrap());

    set(store, &profile, Edit::Set(Avatar::Stored(first.clone()))).await;
    assert!(upload(records, &owner, &third, 500, at).await.unwrap());
    set(store, &profile, Edit::Clear).await;
    let refused = upload(records, &owner, &fourth, 1, at + HOUR * 90).await;
    assert_eq!(wait(&refused), Some(60), "as soon as the collector comes");

    // What is collected counts no more.
    let later = at + HOUR * 100;
    collect(records, &[&first, &second, &third], later).await;
    assert!(
        upload(records, &owner, &fourth, 1_500, later)
            .await
            .unwrap()
    );
    assert!(upload(records, &owner, &first, 500, later).await.unwrap());
    let end = later + HOUR * 25;
    collect(records, &[&first, &fourth], end).await;
}

async fn a_quota_holds_for_many_at_once(records: &dyn ImageRecords) {
    let owner = Creator::Program(TenantId(uuid::Uuid::nil()), image().as_str().to_owned());
    let (ids, at) = ([(); 32].map(|()| image()), now());
    let uploaded = join_all(ids.iter().map(|id| upload(records, &owner, id, 1, at))).await;
    let (kept, refused): (Vec<_>, Vec<_>) = uploaded.iter().partition(|done| done.is_ok());
    assert_eq!(kept.len(), 3);
    assert!(refused.into_iter().all(|done| wait(done).is_some()));
    let kept = ids.iter().zip(&uploaded).filter(|(_, done)| done.is_ok());
    let kept: Vec<_> = kept.map(|(id, _)| id).collect();
    collect(records, &kept, at + HOUR * 30).await;
}
