//! Tests that images in overrides and uploads are not collected.

use jiff::{SignedDuration, Timestamp};

use super::fixture::{new_profile, provenance, stored, unique};
use crate::{
    AdminRepository, Avatar, Creator, Edit, ImageId, ImageRecords, Lease, OverridePatch,
    OverrideUpdate, Overrides, ProfileRef, TenantId, Upload, UploadState, Uploads,
};

/// Tests that images of overrides and uploads are not marked for removal.
///
/// # Panics
///
/// If the store violates the behaviour.
pub async fn check_used_images(
    store: &dyn AdminRepository,
    records: &dyn ImageRecords,
    overrides: &dyn Overrides,
    uploads: &dyn Uploads,
) {
    let profile = stored(store, |_| {}).await;
    let (shown, uploaded) = (image(), image());
    for id in [&shown, &uploaded] {
        assert!(records.reserve(id).await.unwrap());
    }
    let show = |avatar| OverrideUpdate {
        who: ProfileRef::Id(profile.id),
        account: "biz_1".to_owned(),
        tenant: None,
        patch: OverridePatch {
            avatar,
            ..OverridePatch::default()
        },
        expected: None,
        must_differ: false,
        upload: None,
        max_accounts: 100,
        provenance: provenance(),
    };
    let set = show(Edit::Set(Avatar::Stored(shown.clone())));
    overrides.update_override(set).await.unwrap().unwrap();
    let upload = Upload {
        id: format!("file_{}", profile.id.0.simple()),
        creator: Creator::Profile(profile.id),
        filename: "a.png".to_owned(),
        media_type: "image/png".to_owned(),
        announced_size: None,
        is_public: false,
        state: UploadState::Pending,
        created_at: Timestamp::UNIX_EPOCH,
        expires_at: Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1),
        is_used: false,
    };
    uploads.add(&upload, 10).await.unwrap();
    let ready = UploadState::Ready {
        image: uploaded.clone(),
        size: 1,
    };
    assert!(uploads.advance(&upload.id, &ready).await.unwrap());

    let mut images = records.images_of(profile.id).await.unwrap();
    images.sort_unstable();
    assert_eq!(images, [shown.clone(), uploaded.clone()]);
    let marked = marked(records).await;
    assert!(!marked.contains(&shown) && !marked.contains(&uploaded));

    overrides.update_override(show(Edit::Clear)).await.unwrap();
    let instant = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(2);
    while uploads.purge_expired(instant, 100).await.unwrap() == 100 {}
    let marked = self::marked(records).await;
    assert!(marked.contains(&shown) && marked.contains(&uploaded));
}

/// Returns a unique id.
fn image() -> ImageId {
    let id = new_profile(TenantId(uuid::Uuid::nil())).id;
    ImageId::from_stored(format!("{:064x}", id.0.as_u128()))
}

async fn marked(records: &dyn ImageRecords) -> Vec<ImageId> {
    let lease = Lease::of_random(unique().to_be_bytes().repeat(2).try_into().unwrap());
    let (none, hour) = (SignedDuration::ZERO, SignedDuration::from_hours(1));
    records.mark(&lease, none, hour, 10_000).await.unwrap()
}
