//! Tests of the quota of unused images.

use futures_util::future::join_all;

use super::{HOUR, NONE, image, lease, reserve, set};
use crate::{
    AdminRepository, Avatar, Creator, Edit, Error, ImageId, ImageQuota, ImageRecords, ImageUpload,
    Quota, Result, TenantId, behaviour::fixture::stored,
};

/// Two unused images of 1,000 bytes, or three smaller ones.
const QUOTA: ImageQuota = ImageQuota {
    images: 3,
    bytes: 2_000,
    grace: HOUR,
};

pub(super) async fn check(store: &dyn AdminRepository, records: &dyn ImageRecords) {
    uploads_have_a_quota(store, records).await;
    concurrent_uploads_stay_within_the_quota(records).await;
}

/// Removes images, all of which must be unused.
async fn collect(records: &dyn ImageRecords, ids: &[&ImageId]) {
    let lease = lease();
    let marked = records.mark(&lease, NONE, HOUR, 10_000).await.unwrap();
    assert!(ids.iter().all(|id| marked.contains(id)));
    records.finish(&lease, &marked).await.unwrap();
}

async fn upload(
    records: &dyn ImageRecords,
    owner: &Creator,
    id: &ImageId,
    bytes: u64,
) -> Result<bool> {
    let quota = QUOTA;
    let upload = ImageUpload {
        owner,
        bytes,
        quota,
    };
    records.reserve_upload(id, &upload).await
}

/// Returns the seconds until a retry if the quota is exceeded.
fn retry_after(uploaded: &Result<bool>) -> Option<u64> {
    match uploaded {
        Err(Error::QuotaExceeded {
            quota: Quota::UnusedImages,
            retry_after,
        }) => *retry_after,
        _ => None,
    }
}

async fn uploads_have_a_quota(store: &dyn AdminRepository, records: &dyn ImageRecords) {
    let profile = stored(store, |_| {}).await;
    let owner = Creator::Profile(profile.id);
    let account = Creator::Program(profile.tenant_id, format!("biz_{}", profile.id.0.simple()));
    let [first, second, third, fourth] = [(); 4].map(|()| image());
    for id in [&first, &second] {
        assert!(upload(records, &owner, id, 1_000).await.unwrap());
    }
    // The oldest image is removed after its grace period.
    let rejected = upload(records, &owner, &third, 1).await;
    let seconds = retry_after(&rejected).expect("the quota is exceeded");
    assert!((3_500..=3_601).contains(&seconds), "{seconds}");
    assert!(
        reserve(records, &third).await,
        "nothing was recorded, and others may use it"
    );
    // A repeated upload does not count again, and other owners have separate quotas.
    assert!(upload(records, &owner, &second, 1_000).await.unwrap());
    assert!(upload(records, &account, &third, 9_000).await.unwrap());

    set(store, &profile, Edit::Set(Avatar::Stored(first.clone()))).await;
    assert!(upload(records, &owner, &third, 500).await.unwrap());
    set(store, &profile, Edit::Clear).await;
    assert!(retry_after(&upload(records, &owner, &fourth, 1).await).is_some());

    // Removed images do not count.
    collect(records, &[&first, &second, &third]).await;
    assert!(upload(records, &owner, &fourth, 1_500).await.unwrap());
    assert!(upload(records, &owner, &image(), 500).await.unwrap());
    collect(records, &[&fourth]).await;
}

async fn concurrent_uploads_stay_within_the_quota(records: &dyn ImageRecords) {
    let owner = Creator::Program(TenantId(uuid::Uuid::nil()), image().as_str().to_owned());
    let ids = [(); 32].map(|()| image());
    let uploaded = join_all(ids.iter().map(|id| upload(records, &owner, id, 1))).await;
    let (kept, rejected): (Vec<_>, Vec<_>) = uploaded.iter().partition(|done| done.is_ok());
    assert_eq!(kept.len(), 3);
    assert!(rejected.into_iter().all(|done| retry_after(done).is_some()));
    let kept = ids.iter().zip(&uploaded).filter(|(_, done)| done.is_ok());
    let kept: Vec<_> = kept.map(|(id, _)| id).collect();
    collect(records, &kept).await;
}
