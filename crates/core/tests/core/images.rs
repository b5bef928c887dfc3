//! Tests of images in updates of a profile.

use manyface_core::{
    ActionContext, AdminRepository, Avatar, Caller, Edit, Error, Expected, Images, MediaUrls,
    MemoryBlobs, MemoryProfiles, NoImages, Profile, ProfilePatch, ProfileRef, ProfileRepository,
    ProfileUpdate, Provenance, Result, Revision, Services, TenantId, Timestamp, UpdateProfile,
    WebUrl,
    behaviour::{self, TestImages},
};
use std::sync::Arc;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

struct TestApp<I> {
    profiles: Arc<MemoryProfiles>,
    images: Arc<I>,
    user: Profile,
}

impl<I: Images + 'static> TestApp<I> {
    async fn new(images: I) -> Self {
        let profiles = MemoryProfiles::default();
        let tenant = TenantId(uuid::Uuid::nil());
        profiles.default_tenant(tenant, NOW).await.unwrap();
        let user = behaviour::new_profile(tenant);
        let provenance = Provenance::operator(NOW);
        profiles.add(&user, &[], &provenance).await.unwrap();
        Self {
            profiles: Arc::new(profiles),
            images: Arc::new(images),
            user,
        }
    }

    async fn update(
        &self,
        avatar: Edit<Avatar>,
        image: Option<&[u8]>,
        expected: Expected,
    ) -> Result<Profile> {
        let who = ProfileRef::Id(self.user.id);
        let update = UpdateProfile {
            patch: ProfilePatch {
                avatar,
                ..ProfilePatch::default()
            },
            picture: image.map(<[u8]>::to_vec),
            upload: None,
            expected,
            existing_names: Vec::new(),
        };
        let mut services = Services::new(Arc::clone(&self.profiles) as _);
        services.images = Arc::clone(&self.images) as _;
        services.media_urls = Arc::new(MediaUrls::under("https://a.example").unwrap());
        let caller = Caller::user(who);
        let context = ActionContext::new(&services, &caller, "test", "/api", "r", NOW);
        context.run(update).await
    }

    async fn upload(&self, image: &[u8]) -> Result<Profile> {
        self.update(Edit::Keep, Some(image), Expected::Anything)
            .await
    }

    async fn link(&self, url: &str) -> Profile {
        let url = WebUrl::parse(url).unwrap();
        let avatar = Edit::Set(Avatar::External(url));
        self.update(avatar, None, Expected::Anything).await.unwrap()
    }
}

#[tokio::test]
async fn an_uploaded_image_becomes_the_avatar() {
    let app = TestApp::new(TestImages::default()).await;
    let updated = app.upload(PNG).await.unwrap();
    let Some(Avatar::Stored(id)) = updated.avatar.clone() else {
        panic!("expected a stored avatar: {updated:?}");
    };
    let stored = app.images.read_within(&id, PNG.len()).await.unwrap();
    assert_eq!(stored.unwrap().bytes, PNG);
    assert_eq!(
        app.images.read_within(&id, PNG.len() - 1).await.unwrap(),
        None
    );
    let again = app.upload(PNG).await.unwrap();
    assert_eq!(again, updated, "the same image is no change");
}

#[tokio::test]
async fn the_url_of_a_stored_image_refers_to_that_image() {
    let app = TestApp::new(TestImages::default()).await;
    let updated = app.upload(PNG).await.unwrap();
    let urls = MediaUrls::under("https://a.example").unwrap();
    let url = urls.avatar(updated.avatar.as_ref().unwrap()).unwrap();
    assert_eq!(app.link(&url).await, updated);
    assert_eq!(app.link(&format!("{url}?size=96")).await, updated);
    for former in ["http://a.example", "https://former.example/base"] {
        let former = url.replace("https://a.example", former);
        assert_eq!(app.link(&former).await, updated, "{former}");
        assert_eq!(app.link(&format!("{former}#v1")).await, updated);
    }
}

#[tokio::test]
async fn urls_of_this_deployment_without_an_image_are_rejected() {
    let app = TestApp::new(TestImages::default()).await;
    let updated = app.upload(PNG).await.unwrap();
    let unknown = "0".repeat(64);
    let own = MediaUrls::under("https://a.example").unwrap();
    let placeholder = own.placeholder(app.user.id).unwrap();
    for url in [
        format!("https://a.example/media/{unknown}"),
        "https://a.example/media/x".to_owned(),
        placeholder.clone(),
    ] {
        let avatar = Edit::Set(Avatar::External(WebUrl::parse(&url).unwrap()));
        let rejected = app.update(avatar, None, Expected::Anything).await;
        assert!(
            matches!(rejected, Err(Error::Invalid(_))),
            "{url}: {rejected:?}"
        );
    }
    let who = ProfileRef::Id(app.user.id);
    assert_eq!(app.profiles.find(&who).await.unwrap(), Some(updated));

    // Under another base URL, an unknown image is an external image.
    let elsewhere = format!("https://b.example/media/{unknown}");
    let external = WebUrl::parse(&elsewhere).map(Avatar::External).ok();
    assert_eq!(app.link(&elsewhere).await.avatar, external);
    let cleared = app.update(Edit::Clear, None, Expected::Anything).await;
    let cleared = cleared.unwrap();
    assert_eq!(app.link(&placeholder).await, cleared);
    let former = placeholder.replace("https://a.example", "http://former.example/base");
    assert_eq!(app.link(&former).await, cleared);
}

#[tokio::test]
async fn rejected_requests_store_no_image() {
    let app = TestApp::new(TestImages::default()).await;
    let other = Revision {
        version: 9,
        ..app.user.revision()
    };
    let expected = Expected::OneOf(vec![other]);
    let rejected = app
        .update(Edit::Keep, Some(b"not an image"), expected)
        .await;
    assert!(
        matches!(rejected, Err(Error::VersionMismatch)),
        "{rejected:?}"
    );
    let rejected = app.upload(b"not an image").await;
    assert!(matches!(rejected, Err(Error::Invalid(_))), "{rejected:?}");
    let who = ProfileRef::Id(app.user.id);
    assert_eq!(app.profiles.find(&who).await.unwrap(), Some(app.user));
}

#[tokio::test]
async fn without_image_storage_uploads_are_rejected() {
    let app = TestApp::new(NoImages).await;
    let rejected = app.upload(PNG).await;
    assert!(matches!(rejected, Err(Error::Invalid(_))), "{rejected:?}");
}

#[tokio::test]
async fn memory_blobs_pass_the_tests_of_blobs() {
    behaviour::check_blobs(&MemoryBlobs::default()).await;
}

#[tokio::test]
async fn an_external_image_under_the_current_base_url_may_be_sent_back() {
    let app = TestApp::new(TestImages::default()).await;
    let url = WebUrl::parse("https://a.example/media/former.png").unwrap();
    let before = app
        .profiles
        .update(ProfileUpdate {
            who: ProfileRef::Id(app.user.id),
            tenant: None,
            patch: ProfilePatch {
                avatar: Edit::Set(Avatar::External(url.clone())),
                ..ProfilePatch::default()
            },
            expected: None,
            existing_names: Vec::new(),
            upload: None,
            max_new_entries: u32::MAX,
            provenance: Provenance::operator(NOW),
        })
        .await
        .unwrap()
        .unwrap();
    let avatar = Edit::Set(Avatar::External(url));
    let sent = app.update(avatar, None, Expected::Anything).await;
    assert_eq!(sent.unwrap(), before);
}
