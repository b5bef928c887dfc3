//! Tests of the records of images.

mod quotas;

use jiff::SignedDuration;

use super::fixture::{self, erase, stored, update};
use crate::{
    AdminRepository, Avatar, Creator, Edit, ImageId, ImageQuota, ImageRecords, ImageUpload, Lease,
    Profile, ProfilePatch,
};

const NONE: SignedDuration = SignedDuration::ZERO;
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Tests `records`, the records of the images of `store`.
///
/// # Panics
///
/// If the store violates the behaviour.
pub async fn check_images(store: &dyn AdminRepository, records: &dyn ImageRecords) {
    unused_images_are_marked_and_removed(records).await;
    used_images_are_kept(store, records).await;
    a_marked_image_that_is_used_again_is_kept(store, records).await;
    only_the_holder_of_a_lease_removes_an_image(records).await;
    an_image_uploaded_during_a_removal_is_kept(records).await;
    unknown_images_are_imported(records).await;
    the_images_of_a_removed_user_are_marked_at_once(store, records).await;
    quotas::check(store, records).await;
}

/// Returns a unique id.
fn image() -> ImageId {
    let id = fixture::new_profile(crate::TenantId(uuid::Uuid::nil())).id;
    ImageId::from_stored(format!("{:064x}", id.0.as_u128()))
}

fn lease() -> Lease {
    Lease::of_random(
        fixture::unique()
            .to_be_bytes()
            .repeat(2)
            .try_into()
            .unwrap(),
    )
}

async fn reserve(records: &dyn ImageRecords, id: &ImageId) -> bool {
    records.reserve(id).await.unwrap()
}

async fn is_marked(
    records: &dyn ImageRecords,
    lease: &Lease,
    grace: SignedDuration,
    id: &ImageId,
) -> bool {
    let marked = records.mark(lease, grace, HOUR, 10_000).await;
    marked.unwrap().contains(id)
}

async fn renew(records: &dyn ImageRecords, lease: &Lease, id: &ImageId) -> bool {
    records.renew(lease, HOUR, id).await.unwrap()
}

async fn finish(records: &dyn ImageRecords, lease: &Lease, id: &ImageId) {
    let ids = std::slice::from_ref(id);
    records.finish(lease, ids).await.unwrap();
}

async fn set(store: &dyn AdminRepository, profile: &Profile, avatar: Edit<Avatar>) {
    let patch = ProfilePatch {
        avatar,
        ..ProfilePatch::default()
    };
    store.update(update(profile, patch)).await.unwrap();
}

async fn unused_images_are_marked_and_removed(records: &dyn ImageRecords) {
    let (id, lease) = (image(), lease());
    assert!(reserve(records, &id).await);
    assert!(
        reserve(records, &id).await,
        "an image can be reserved twice"
    );
    assert!(
        !is_marked(records, &lease, HOUR, &id).await,
        "the image was reserved recently"
    );
    assert!(is_marked(records, &lease, NONE, &id).await);
    assert!(
        !reserve(records, &id).await,
        "a marked image cannot be reserved"
    );
    assert!(renew(records, &lease, &id).await);
    assert!(
        renew(records, &lease, &id).await,
        "a lease can be renewed for each file"
    );
    finish(records, &lease, &id).await;
    assert!(!renew(records, &lease, &id).await);
    assert!(!reserve(records, &id).await, "a removal may be delayed");
    records.purge_removed(HOUR).await.unwrap();
    assert!(
        !reserve(records, &id).await,
        "the image was removed recently"
    );
    records.purge_removed(NONE).await.unwrap();
    assert!(reserve(records, &id).await);
}

async fn used_images_are_kept(store: &dyn AdminRepository, records: &dyn ImageRecords) {
    let (id, lease) = (image(), lease());
    let one = stored(store, |_| {}).await;
    let other = stored(store, |_| {}).await;
    assert!(reserve(records, &id).await);
    let avatar = Avatar::Stored(id.clone());
    set(store, &one, Edit::Set(avatar.clone())).await;
    set(store, &other, Edit::Set(avatar)).await;
    assert!(
        !is_marked(records, &lease, NONE, &id).await,
        "two profiles use it"
    );
    set(store, &one, Edit::Clear).await;
    assert!(
        !is_marked(records, &lease, NONE, &id).await,
        "one profile uses it"
    );
    assert!(erase(store, other.id).await);
    assert!(
        is_marked(records, &lease, NONE, &id).await,
        "no profile uses it"
    );
    finish(records, &lease, &id).await;
}

/// The image is used again after its grace period.
async fn a_marked_image_that_is_used_again_is_kept(
    store: &dyn AdminRepository,
    records: &dyn ImageRecords,
) {
    let (id, lease) = (image(), lease());
    let profile = stored(store, |_| {}).await;
    assert!(reserve(records, &id).await);
    assert!(is_marked(records, &lease, NONE, &id).await);
    set(store, &profile, Edit::Set(Avatar::Stored(id.clone()))).await;
    assert!(!renew(records, &lease, &id).await);
    assert!(!is_marked(records, &lease, NONE, &id).await);
    assert!(reserve(records, &id).await, "the image is no longer marked");
    finish(records, &lease, &id).await;
    assert!(reserve(records, &id).await, "the image was not removed");
}

