//! Collectors of images, beside each other and beside uploads.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use jiff::SignedDuration;
use manyface_core::{
    Avatar, Creator, Edit, ImageId, ImageRecords, ImageSize, ImageUpload, Images, Lease,
    MemoryProfiles, Profile, ProfileId, ProfilePatch, ProfileRef, ProfileUpdate, Profiles,
    Provenance, Registry, Result, TenantId, behaviour,
};
use manyface_media::Collector;
use tokio::sync::Notify;

use super::{Desk, NOW, desk, files, owner, picture};

const NONE: SignedDuration = SignedDuration::ZERO;
const DAY: SignedDuration = SignedDuration::from_hours(24);

impl Desk {
    async fn user(&self) -> Profile {
        let tenant = TenantId(uuid::Uuid::nil());
        self.records.default_tenant(tenant, NOW).await.unwrap();
        let user = behaviour::new_profile(tenant);
        let provenance = Provenance::operator(NOW);
        self.records.add(&user, &[], &provenance).await.unwrap();
        user
    }

    async fn set(&self, user: &Profile, avatar: Edit<Avatar>) {
        let update = ProfileUpdate {
            who: ProfileRef::Id(user.id),
            tenant: None,
            patch: ProfilePatch {
                avatar,
                ..ProfilePatch::default()
            },
            expected: None,
            existing_names: Vec::new(),
            upload: None,
            most_new_entries: u32::MAX,
            provenance: Provenance::operator(NOW),
        };
        self.records.update(update).await.unwrap();
    }

    /// Collects what was claimed `grace` ago.
    async fn collect(&self, grace: SignedDuration) -> usize {
        let records = Arc::clone(&self.records) as _;
        let collector = Collector::new(self.storage.clone(), records, grace);
        collector.collect().await.unwrap()
    }

    async fn has(&self, id: &ImageId) -> bool {
        self.images
            .read(id, ImageSize::Full)
            .await
            .unwrap()
            .is_some()
    }
}

/// Records as one of two collectors sees them.
struct Steered {
    records: Arc<MemoryProfiles>,
    /// Whether this collector takes over at once what another one has marked.
    takes_over: bool,
    /// Whether it waits before the next removal that it is permitted.
    waits: AtomicBool,
    is_permitted: Notify,
    may_go_on: Notify,
}

impl Steered {
    fn new(desk: &Desk, takes_over: bool) -> Arc<Self> {
        Arc::new(Self {
            records: Arc::clone(&desk.records),
            takes_over,
            waits: AtomicBool::new(!takes_over),
            is_permitted: Notify::new(),
            may_go_on: Notify::new(),
        })
    }
}

#[async_trait]
impl ImageRecords for Steered {
    async fn claim(&self, id: &ImageId) -> Result<bool> {
        self.records.claim(id).await
    }

    async fn claim_upload(&self, id: &ImageId, upload: &ImageUpload<'_>) -> Result<bool> {
        self.records.claim_upload(id, upload).await
    }

    async fn mark(
        &self,
        lease: &Lease,
        grace: SignedDuration,
        expiry: SignedDuration,
        limit: u32,
    ) -> Result<Vec<ImageId>> {
        let expiry = if self.takes_over { NONE } else { expiry };
        self.records.mark(lease, grace, expiry, limit).await
    }

    async fn mark_erased(
        &self,
        lease: &Lease,
        grace: SignedDuration,
        ids: &[ImageId],
    ) -> Result<Vec<ImageId>> {
        self.records.mark_erased(lease, grace, ids).await
    }

    async fn renew(&self, lease: &Lease, expiry: SignedDuration, id: &ImageId) -> Result<bool> {
        let may = self.records.renew(lease, expiry, id).await?;
        if may && self.waits.swap(false, Ordering::Relaxed) {
            self.is_permitted.notify_one();
            self.may_go_on.notified().await;
        }
        Ok(may)
    }

    async fn finish(&self, lease: &Lease, ids: &[ImageId]) -> Result<()> {
        self.records.finish(lease, ids).await
    }

    async fn adopt(&self, ids: &[ImageId]) -> Result<()> {
        self.records.adopt(ids).await
    }

    async fn forget_removed(&self, age: SignedDuration) -> Result<()> {
        self.records.forget_removed(age).await
    }

    async fn images_of(&self, profile: ProfileId) -> Result<Vec<ImageId>> {
        self.records.images_of(profile).await
    }
}

