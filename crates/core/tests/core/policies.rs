//! Tests of the authorization of reads and writes by policies.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use manyface_core::{
    Access, AccessRequest, Action, ActionContext, AdminRepository, Caller, Decision, Edit, Error,
    Expected, Field, Images, MemoryProfiles, OverrideOwner, OverridePatch, Policies, Profile,
    ProfilePatch, ProfileRef, ProfileRepository, ProfileUpdate, Provenance, ReadOverride,
    ReadProfile, Result, Services, TenantId, Timestamp, UpdateOverride, UpdateProfile,
    behaviour::{self, TestImages},
};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// A recorded authorization request: the dialect, the account, and the changed fields.
type RecordedRequest = (String, Option<String>, Option<Vec<Field>>);

/// Forbids changes of some fields, or all reads, and records the requests.
#[derive(Clone, Default)]
struct Rules {
    forbidden: Vec<Field>,
    forbids_reads: bool,
    requests: Arc<Mutex<Vec<RecordedRequest>>>,
}

impl Rules {
    fn forbidding(fields: &[Field]) -> Self {
        Self {
            forbidden: fields.to_vec(),
            ..Self::default()
        }
    }

    fn take_requests(&self) -> Vec<RecordedRequest> {
        std::mem::take(&mut *self.requests.lock().unwrap())
    }
}

impl Policies for Rules {
    fn decide(&self, access_request: &AccessRequest<'_>) -> Decision {
        let changed = match access_request.access {
            Access::Read => None,
            Access::Update(fields) => Some(fields.to_vec()),
        };
        let is_forbidden = match &changed {
            None => self.forbids_reads,
            Some(fields) => fields.iter().any(|field| self.forbidden.contains(field)),
        };
        let account = access_request.account.map(str::to_owned);
        let request = (access_request.dialect.to_owned(), account, changed);
        self.requests.lock().unwrap().push(request);
        if is_forbidden {
            Decision::Forbid(vec!["not now".to_owned()])
        } else {
            Decision::Permit
        }
    }
}

/// A store that counts its reads and runs a concurrent write before the first update.
struct InstrumentedStore {
    store: Arc<MemoryProfiles>,
    reads: AtomicUsize,
    concurrent_write: Mutex<Option<ProfileUpdate>>,
}

#[async_trait]
impl ProfileRepository for InstrumentedStore {
    async fn find(&self, who: &ProfileRef) -> Result<Option<Profile>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.store.find(who).await
    }

    async fn update(&self, update: ProfileUpdate) -> Result<Option<Profile>> {
        let concurrent_write = self.concurrent_write.lock().unwrap().take();
        if let Some(other) = concurrent_write {
            self.store.update(other).await?;
        }
        self.store.update(update).await
    }
}

struct TestApp {
    profiles: Arc<InstrumentedStore>,
    images: Arc<TestImages>,
    user: Profile,
}

impl TestApp {
    async fn new() -> Self {
        let store = MemoryProfiles::default();
        let tenant = TenantId(uuid::Uuid::nil());
        store.default_tenant(tenant, NOW).await.unwrap();
        let mut user = behaviour::new_profile(tenant);
        user.bio = Some("old".to_owned());
        let provenance = Provenance::operator(NOW);
        store.add(&user, &[], &provenance).await.unwrap();
        Self {
            profiles: Arc::new(InstrumentedStore {
                store: Arc::new(store),
                reads: AtomicUsize::new(0),
                concurrent_write: Mutex::new(None),
            }),
            images: Arc::default(),
            user,
        }
    }

    fn who(&self) -> ProfileRef {
        ProfileRef::Id(self.user.id)
    }

    async fn run<A: Action>(
        &self,
        policies: Option<&Rules>,
        action: A,
    ) -> Result<A::Output, A::Error> {
        let mut services = Services::new(Arc::clone(&self.profiles) as _);
        services.replace_overrides(|_| Arc::clone(&self.profiles.store) as _);
        services.images = Arc::clone(&self.images) as _;
        services.policies = policies.map(|rules| Arc::new(rules.clone()) as _);
        let caller = Caller::user(self.who());
        let context = ActionContext::new(&services, &caller, "test", "/api", "r", NOW);
        context.run(action).await
    }

    fn update(patch: ProfilePatch) -> UpdateProfile {
        UpdateProfile {
            patch,
            picture: None,
            upload: None,
            expected: Expected::Anything,
            existing_names: Vec::new(),
        }
    }

    async fn stored(&self) -> Profile {
        let found = self.profiles.store.find(&self.who()).await;
        found.unwrap().unwrap()
    }
}

fn texts(bio: Option<&str>, display_name: Option<&str>) -> ProfilePatch {
    let edit = |text: Option<&str>| text.map_or(Edit::Keep, |text| Edit::Set(text.to_owned()));
    ProfilePatch {
        bio: edit(bio),
        display_name: edit(display_name),
        ..ProfilePatch::default()
    }
}

fn is_forbidden<T: std::fmt::Debug>(outcome: &Result<T>) -> bool {
    matches!(outcome, Err(Error::Forbidden(notices)) if notices == &["not now"])
}

