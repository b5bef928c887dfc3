//! The decision point in front of reads and writes.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use manyface_core::{
    Access, Action, ActionContext, AdminRepository, Caller, Decision, Edit, Error, Expected, Field,
    Images, MemoryProfiles, OverrideOwner, OverridePatch, Policies, Profile, ProfilePatch,
    ProfileRef, ProfileRepository, ProfileUpdate, Provenance, Question, ReadOverride, ReadProfile,
    Result, Services, TenantId, Timestamp, UpdateOverride, UpdateProfile,
    behaviour::{self, TestImages},
};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// A question to the policies: the dialect, the account, and the changed fields.
type Asked = (String, Option<String>, Option<Vec<Field>>);

/// Forbids to change some fields, or to read; remembers what it was asked.
#[derive(Clone, Default)]
struct Rules {
    forbidden: Vec<Field>,
    is_blind: bool,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Rules {
    fn forbidding(fields: &[Field]) -> Self {
        Self {
            forbidden: fields.to_vec(),
            ..Self::default()
        }
    }

    fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

impl Policies for Rules {
    fn decide(&self, question: &Question<'_>) -> Decision {
        let changed = match question.access {
            Access::Read => None,
            Access::Update(fields) => Some(fields.to_vec()),
        };
        let is_forbidden = match &changed {
            None => self.is_blind,
            Some(fields) => fields.iter().any(|field| self.forbidden.contains(field)),
        };
        let account = question.account.map(str::to_owned);
        let asked = (question.dialect.to_owned(), account, changed);
        self.asked.lock().unwrap().push(asked);
        if is_forbidden {
            Decision::Forbid(vec!["not now".to_owned()])
        } else {
            Decision::Permit
        }
    }
}

/// A store that counts its reads and runs a concurrent write before the first update.
struct Watched {
    store: Arc<MemoryProfiles>,
    reads: AtomicUsize,
    meanwhile: Mutex<Option<ProfileUpdate>>,
}

#[async_trait]
impl ProfileRepository for Watched {
    async fn find(&self, who: &ProfileRef) -> Result<Option<Profile>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.store.find(who).await
    }

    async fn update(&self, update: ProfileUpdate) -> Result<Option<Profile>> {
        let meanwhile = self.meanwhile.lock().unwrap().take();
        if let Some(other) = meanwhile {
            self.store.update(other).await?;
        }
        self.store.update(update).await
    }
}

struct TestApp {
    profiles: Arc<Watched>,
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
            profiles: Arc::new(Watched {
                store: Arc::new(store),
                reads: AtomicUsize::new(0),
                meanwhile: Mutex::new(None),
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
async fn policies_are_asked_what_would_change() {
    let app = TestApp::new().await;
    let rules = Rules::default();
    let read = ReadProfile;
    app.run(Some(&rules), read).await.unwrap();
    assert_eq!(rules.asked(), [("test".to_owned(), None, None)]);
    for (patch, changed) in [
        (texts(Some("old"), Some("Ada")), vec![Field::DisplayName]),
        (texts(Some("old"), None), vec![]),
        (ProfilePatch::default(), vec![]),
    ] {
        let updated = app.run(Some(&rules), TestApp::update(patch)).await;
        updated.unwrap();
        let asked: Vec<_> = rules.asked().into_iter().map(|asked| asked.2).collect();
        assert_eq!(asked, [None, Some(changed)]);
    }
}

#[tokio::test]
async fn what_is_forbidden_changes_nothing() {
    let app = TestApp::new().await;
    let names = Rules::forbidding(&[Field::DisplayName]);
    let blind = Rules {
        is_blind: true,
        ..Rules::default()
    };
    for rules in [&names, &blind] {
        let update = TestApp::update(texts(Some("new"), Some("Ada")));
        assert!(is_forbidden(&app.run(Some(rules), update).await));
        assert_eq!(app.stored().await, app.user);
    }
    let read = ReadProfile;
    assert!(is_forbidden(&app.run(Some(&blind), read).await));
}

#[tokio::test]
async fn no_picture_is_kept_that_may_not_be_used() {
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
    let kept = app.run(Some(&names), update(texts(None, None))).await;
    let Some(manyface_core::Avatar::Stored(id)) = kept.unwrap().avatar else {
        panic!("the picture was not kept");
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
async fn what_would_not_change_is_not_changed_behind_the_decision() {
    let app = TestApp::new().await;
    // A concurrent write changes the bio after it was found equal to the request.
    let meanwhile = ProfileUpdate {
        who: app.who(),
        tenant: None,
        patch: texts(Some("theirs"), None),
        expected: None,
        existing_names: Vec::new(),
        upload: None,
        most_new_entries: u32::MAX,
        provenance: Provenance::operator(NOW),
    };
    *app.profiles.meanwhile.lock().unwrap() = Some(meanwhile);
    let rules = Rules::forbidding(&[Field::Bio]);
    let update = TestApp::update(texts(Some("old"), Some("Ada")));
    assert!(is_forbidden(&app.run(Some(&rules), update).await));
    let stored = app.stored().await;
    assert_eq!(stored.bio.as_deref(), Some("theirs"));
    assert_eq!(stored.display_name, None);
}

#[tokio::test]
async fn a_condition_is_judged_before_the_policies() {
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
    assert_eq!(rules.asked(), []);
}

#[tokio::test]
async fn what_accounts_show_is_asked_for_on_their_behalf() {
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
        names.asked(),
        [
            ("test".to_owned(), account.clone(), None),
            ("test".to_owned(), account.clone(), Some(vec![Field::Bio])),
        ]
    );
    // What is shown already may be sent back.
    app.run(Some(&names), update("theirs")).await.unwrap();
    assert_eq!(
        names.asked(),
        [
            ("test".to_owned(), account.clone(), None),
            ("test".to_owned(), account.clone(), Some(Vec::new())),
        ]
    );
    let (_, shown) = app.run(Some(&names), read()).await.unwrap();
    assert_eq!(shown.bio.as_deref(), Some("theirs"));
    assert_eq!(names.asked(), [("test".to_owned(), account, None)]);
    let blind = Rules {
        is_blind: true,
        ..Rules::default()
    };
    assert!(is_forbidden(&app.run(Some(&blind), read()).await));
}
