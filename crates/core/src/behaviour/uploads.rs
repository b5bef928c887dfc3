//! Tests of stores of uploads and API keys.

use futures_util::future::{join, join_all};
use jiff::{SignedDuration, Timestamp};

use super::fixture::{erase, new_profile, now, provenance, stored, tenant, update};
use crate::{
    AdminRepository, ApiKey, ApiKeys, Avatar, Creator, Edit, Error, ImageId, OverridePatch,
    OverrideUpdate, Overrides, Profile, ProfilePatch, ProfileRef, Quota, Result, Revision, Tenant,
    TenantId, Upload, UploadState, Uploads,
};

/// Tests `uploads`, the uploads of the profiles in `store`.
///
/// # Panics
///
/// If the store violates the behaviour.
pub async fn check_uploads(
    store: &dyn AdminRepository,
    uploads: &dyn Uploads,
    overrides: &dyn Overrides,
) {
    let profile = stored(store, |_| {}).await;
    let account = format!("biz_{}", profile.id.0.simple());
    let program = Creator::Program(profile.tenant_id, account.clone());
    for creator in [Creator::Profile(profile.id), program] {
        an_upload_is_stored_and_used_with_a_write(store, uploads, &creator).await;
        open_uploads_are_counted(store, uploads, &creator).await;
        concurrent_uploads_stay_within_the_quota(store, uploads, &creator).await;
    }
    uploads_belong_to_a_tenant(store, uploads, &profile, &account).await;
    expired_uploads_are_purged(store, uploads).await;
    an_upload_is_used_once(store, uploads, overrides).await;
    a_rejected_write_does_not_use_the_upload(store, uploads).await;
    let left = upload(&Creator::Profile(profile.id), "left");
    uploads.add(&left, 100).await.unwrap();
    assert!(erase(store, profile.id).await);
    assert_eq!(uploads.find(&left.id).await.unwrap(), None);
    let late = uploads.add(&left, 100).await;
    assert!(matches!(late, Err(Error::NotFound)), "{late:?}");
}

/// Returns a new upload.
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

/// Sets an upload, in any state, as the avatar of a new profile.
async fn use_upload(store: &dyn AdminRepository, id: &str) -> Result<()> {
    let profile = stored(store, |_| {}).await;
    use_upload_in(store, &profile, id).await.map(|_| ())
}

async fn use_upload_in(
    store: &dyn AdminRepository,
    profile: &Profile,
    id: &str,
) -> Result<Option<Profile>> {
    let mut update = update(profile, avatar(IMAGE));
    update.upload = Some(id.into());
    store.update(update).await
}

const IMAGE: [u8; 32] = [3; 32];

fn avatar(digest: [u8; 32]) -> ProfilePatch {
    ProfilePatch {
        avatar: Edit::Set(Avatar::Stored(ImageId::of_digest(digest))),
        ..ProfilePatch::default()
    }
}

fn micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap()
}

async fn an_upload_is_stored_and_used_with_a_write(
    store: &dyn AdminRepository,
    uploads: &dyn Uploads,
    creator: &Creator,
) {
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
        uploads.add(&upload, 100).await.unwrap();
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
        use_upload(store, &upload.id).await.unwrap();
        upload.is_used = true;
        assert_eq!(uploads.find(&upload.id).await.unwrap(), Some(upload));
    }
    let mut bare = upload(creator, "b");
    (bare.announced_size, bare.is_public) = (None, false);
    uploads.add(&bare, 100).await.unwrap();
    assert_eq!(uploads.find(&bare.id).await.unwrap().as_ref(), Some(&bare));
    use_upload(store, &bare.id).await.unwrap();
}

async fn open_uploads_are_counted(
    store: &dyn AdminRepository,
    uploads: &dyn Uploads,
    creator: &Creator,
) {
    let mine = [(); 3].map(|()| upload(creator, "c"));
    uploads.add(&mine[0], 2).await.unwrap();
    uploads.add(&mine[1], 2).await.unwrap();
    let rejected = uploads.add(&mine[2], 2).await;
    assert!(is_quota(&rejected), "{rejected:?}");
    assert_eq!(uploads.find(&mine[2].id).await.unwrap(), None);
    use_upload(store, &mine[0].id).await.unwrap();
    uploads.add(&mine[2], 2).await.unwrap();
    let mut later = upload(creator, "d");
    later.created_at += SignedDuration::from_hours(2);
    later.expires_at += SignedDuration::from_hours(2);
    uploads.add(&later, 1).await.unwrap();
    for upload in mine[1..].iter().chain([&later]) {
        use_upload(store, &upload.id).await.unwrap();
    }
}

