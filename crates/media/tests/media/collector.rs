//! Collectors of images that run next to each other and next to uploads.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use jiff::SignedDuration;
use manyface_core::{
    AdminRepository, Avatar, Creator, Edit, ImageId, ImageRecords, ImageSize, ImageUpload, Images,
    Lease, MemoryProfiles, Profile, ProfileId, ProfilePatch, ProfileRef, ProfileRepository,
    ProfileUpdate, Provenance, Result, TenantId, behaviour,
};
use manyface_media::Collector;
use tokio::sync::Notify;

use super::{NOW, TestApp, app, files, owner, png};

const NONE: SignedDuration = SignedDuration::ZERO;
const DAY: SignedDuration = SignedDuration::from_hours(24);

impl TestApp {
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
            max_new_entries: u32::MAX,
            provenance: Provenance::operator(NOW),
        };
        self.records.update(update).await.unwrap();
    }

    /// Collects unused images that were reserved `grace` ago or earlier.
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

/// Records that control when a collector proceeds.
struct ControlledRecords {
    records: Arc<MemoryProfiles>,
    /// Whether the collector takes over the images of another one at once.
    takes_over: bool,
    /// Whether the collector waits before its next permitted removal.
    waits: AtomicBool,
    is_permitted: Notify,
    may_go_on: Notify,
}

impl ControlledRecords {
    fn new(app: &TestApp, takes_over: bool) -> Arc<Self> {
        Arc::new(Self {
            records: Arc::clone(&app.records),
            takes_over,
            waits: AtomicBool::new(!takes_over),
            is_permitted: Notify::new(),
            may_go_on: Notify::new(),
        })
    }
}

#[async_trait]
impl ImageRecords for ControlledRecords {
    async fn reserve(&self, id: &ImageId) -> Result<bool> {
        self.records.reserve(id).await
    }

    async fn reserve_upload(&self, id: &ImageId, upload: &ImageUpload<'_>) -> Result<bool> {
        self.records.reserve_upload(id, upload).await
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
        let is_renewed = self.records.renew(lease, expiry, id).await?;
        if is_renewed && self.waits.swap(false, Ordering::Relaxed) {
            self.is_permitted.notify_one();
            self.may_go_on.notified().await;
        }
        Ok(is_renewed)
    }

    async fn finish(&self, lease: &Lease, ids: &[ImageId]) -> Result<()> {
        self.records.finish(lease, ids).await
    }

    async fn import(&self, ids: &[ImageId]) -> Result<()> {
        self.records.import(ids).await
    }

    async fn purge_removed(&self, age: SignedDuration) -> Result<()> {
        self.records.purge_removed(age).await
    }

    async fn images_of(&self, profile: ProfileId) -> Result<Vec<ImageId>> {
        self.records.images_of(profile).await
    }
}

#[tokio::test]
async fn only_unused_images_are_collected() {
    let app = app();
    let (one, other) = (app.user().await, app.user().await);
    let shared = app.images.put(png(1, 60), &owner(1), NOW).await.unwrap();
    assert_eq!(
        app.images.put(png(1, 60), &owner(1), NOW).await.unwrap(),
        shared
    );
    let unused = app.images.put(png(2, 60), &owner(1), NOW).await.unwrap();
    let avatar = Edit::Set(Avatar::Stored(shared.clone()));
    app.set(&one, avatar.clone()).await;
    app.set(&other, avatar).await;
    assert_eq!(app.collect(DAY).await, 0);
    assert_eq!(app.collect(NONE).await, 1);
    assert!(!app.has(&unused).await && app.has(&shared).await);
    app.set(&one, Edit::Clear).await;
    assert_eq!(app.collect(NONE).await, 0);
    app.set(&other, Edit::Clear).await;
    assert_eq!(app.collect(NONE).await, 1);
    assert!(!app.has(&shared).await);
    assert_eq!(files(app.folder.path()), 0);
    // A new upload gets another name, which is the same for all users.
    let again = app.images.put(png(1, 60), &owner(1), NOW).await;
    let again = again.unwrap();
    assert_ne!(again, shared);
    assert!(app.has(&again).await && !app.has(&shared).await);
    let once_more = app.images.put(png(1, 60), &owner(2), NOW).await;
    assert_eq!(once_more.unwrap(), again);
}

