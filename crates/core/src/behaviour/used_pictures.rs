//! Pictures that accounts show, and those that wait to be given, stay.

use jiff::{SignedDuration, Timestamp};

use super::fixture::{new_profile, now, provenance, stored};
use crate::{
    Avatar, Creator, Edit, ImageId, ImageRecords, OverridePatch, OverrideUpdate, Overrides,
    ProfileRef, Registry, TenantId, Upload, UploadState, Uploads,
};

/// Checks that the collector takes no picture that an override or an upload uses.
///
/// # Panics
///
/// Where it does.
pub async fn check_used_pictures(
    store: &dyn Registry,
    records: &dyn ImageRecords,
    overrides: &dyn Overrides,
    uploads: &dyn Uploads,
) {
    let profile = stored(store, |_| {}).await;
    let (shown, uploaded, at) = (image(), image(), now());
    for id in [&shown, &uploaded] {
        assert!(records.claim(id, at).await.unwrap());
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
        upload: None,
        most: 100,
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

    let later = at + SignedDuration::from_hours(48);
    let doomed = doomed(records, later).await;
    assert!(!doomed.contains(&shown) && !doomed.contains(&uploaded));

    overrides.update_override(show(Edit::Clear)).await.unwrap();
    let instant = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(2);
    while uploads.forget_expired(instant, 100).await.unwrap() == 100 {}
    let doomed = self::doomed(records, later).await;
    assert!(doomed.contains(&shown) && doomed.contains(&uploaded));
    records.forget(&doomed, later).await.unwrap();
}

/// A name that nobody else has.
fn image() -> ImageId {
    let id = new_profile(TenantId(uuid::Uuid::nil())).id;
    ImageId::from_stored(format!("{:064x}", id.0.as_u128()))
}

async fn doomed(records: &dyn ImageRecords, at: Timestamp) -> Vec<ImageId> {
    let day = SignedDuration::from_hours(24);
    let doomed = records.doom(at - day, at - day, at, 10_000).await;
    doomed.unwrap()
}