/// Accounts with the same id in different tenants have separate uploads, and uploads of a suspended
/// tenant are not found.
async fn uploads_belong_to_a_tenant(
    store: &dyn AdminRepository,
    uploads: &dyn Uploads,
    profile: &Profile,
    account: &str,
) {
    let own = Tenant::new(TenantId(profile.id.0), "Acme".to_owned(), now());
    store.add_tenant(&own).await.unwrap();
    let user = stored(store, |user| user.tenant_id = own.id).await;
    let elsewhere = Creator::Program(profile.tenant_id, account.to_owned());
    let made = [
        Creator::Program(own.id, account.to_owned()),
        Creator::Profile(user.id),
    ];
    let made = made.map(|creator| upload(&creator, "t"));
    let other = upload(&elsewhere, "t");
    for upload in [&other, &made[0], &made[1]] {
        uploads.add(upload, 1).await.unwrap();
        assert_eq!(
            uploads.find(&upload.id).await.unwrap().as_ref(),
            Some(upload)
        );
    }
    store.suspend_tenant(own.id, Some(now())).await.unwrap();
    for upload in &made {
        assert_eq!(uploads.find(&upload.id).await.unwrap(), None);
    }
    assert!(uploads.find(&other.id).await.unwrap().is_some());
    store.suspend_tenant(own.id, None).await.unwrap();
    for upload in &made {
        assert_eq!(
            uploads.find(&upload.id).await.unwrap().as_ref(),
            Some(upload)
        );
    }
}

/// Returns whether the error is an exceeded quota of open uploads with a retry time.
fn is_quota(added: &Result<()>) -> bool {
    // The first upload may have been created a little earlier.
    let is_in_an_hour = |seconds: u64| (3_500..=3_700).contains(&seconds);
    matches!(
        added,
        Err(Error::QuotaExceeded { quota: Quota::OpenUploads, retry_after: Some(seconds) })
            if is_in_an_hour(*seconds)
    )
}

/// Concurrent uploads do not exceed the limit of open uploads.
async fn concurrent_uploads_stay_within_the_quota(
    store: &dyn AdminRepository,
    uploads: &dyn Uploads,
    creator: &Creator,
) {
    let many: Vec<_> = (0..64).map(|_| upload(creator, "g")).collect();
    let added = join_all(many.iter().map(|upload| uploads.add(upload, 10))).await;
    let (added, rejected): (Vec<_>, Vec<_>) = added.into_iter().partition(Result::is_ok);
    assert_eq!(added.len(), 10);
    assert!(rejected.iter().all(is_quota), "{rejected:?}");
    for upload in &many {
        if uploads.find(&upload.id).await.unwrap().is_some() {
            use_upload(store, &upload.id).await.unwrap();
        }
    }
}

async fn expired_uploads_are_purged(store: &dyn AdminRepository, uploads: &dyn Uploads) {
    let profile = stored(store, |_| {}).await;
    let mut old = upload(&Creator::Profile(profile.id), "e");
    old.expires_at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1);
    let young = upload(&Creator::Profile(profile.id), "f");
    uploads.add(&old, 100).await.unwrap();
    uploads.add(&young, 100).await.unwrap();
    let instant = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(2);
    while uploads.purge_expired(instant, 1).await.unwrap() == 1 {}
    assert_eq!(uploads.find(&old.id).await.unwrap(), None);
    assert_eq!(uploads.find(&young.id).await.unwrap(), Some(young));
}

/// Concurrent writes to the profile and to overrides use the upload; one of them succeeds.
async fn an_upload_is_used_once(
    store: &dyn AdminRepository,
    uploads: &dyn Uploads,
    overrides: &dyn Overrides,
) {
    let profile = stored(store, |_| {}).await;
    let once = ready(uploads, &Creator::Profile(profile.id)).await;
    let in_accounts = (0..12).map(|number| {
        let update = OverrideUpdate {
            who: ProfileRef::Id(profile.id),
            account: format!("biz_{number}"),
            tenant: None,
            patch: OverridePatch {
                avatar: Edit::Set(Avatar::Stored(ImageId::of_digest(IMAGE))),
                ..OverridePatch::default()
            },
            expected: None,
            must_differ: false,
            upload: Some(once.as_str().into()),
            max_accounts: 100,
            provenance: provenance(),
        };
        overrides.update_override(update)
    });
    let everywhere = use_upload_in(store, &profile, &once);
    let (everywhere, in_accounts) = join(everywhere, join_all(in_accounts)).await;
    let (given, rejected): (Vec<_>, Vec<_>) = in_accounts.into_iter().partition(Result::is_ok);
    assert_eq!(given.len() + usize::from(everywhere.is_ok()), 1);
    for rejected in rejected {
        assert!(matches!(rejected, Err(Error::Invalid(_))), "{rejected:?}");
    }
    let history = store.history(profile.id, 100).await.unwrap();
    assert_eq!(history.len(), 2, "rejected writes have no effect");

    // A retry after a lost response may use the upload again.
    let twice = ready(uploads, &Creator::Profile(profile.id)).await;
    for text in ["a", "b"] {
        let mut update = update(&profile, avatar(IMAGE));
        update.patch.bio = Edit::Set(text.to_owned());
        update.upload = Some(twice.as_str().into());
        assert!(store.update(update).await.unwrap().is_some(), "{text}");
    }
    let given = use_upload(store, &twice).await;
    assert!(matches!(given, Err(Error::Invalid(_))), "{given:?}");
}