async fn only_the_holder_of_a_lease_removes_an_image(records: &dyn ImageRecords) {
    let (id, first, second) = (image(), lease(), lease());
    assert!(reserve(records, &id).await);
    assert!(is_marked(records, &first, NONE, &id).await);
    assert!(
        !is_marked(records, &second, NONE, &id).await,
        "the lease has not expired"
    );
    assert!(!renew(records, &second, &id).await);
    let expired = records.renew(&first, NONE, &id).await.unwrap();
    assert!(!expired, "an expired lease permits no removal");
    let taken = records.mark(&second, NONE, NONE, 10_000).await.unwrap();
    assert!(taken.contains(&id), "the removal was not finished");
    assert!(
        !renew(records, &first, &id).await,
        "the second collector holds the lease"
    );
    finish(records, &first, &id).await;
    assert!(renew(records, &second, &id).await);
    finish(records, &second, &id).await;
}

/// A permitted removal by the first collector is delayed in the storage. Meanwhile, a second
/// collector takes over and finishes, and the same image is uploaded again.
async fn an_image_uploaded_during_a_removal_is_kept(records: &dyn ImageRecords) {
    let (id, first, second) = (image(), lease(), lease());
    assert!(reserve(records, &id).await);
    assert!(is_marked(records, &first, NONE, &id).await);
    assert!(renew(records, &first, &id).await);
    let taken = records.mark(&second, NONE, NONE, 10_000).await.unwrap();
    assert!(taken.contains(&id));
    assert!(renew(records, &second, &id).await);
    finish(records, &second, &id).await;
    assert!(
        !reserve(records, &id).await,
        "the content is stored under another id"
    );
    let other = image();
    assert!(reserve(records, &other).await);
    assert!(!renew(records, &first, &id).await);
    finish(records, &first, &id).await;
    assert!(reserve(records, &other).await);
}

async fn unknown_images_are_imported(records: &dyn ImageRecords) {
    let (unknown, lease) = (image(), lease());
    records
        .import(std::slice::from_ref(&unknown))
        .await
        .unwrap();
    assert!(
        !is_marked(records, &lease, HOUR, &unknown).await,
        "the image was imported recently"
    );
    assert!(is_marked(records, &lease, NONE, &unknown).await);
    records
        .import(std::slice::from_ref(&unknown))
        .await
        .unwrap();
    assert!(
        !reserve(records, &unknown).await,
        "a marked image stays marked"
    );
    finish(records, &lease, &unknown).await;
}

async fn upload(records: &dyn ImageRecords, owner: &Profile, id: &ImageId) {
    let upload = ImageUpload {
        owner: &Creator::Profile(owner.id),
        bytes: 1,
        quota: ImageQuota::default(),
    };
    assert!(records.reserve_upload(id, &upload).await.unwrap());
}

async fn the_images_of_a_removed_user_are_marked_at_once(
    store: &dyn AdminRepository,
    records: &dyn ImageRecords,
) {
    let (shown, replaced, lease) = (image(), image(), lease());
    let (shared, uploaded_twice, reused) = (image(), image(), image());
    let leaver = stored(store, |_| {}).await;
    let stayer = stored(store, |_| {}).await;
    for id in [&replaced, &shared, &uploaded_twice, &reused, &shown] {
        upload(records, &leaver, id).await;
        set(store, &leaver, Edit::Set(Avatar::Stored(id.clone()))).await;
    }
    set(store, &stayer, Edit::Set(Avatar::Stored(shared.clone()))).await;
    upload(records, &stayer, &uploaded_twice).await;
    assert!(
        reserve(records, &reused).await,
        "another request reserves it"
    );
    let mut ids = records.images_of(leaver.id).await.unwrap();
    for id in [&shown, &replaced, &shared, &uploaded_twice, &reused] {
        assert!(ids.contains(id));
    }
    assert!(erase(store, leaver.id).await);
    // A request of the removed user that is still running.
    upload(records, &leaver, &shared).await;
    assert_eq!(records.images_of(leaver.id).await.unwrap(), []);
    ids.push(image());
    let mut marked = records.mark_erased(&lease, HOUR, &ids).await.unwrap();
    marked.sort();
    let mut expected = [shown.clone(), replaced.clone()];
    expected.sort();
    assert_eq!(marked, expected);
    let again = records.mark_erased(&self::lease(), HOUR, &ids).await;
    assert_eq!(again.unwrap(), [], "another collector has marked them");
    for id in &expected {
        assert!(renew(records, &lease, id).await);
        finish(records, &lease, id).await;
    }
    let later = records.mark_erased(&lease, NONE, &ids).await.unwrap();
    assert_eq!(
        later,
        std::slice::from_ref(&reused),
        "the reservation has expired"
    );
    finish(records, &lease, &reused).await;
}