/// One collector waits in a removal, another takes over and finishes, and the image is uploaded
/// again and used. The first collector must not remove it.
#[tokio::test]
async fn an_image_that_is_uploaded_during_a_removal_is_kept() {
    let app = app();
    let user = app.user().await;
    let upload = async || app.images.put(png(1, 60), &owner(1), NOW).await;
    let before = upload().await.unwrap();
    let waiting = ControlledRecords::new(&app, false);
    let slow = Collector::new(app.storage.clone(), Arc::clone(&waiting) as _, NONE);
    let slow = tokio::spawn(async move { slow.collect().await });
    waiting.is_permitted.notified().await;
    let other = Collector::new(
        app.storage.clone(),
        ControlledRecords::new(&app, true),
        NONE,
    );
    assert_eq!(other.collect().await.unwrap(), 1);
    assert!(!app.has(&before).await);
    let after = upload().await.unwrap();
    app.set(&user, Edit::Set(Avatar::Stored(after.clone())))
        .await;
    waiting.may_go_on.notify_one();
    assert_eq!(slow.await.unwrap().unwrap(), 0);
    assert!(app.has(&after).await);
    assert_eq!(upload().await.unwrap(), after);
}

#[tokio::test]
async fn an_image_that_is_being_removed_is_stored_under_another_name() {
    let app = app();
    let upload = async || app.images.put(png(1, 60), &owner(1), NOW).await;
    let id = upload().await.unwrap();
    let lease = Lease::of_random([1; 16]);
    let marked = app.records.mark(&lease, NONE, DAY, 9).await.unwrap();
    assert_eq!(marked, std::slice::from_ref(&id));
    assert!(!app.images.reuse(&id, NOW).await.unwrap());
    let other = upload().await.unwrap();
    assert_ne!(other, id);
    assert!(app.has(&other).await);
}

#[tokio::test]
async fn the_images_of_an_erased_user_are_removed_at_once() {
    let app = app();
    let (user, other_user) = (app.user().await, app.user().await);
    let by = Creator::Profile(user.id);
    let upload = async |shade| app.images.put(png(shade, 60), &by, NOW).await;
    let (own, other) = (upload(1).await.unwrap(), upload(2).await.unwrap());
    app.set(&other_user, Edit::Set(Avatar::Stored(other.clone())))
        .await;
    let ids = app.records.images_of(user.id).await.unwrap();
    assert!(behaviour::erase(&*app.records, user.id).await);
    let records = Arc::clone(&app.records) as _;
    let collector = Collector::new(app.storage.clone(), records, DAY);
    assert_eq!(collector.remove_erased(&ids).await.unwrap(), 1);
    assert!(!app.has(&own).await && app.has(&other).await);
}

#[tokio::test]
async fn images_without_records_are_imported() {
    let app = app();
    let id = app.images.put(png(1, 600), &owner(1), NOW).await.unwrap();
    let restored = Arc::new(MemoryProfiles::default());
    let collector = |grace| {
        let records = Arc::clone(&restored) as _;
        Collector::new(app.storage.clone(), records, grace)
    };
    assert_eq!(collector(NONE).collect().await.unwrap(), 0);
    assert_eq!(collector(NONE).import().await.unwrap(), 1);
    assert_eq!(collector(DAY).collect().await.unwrap(), 0);
    assert!(app.has(&id).await);
    assert_eq!(collector(NONE).collect().await.unwrap(), 1);
    assert!(!app.has(&id).await);
}
