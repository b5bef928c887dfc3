//! Uploads and API keys, whichever store keeps them.

use jiff::{SignedDuration, Timestamp};

use super::fixture::{new_profile, now, stored, tenant};
use crate::{
    ApiKey, ApiKeys, Creator, ImageId, ProfileRef, Registry, TenantId, Upload, UploadState, Uploads,
};

/// Checks that `uploads` are those of the profiles in `store`, and all that is promised of them.
///
/// # Panics
///
/// Where it is not so.
pub async fn check_uploads(store: &dyn Registry, uploads: &dyn Uploads) {
    let profile = stored(store, |_| {}).await;
    let account = format!("biz_{}", profile.id.0.simple());
    for creator in [Creator::Profile(profile.id), Creator::Account(account)] {
        an_upload_is_kept_and_comes_along(uploads, &creator).await;
        open_uploads_are_counted(uploads, &creator).await;
    }
    expired_uploads_are_forgotten(store, uploads).await;
    let left = upload(&Creator::Profile(profile.id), "left");
    assert!(uploads.add(&left, 100).await.unwrap());
    assert!(store.remove(&ProfileRef::Id(profile.id)).await.unwrap());
    assert_eq!(uploads.find(&left.id).await.unwrap(), None);
}

/// An upload that nobody has made before.
fn upload(creator: &Creator, name: &str) -> Upload {
    let at = micros(now());
    let number = new_profile(TenantId(uuid::Uuid::nil())).id.0.simple();
    Upload {
        id: format!("file_{name}{number}"),
        creator: creator.clone(),
        filename: "a \"picture\".png".to_owned(),
        media_type: "image/png".to_owned(),
        announced_size: Some(7),
        is_public: true,
        state: UploadState::Pending,
        created_at: at,
        expires_at: at + SignedDuration::from_hours(1),
        is_used: false,
    }
}

fn micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap()
}

async fn an_upload_is_kept_and_comes_along(uploads: &dyn Uploads, creator: &Creator) {
    for end in [
        UploadState::Failed,
        UploadState::Ready {
            image: ImageId::of_digest([3; 32]),
            size: 7,
        },
    ] {
        let mut upload = upload(creator, "a");
        assert_eq!(uploads.find(&upload.id).await.unwrap(), None);
        assert!(!uploads.advance(&upload.id, &end).await.unwrap());
        assert!(uploads.add(&upload, 100).await.unwrap());
        assert_eq!(
            uploads.find(&upload.id).await.unwrap().as_ref(),
            Some(&upload)
        );
        for state in [UploadState::Processing, end] {
            assert!(uploads.advance(&upload.id, &state).await.unwrap());
            upload.state = state;
            assert_eq!(
                uploads.find(&upload.id).await.unwrap().as_ref(),
                Some(&upload)
            );
        }
        let again = UploadState::Processing;
        assert!(!uploads.advance(&upload.id, &again).await.unwrap());
        uploads.mark_used(&upload.id).await.unwrap();
        upload.is_used = true;
        assert_eq!(uploads.find(&upload.id).await.unwrap(), Some(upload));
    }
    let mut bare = upload(creator, "b");
    (bare.announced_size, bare.is_public) = (None, false);
    assert!(uploads.add(&bare, 100).await.unwrap());
    assert_eq!(uploads.find(&bare.id).await.unwrap().as_ref(), Some(&bare));
    uploads.mark_used(&bare.id).await.unwrap();
}

async fn open_uploads_are_counted(uploads: &dyn Uploads, creator: &Creator) {
    let mine = [(); 3].map(|()| upload(creator, "c"));
    assert!(uploads.add(&mine[0], 2).await.unwrap());
    assert!(uploads.add(&mine[1], 2).await.unwrap());
    assert!(!uploads.add(&mine[2], 2).await.unwrap());
    assert_eq!(uploads.find(&mine[2].id).await.unwrap(), None);
    uploads.mark_used(&mine[0].id).await.unwrap();
    assert!(uploads.add(&mine[2], 2).await.unwrap());
    let mut later = upload(creator, "d");
    later.created_at += SignedDuration::from_hours(2);
    later.expires_at += SignedDuration::from_hours(2);
    assert!(uploads.add(&later, 1).await.unwrap());
    for upload in mine.iter().chain([&later]) {
        uploads.mark_used(&upload.id).await.unwrap();
    }
}

async fn expired_uploads_are_forgotten(store: &dyn Registry, uploads: &dyn Uploads) {
    let profile = stored(store, |_| {}).await;
    let mut old = upload(&Creator::Profile(profile.id), "e");
    old.expires_at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1);
    let young = upload(&Creator::Profile(profile.id), "f");
    assert!(uploads.add(&old, 100).await.unwrap());
    assert!(uploads.add(&young, 100).await.unwrap());
    let instant = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(2);
    while uploads.forget_expired(instant, 1).await.unwrap() == 1 {}
    assert_eq!(uploads.find(&old.id).await.unwrap(), None);
    assert_eq!(uploads.find(&young.id).await.unwrap(), Some(young));
}

/// Checks what is promised of API keys; their tenants are those of `store`.
///
/// # Panics
///
/// Where it is not so.
pub async fn check_api_keys(store: &dyn Registry, keys: &dyn ApiKeys) {
    let tenant = tenant(store).await;
    let id = new_profile(tenant).id.0;
    let mut digest = [7; 32];
    digest[..16].copy_from_slice(id.as_bytes());
    let mut key = ApiKey {
        id: format!("key_{}", id.simple()),
        dialect: "whop".to_owned(),
        account: "biz_1".to_owned(),
        tenant_id: tenant,
        scopes: vec!["a:b".to_owned(), "c \"d\"".to_owned()],
        api_version: None,
        created_at: micros(now()),
        revoked_at: None,
    };
    assert_eq!(keys.find("whop", &digest).await.unwrap(), None);
    keys.add(&key, &digest).await.unwrap();
    assert_eq!(
        keys.find("whop", &digest).await.unwrap().as_ref(),
        Some(&key)
    );
    assert_eq!(keys.find("tenant", &digest).await.unwrap(), None);
    assert_eq!(keys.find("whop", &[8; 32]).await.unwrap(), None);

    let mut other = key.clone();
    other.id.push('x');
    (other.scopes, other.api_version) = (Vec::new(), Some("2026-07-01".to_owned()));
    other.created_at += SignedDuration::from_secs(1);
    let mut other_digest = digest;
    other_digest[31] = 9;
    keys.add(&other, &other_digest).await.unwrap();
    let found = keys.find("whop", &other_digest).await.unwrap();
    assert_eq!(found.as_ref(), Some(&other));

    let at = micros(now());
    assert!(!keys.revoke("key_of_nobody", at).await.unwrap());
    assert!(keys.revoke(&key.id, at).await.unwrap());
    assert_eq!(keys.find("whop", &digest).await.unwrap(), None);
    assert!(keys.revoke(&key.id, micros(now())).await.unwrap());
    key.revoked_at = Some(at);
    let listed = keys.list().await.unwrap();
    let ours: Vec<_> = listed
        .into_iter()
        .filter(|listed| listed.id == key.id || listed.id == other.id)
        .collect();
    assert_eq!(ours, [key.clone(), other]);
}