#[tokio::test]
async fn without_policies_a_write_reads_nothing() {
    let app = TestApp::new().await;
    let update = TestApp::update(texts(Some("new"), None));
    app.run(None, update).await.unwrap();
    assert_eq!(app.profiles.reads.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn policies_receive_the_fields_that_would_change() {
    let app = TestApp::new().await;
    let rules = Rules::default();
    let read = ReadProfile;
    app.run(Some(&rules), read).await.unwrap();
    assert_eq!(rules.take_requests(), [("test".to_owned(), None, None)]);
    for (patch, changed) in [
        (texts(Some("old"), Some("Ada")), vec![Field::DisplayName]),
        (texts(Some("old"), None), vec![]),
        (ProfilePatch::default(), vec![]),
    ] {
        let updated = app.run(Some(&rules), TestApp::update(patch)).await;
        updated.unwrap();
        let changes: Vec<_> = rules
            .take_requests()
            .into_iter()
            .map(|request| request.2)
            .collect();
        assert_eq!(changes, [None, Some(changed)]);
    }
}

#[tokio::test]
async fn forbidden_updates_change_nothing() {
    let app = TestApp::new().await;
    let names = Rules::forbidding(&[Field::DisplayName]);
    let no_reads = Rules {
        forbids_reads: true,
        ..Rules::default()
    };
    for rules in [&names, &no_reads] {
        let update = TestApp::update(texts(Some("new"), Some("Ada")));
        assert!(is_forbidden(&app.run(Some(rules), update).await));
        assert_eq!(app.stored().await, app.user);
    }
    let read = ReadProfile;
    assert!(is_forbidden(&app.run(Some(&no_reads), read).await));
}

#[tokio::test]
async fn images_of_forbidden_updates_are_not_stored() {
    let app = TestApp::new().await;
    let rules = Rules::forbidding(&[Field::Avatar]);
    let file = b"\x89PNG\r\n\x1a\n and so on".to_vec();
    let update = |patch| UpdateProfile {
        picture: Some(file.clone()),
        ..TestApp::update(patch)
    };
    let rejected = app.run(Some(&rules), update(texts(None, None))).await;
    assert!(is_forbidden(&rejected));
    let names = Rules::forbidding(&[Field::Bio]);
    let rejected = app.run(Some(&names), update(texts(Some("new"), None)));
    assert!(is_forbidden(&rejected.await));
    assert_eq!(app.stored().await, app.user);
    let updated = app.run(Some(&names), update(texts(None, None))).await;
    let Some(manyface_core::Avatar::Stored(id)) = updated.unwrap().avatar else {
        panic!("the image was not stored");
    };
    assert!(app.images.reuse(&id, NOW).await.unwrap());
    // The same image again is no change, even if policies forbid images.
    let again = app.run(Some(&rules), update(texts(None, None))).await;
    assert_eq!(
        again.unwrap().avatar,
        Some(manyface_core::Avatar::Stored(id))
    );
}

#[tokio::test]
async fn concurrent_writes_cannot_bypass_a_decision() {
    let app = TestApp::new().await;
    // A concurrent write changes the bio after the request was authorized with an equal bio.
    let concurrent_write = ProfileUpdate {
        who: app.who(),
        tenant: None,
        patch: texts(Some("theirs"), None),
        expected: None,
        existing_names: Vec::new(),
        upload: None,
        max_new_entries: u32::MAX,
        provenance: Provenance::operator(NOW),
    };
    *app.profiles.concurrent_write.lock().unwrap() = Some(concurrent_write);
    let rules = Rules::forbidding(&[Field::Bio]);
    let update = TestApp::update(texts(Some("old"), Some("Ada")));
    assert!(is_forbidden(&app.run(Some(&rules), update).await));
    let stored = app.stored().await;
    assert_eq!(stored.bio.as_deref(), Some("theirs"));
    assert_eq!(stored.display_name, None);
}

#[tokio::test]
async fn preconditions_are_checked_before_policies() {
    let app = TestApp::new().await;
    let rules = Rules::forbidding(&[Field::Bio]);
    for expected in [Expected::OneOf(vec![]), Expected::Absent] {
        let update = UpdateProfile {
            expected,
            ..TestApp::update(texts(Some("new"), None))
        };
        let rejected = app.run(Some(&rules), update).await;
        assert!(matches!(rejected, Err(Error::VersionMismatch)));
    }
    assert_eq!(rules.take_requests(), []);
}

#[tokio::test]
async fn policies_receive_the_account_of_overrides() {
    let app = TestApp::new().await;
    let account = Some("biz_1".to_owned());
    let update = |bio: &str| UpdateOverride {
        owner: OverrideOwner::Caller,
        account: "biz_1".to_owned(),
        patch: OverridePatch {
            bio: Edit::Set(bio.to_owned()),
            ..OverridePatch::default()
        },
        upload: None,
        expected: Expected::Anything,
    };
    let read = || ReadOverride {
        owner: OverrideOwner::Caller,
        account: "biz_1".to_owned(),
    };
    app.run(None, update("theirs")).await.unwrap();
    assert_eq!(app.profiles.reads.load(Ordering::Relaxed), 0);
    let names = Rules::forbidding(&[Field::Bio]);
    assert!(is_forbidden(
        &app.run(Some(&names), update("another")).await
    ));
    assert_eq!(
        names.take_requests(),
        [
            ("test".to_owned(), account.clone(), None),
            ("test".to_owned(), account.clone(), Some(vec![Field::Bio])),
        ]
    );
    // The current value may be sent back.
    app.run(Some(&names), update("theirs")).await.unwrap();
    assert_eq!(
        names.take_requests(),
        [
            ("test".to_owned(), account.clone(), None),
            ("test".to_owned(), account.clone(), Some(Vec::new())),
        ]
    );
    let (_, shown) = app.run(Some(&names), read()).await.unwrap();
    assert_eq!(shown.bio.as_deref(), Some("theirs"));
    assert_eq!(names.take_requests(), [("test".to_owned(), account, None)]);
    let no_reads = Rules {
        forbids_reads: true,
        ..Rules::default()
    };
    assert!(is_forbidden(&app.run(Some(&no_reads), read()).await));
}