#[tokio::test]
async fn what_nobody_uses_is_collected_and_nothing_else() {
    let desk = desk();
    let (one, other) = (desk.user().await, desk.user().await);
    let shared = desk
        .images
        .keep(picture(1, 60), &owner(1), NOW)
        .await
        .unwrap();
    assert_eq!(
        desk.images
            .keep(picture(1, 60), &owner(1), NOW)
            .await
            .unwrap(),
        shared
    );
    let unused = desk
        .images
        .keep(picture(2, 60), &owner(1), NOW)
        .await
        .unwrap();
    let avatar = Edit::Set(Avatar::Stored(shared.clone()));
    desk.set(&one, avatar.clone()).await;
    desk.set(&other, avatar).await;
    assert_eq!(desk.collect(DAY).await, 0);
    assert_eq!(desk.collect(NONE).await, 1);
    assert!(!desk.has(&unused).await && desk.has(&shared).await);
    desk.set(&one, Edit::Clear).await;
    assert_eq!(desk.collect(NONE).await, 0);
    desk.set(&other, Edit::Clear).await;
    assert_eq!(desk.collect(NONE).await, 1);
    assert!(!desk.has(&shared).await);
    assert_eq!(files(desk.folder.path()), 0);
    // It can come again, under another name, which is then the same for all.
    let again = desk.images.keep(picture(1, 60), &owner(1), NOW).await;
    let again = again.unwrap();
    assert_ne!(again, shared);
    assert!(desk.has(&again).await && !desk.has(&shared).await);
    let once_more = desk.images.keep(picture(1, 60), &owner(2), NOW).await;
    assert_eq!(once_more.unwrap(), again);
}

/// One collector waits in a removal, another takes over and finishes, and the image is uploaded
/// again and used: it stays when the first one goes on.
#[tokio::test]
async fn an_image_that_is_uploaded_while_a_removal_waits_stays() {
    let desk = desk();
    let user = desk.user().await;
    let keep = async || desk.images.keep(picture(1, 60), &owner(1), NOW).await;
    let before = keep().await.unwrap();
    let waiting = Steered::new(&desk, false);
    let slow = Collector::new(desk.storage.clone(), Arc::clone(&waiting) as _, NONE);
    let slow = tokio::spawn(async move { slow.collect().await });
    waiting.is_permitted.notified().await;
    let other = Collector::new(desk.storage.clone(), Steered::new(&desk, true), NONE);
    assert_eq!(other.collect().await.unwrap(), 1);
    assert!(!desk.has(&before).await);
    let after = keep().await.unwrap();
    desk.set(&user, Edit::Set(Avatar::Stored(after.clone())))
        .await;
    waiting.may_go_on.notify_one();
    assert_eq!(slow.await.unwrap().unwrap(), 0);
    assert!(desk.has(&after).await);
    assert_eq!(keep().await.unwrap(), after);
}

#[tokio::test]
async fn an_image_that_is_being_removed_is_stored_under_another_name() {
    let desk = desk();
    let keep = async || desk.images.keep(picture(1, 60), &owner(1), NOW).await;
    let id = keep().await.unwrap();
    let lease = Lease::of_random([1; 16]);
    let marked = desk.records.mark(&lease, NONE, DAY, 9).await.unwrap();
    assert_eq!(marked, std::slice::from_ref(&id));
    assert!(!desk.images.reuse(&id, NOW).await.unwrap());
    let other = keep().await.unwrap();
    assert_ne!(other, id);
    assert!(desk.has(&other).await);
}

#[tokio::test]
async fn the_images_of_an_erased_user_are_removed_at_once() {
    let desk = desk();
    let (user, stayer) = (desk.user().await, desk.user().await);
    let by = Creator::Profile(user.id);
    let keep = async |shade| desk.images.keep(picture(shade, 60), &by, NOW).await;
    let (own, other) = (keep(1).await.unwrap(), keep(2).await.unwrap());
    desk.set(&stayer, Edit::Set(Avatar::Stored(other.clone())))
        .await;
    let ids = desk.records.images_of(user.id).await.unwrap();
    assert!(desk.records.remove(&ProfileRef::Id(user.id)).await.unwrap());
    let records = Arc::clone(&desk.records) as _;
    let collector = Collector::new(desk.storage.clone(), records, DAY);
    assert_eq!(collector.remove_erased(&ids).await.unwrap(), 1);
    assert!(!desk.has(&own).await && desk.has(&other).await);
}

#[tokio::test]
async fn pictures_without_records_are_adopted() {
    let desk = desk();
    let id = desk
        .images
        .keep(picture(1, 600), &owner(1), NOW)
        .await
        .unwrap();
    let restored = Arc::new(MemoryProfiles::default());
    let collector = |grace| {
        let records = Arc::clone(&restored) as _;
        Collector::new(desk.storage.clone(), records, grace)
    };
    assert_eq!(collector(NONE).collect().await.unwrap(), 0);
    assert_eq!(collector(NONE).adopt().await.unwrap(), 1);
    assert_eq!(collector(DAY).collect().await.unwrap(), 0);
    assert!(desk.has(&id).await);
    assert_eq!(collector(NONE).collect().await.unwrap(), 1);
    assert!(!desk.has(&id).await);
}