async fn a_rejected_write_does_not_use_the_upload(
    store: &dyn AdminRepository,
    uploads: &dyn Uploads,
) {
    let profile = stored(store, |_| {}).await;
    let id = ready(uploads, &Creator::Profile(profile.id)).await;
    let mut late = update(&profile, avatar(IMAGE));
    late.upload = Some(id.as_str().into());
    late.expected = Some(Revision {
        version: 7,
        ..profile.revision()
    });
    let rejected = store.update(late).await;
    assert!(
        matches!(rejected, Err(Error::VersionMismatch)),
        "{rejected:?}"
    );
    assert!(!uploads.find(&id).await.unwrap().unwrap().is_used);
    let after = use_upload_in(store, &profile, &id).await.unwrap().unwrap();
    assert_eq!(after.version, 2);
    assert!(uploads.find(&id).await.unwrap().unwrap().is_used);
    let unknown = use_upload(store, "file_unknown").await;
    assert!(matches!(unknown, Err(Error::Invalid(_))), "{unknown:?}");
}

/// Adds an upload that is ready, and returns its id.
async fn ready(uploads: &dyn Uploads, creator: &Creator) -> String {
    let upload = upload(creator, "r");
    uploads.add(&upload, 100).await.unwrap();
    let image = ImageId::of_digest(IMAGE);
    let state = UploadState::Ready { image, size: 7 };
    assert!(uploads.advance(&upload.id, &state).await.unwrap());
    upload.id
}

/// Tests `keys`, the API keys of tenants in `store`.
///
/// # Panics
///
/// If the store violates the behaviour.
pub async fn check_api_keys(store: &dyn AdminRepository, keys: &dyn ApiKeys) {
    let tenant = tenant(store).await;
    let id = new_profile(tenant).id.0;
    let mut digest = [7; 32];
    digest[..16].copy_from_slice(id.as_bytes());
    let mut key = ApiKey {
        id: format!("key_{}", id.simple()),
        dialect: "whop".to_owned(),
        app: None,
        accounts: vec!["biz_1".to_owned()],
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
    other.app = Some("app_1".to_owned());
    other.accounts = ["biz_1", "biz_\"2\""].map(str::to_owned).to_vec();
    other.created_at += SignedDuration::from_secs(1);
    let mut other_digest = digest;
    other_digest[31] = 9;
    keys.add(&other, &other_digest).await.unwrap();
    let found = keys.find("whop", &other_digest).await.unwrap();
    assert_eq!(found.as_ref(), Some(&other));

    let at = micros(now());
    assert!(!keys.revoke("key_unknown", at).await.unwrap());
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
    a_suspended_tenants_keys_are_not_found(store, keys).await;
}

async fn a_suspended_tenants_keys_are_not_found(store: &dyn AdminRepository, keys: &dyn ApiKeys) {
    let id = new_profile(tenant(store).await).id.0;
    let own = Tenant::new(TenantId(id), "Acme".to_owned(), now());
    store.add_tenant(&own).await.unwrap();
    let mut digest = [6; 32];
    digest[..16].copy_from_slice(id.as_bytes());
    let key = ApiKey {
        id: format!("key_{}", id.simple()),
        dialect: "whop".to_owned(),
        app: Some("app_1".to_owned()),
        accounts: Vec::new(),
        tenant_id: own.id,
        scopes: Vec::new(),
        api_version: None,
        created_at: micros(now()),
        revoked_at: None,
    };
    keys.add(&key, &digest).await.unwrap();
    let found = keys.find("whop", &digest).await.unwrap();
    assert_eq!(found.as_ref(), Some(&key));
    store.suspend_tenant(own.id, Some(now())).await.unwrap();
    assert_eq!(keys.find("whop", &digest).await.unwrap(), None);
    assert!(keys.list().await.unwrap().contains(&key));
    store.suspend_tenant(own.id, None).await.unwrap();
    assert_eq!(keys.find("whop", &digest).await.unwrap(), Some(key));
    let rejected = store.remove_tenant(own.id).await;
    assert!(matches!(rejected, Err(Error::Invalid(_))), "{rejected:?}");
}
