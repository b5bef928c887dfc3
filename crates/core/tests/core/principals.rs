//! Tests of principals, and of requests that are rejected without reads or writes.

use manyface_core::{
    AccessRequest, Action, ActionContext, AdminRepository, ApiKeyHolder, Caller, Decision, Edit,
    Error, Expected, MemoryProfiles, OverrideOwner, OverridePatch, Policies, Profile, ProfilePatch,
    ProfileRef, ProfileRepository, Provenance, ReadOverride, ReadProfile, Result, Services,
    Subject, Tenant, TenantId, Tenants, Timestamp, UpdateOverride, UpdateProfile, Username,
    behaviour::{self, TestImages},
};
use std::sync::Arc;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// Permits only access of users to their own profiles.
struct OwnOnly;

impl Policies for OwnOnly {
    fn decide(&self, access_request: &AccessRequest<'_>) -> Decision {
        let own = ProfileRef::Id(access_request.profile.id);
        match access_request.principal.own(&own) {
            Some(_) => Decision::Permit,
            None => Decision::Forbid(vec!["only your own profile".to_owned()]),
        }
    }
}

/// A deployment with two tenants: one of Ada and Bob, and one of Eve.
struct Deployment {
    store: Arc<MemoryProfiles>,
    images: Arc<TestImages>,
    ada: Profile,
    bob: Profile,
    eve: Profile,
}

impl Deployment {
    async fn new() -> Self {
        let store = MemoryProfiles::default();
        let mut users = Vec::new();
        for (name, number) in [("ada", 1), ("bob", 1), ("eve", 2)] {
            let id = tenant(number);
            let _ = store
                .add_tenant(&Tenant::new(id, "T".to_owned(), NOW))
                .await;
            let mut user = behaviour::new_profile(id);
            user.username = Username::parse(name).unwrap();
            store
                .add(&user, &[], &Provenance::operator(NOW))
                .await
                .unwrap();
            users.push(user);
        }
        let [ada, bob, eve] = users.try_into().unwrap();
        Self {
            store: Arc::new(store),
            images: Arc::default(),
            ada,
            bob,
            eve,
        }
    }

    async fn run<A: Action>(
        &self,
        caller: &Caller,
        policies: Option<&Arc<dyn Policies>>,
        action: A,
    ) -> Result<A::Output, A::Error> {
        let mut services = Services::new(Arc::clone(&self.store) as _);
        services.replace_overrides(|_| Arc::clone(&self.store) as _);
        services.images = Arc::clone(&self.images) as _;
        services.policies = policies.cloned();
        let context = ActionContext::new(&services, caller, "test", "/api", "r", NOW);
        context.run(action).await
    }

    async fn versions(&self) -> [i64; 3] {
        let mut versions = [0; 3];
        for (version, user) in versions.iter_mut().zip([&self.ada, &self.bob, &self.eve]) {
            let who = ProfileRef::Id(user.id);
            *version = self.store.inspect(&who).await.unwrap().unwrap().version;
        }
        versions
    }
}

fn tenant(number: u128) -> TenantId {
    TenantId(uuid::Uuid::from_u128(number))
}

fn user(profile: &Profile) -> Caller {
    Caller::user(ProfileRef::Id(profile.id))
}

fn key(tenant_id: TenantId, accounts: &[&str]) -> Caller {
    let mut caller = Caller::anonymous();
    caller.subject = Subject::ApiKey(ApiKeyHolder {
        id: "key_1".to_owned(),
        tenant_id,
        app: None,
        accounts: accounts.iter().map(|id| (*id).to_owned()).collect(),
        api_version: None,
    });
    caller
}

fn update() -> UpdateProfile {
    UpdateProfile {
        patch: ProfilePatch {
            bio: Edit::Set("new".to_owned()),
            ..ProfilePatch::default()
        },
        picture: None,
        upload: None,
        expected: Expected::Anything,
        existing_names: Vec::new(),
    }
}

fn named(profile: &Profile) -> OverrideOwner {
    OverrideOwner::Named(ProfileRef::Username(profile.username.key().to_owned()))
}

fn read_for(owner: OverrideOwner, account: &str) -> ReadOverride {
    ReadOverride {
        owner,
        account: account.to_owned(),
    }
}

fn update_for(owner: OverrideOwner, account: &str) -> UpdateOverride {
    UpdateOverride {
        owner,
        account: account.to_owned(),
        patch: OverridePatch {
            bio: Edit::Set("new".to_owned()),
            ..OverridePatch::default()
        },
        upload: None,
        expected: Expected::Anything,
    }
}

/// Reads any profile.
struct Read(ProfileRef);

impl Action for Read {
    type Output = Profile;
    type Error = manyface_core::Error;

    async fn run(self, context: ActionContext<'_>) -> Result<Profile> {
        context.read(&self.0).await
    }
}

/// An action without effect.
struct Nothing;

impl Action for Nothing {
    type Output = ();
    type Error = manyface_core::Error;

    async fn run(self, _: ActionContext<'_>) -> Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn unknown_callers_are_rejected() {
    let deployment = Deployment::new().await;
    let (ada, bob) = (&deployment.ada, &deployment.bob);
    let removed = user(bob);
    assert!(behaviour::erase(&*deployment.store, bob.id).await);
    let mut foreign = user(ada);
    foreign.tenant = Some(tenant(2));
    let mut bound = foreign.clone();
    bound.account = Some("biz_2".to_owned());
    let suspended = user(&deployment.eve);
    let suspend = deployment.store.suspend_tenant(tenant(2), Some(NOW)).await;
    suspend.unwrap();
    let reserved = UpdateProfile {
        patch: ProfilePatch {
            username: Username::parse("admin").ok(),
            ..ProfilePatch::default()
        },
        ..update()
    };
    for caller in [&removed, &foreign, &bound, &suspended, &Caller::anonymous()] {
        let assert_rejected = |outcome: Result<()>, action: &str| {
            assert!(
                matches!(outcome, Err(Error::Unauthenticated)),
                "{action}: {caller:?}"
            );
        };
        let none = None;
        let own = OverrideOwner::Caller;
        assert_rejected(
            deployment.run(caller, none, ReadProfile).await.map(drop),
            "read",
        );
        assert_rejected(
            deployment.run(caller, none, update()).await.map(drop),
            "update",
        );
        assert_rejected(
            deployment
                .run(caller, none, reserved.clone())
                .await
                .map(drop),
            "reserved",
        );
        for owner in [own, named(ada), named(bob), named(&deployment.eve)] {
            let read = read_for(owner.clone(), "biz_1");
            assert_rejected(
                deployment.run(caller, none, read).await.map(drop),
                "read override",
            );
            let write = update_for(owner, "biz_1");
            assert_rejected(
                deployment.run(caller, none, write).await.map(drop),
                "update override",
            );
        }
        let read = Read(ProfileRef::Id(ada.id));
        assert_rejected(
            deployment.run(caller, none, read).await.map(drop),
            "read another",
        );
        if caller.profile().is_some() {
            assert_rejected(deployment.run(caller, none, Nothing).await, "nothing");
        }
    }
    let who = ProfileRef::Id(ada.id);
    let stored = deployment.store.find(&who).await.unwrap().unwrap();
    assert_eq!(stored, *ada);
}

#[tokio::test]
async fn a_credential_bound_to_an_account_writes_only_its_overrides() {
    let deployment = Deployment::new().await;
    let mut bound = user(&deployment.ada);
    bound.account = Some("biz_1".to_owned());
    let rejected = deployment.run(&bound, None, update()).await;
    assert!(matches!(rejected, Err(Error::Forbidden(_))), "{rejected:?}");
    let image = UpdateProfile {
        picture: Some(b"\x89PNG\r\n\x1a\n".to_vec()),
        ..update()
    };
    let rejected = deployment.run(&bound, None, image).await;
    assert!(matches!(rejected, Err(Error::Forbidden(_))), "{rejected:?}");
    for (account, is_allowed) in [("biz_1", true), ("biz_2", false)] {
        for owner in [OverrideOwner::Caller, named(&deployment.ada)] {
            let write = update_for(owner, account);
            let written = deployment.run(&bound, None, write).await;
            assert_eq!(written.is_ok(), is_allowed, "{account}: {written:?}");
        }
    }
    // The two writes of the same override are one change.
    assert_eq!(deployment.versions().await, [2, 1, 1]);
}

#[tokio::test]
async fn an_api_key_writes_for_its_accounts_in_its_tenant() {
    let deployment = Deployment::new().await;
    let key = key(tenant(1), &["biz_1", "biz_2"]);
    for (owner, account, expected) in [
        (named(&deployment.ada), "biz_1", "ok"),
        (named(&deployment.bob), "biz_2", "ok"),
        (named(&deployment.ada), "biz_3", "not allowed"),
        (named(&deployment.eve), "biz_1", "no such profile"),
        (named(&deployment.eve), "biz_3", "not allowed"),
        (OverrideOwner::Caller, "biz_1", "not allowed"),
    ] {
        let written = deployment.run(&key, None, update_for(owner, account)).await;
        let outcome = written.map_or_else(|error| error.to_string(), |_| "ok".to_owned());
        assert_eq!(outcome, expected, "{account}");
    }
    let rejected = deployment.run(&key, None, update()).await;
    assert!(matches!(rejected, Err(Error::Forbidden(_))), "{rejected:?}");
    assert_eq!(deployment.versions().await, [2, 2, 1]);
}

#[tokio::test]
async fn policies_receive_the_principal_and_the_owner() {
    let deployment = Deployment::new().await;
    let (ada, bob) = (&deployment.ada, &deployment.bob);
    let (caller, key) = (user(ada), key(tenant(1), &["biz_1"]));
    let own_only: Arc<dyn Policies> = Arc::new(OwnOnly);
    let policies = Some(&own_only);
    for (caller, profile, is_permitted) in [
        (&caller, ada, true),
        (&caller, bob, false),
        (&key, bob, false),
    ] {
        for who in [
            ProfileRef::Id(profile.id),
            ProfileRef::Username(profile.username.key().to_owned()),
        ] {
            let read = deployment.run(caller, policies, Read(who)).await;
            assert_eq!(read.is_ok(), is_permitted, "{read:?}");
        }
    }
    assert!(deployment.run(&caller, policies, ReadProfile).await.is_ok());
    assert!(deployment.run(&caller, policies, update()).await.is_ok());
    let own = update_for(OverrideOwner::Caller, "biz_1");
    assert!(deployment.run(&caller, policies, own).await.is_ok());
    let theirs = update_for(named(bob), "biz_1");
    let rejected = deployment.run(&key, policies, theirs).await;
    assert!(matches!(rejected, Err(Error::Forbidden(_))), "{rejected:?}");
}

#[tokio::test]
async fn users_of_another_tenant_are_not_found() {
    let deployment = Deployment::new().await;
    let eve = &deployment.eve;
    let callers = [user(&deployment.ada), key(tenant(1), &["biz_1"])];
    let missing = behaviour::new_profile(tenant(1));
    for caller in &callers {
        for profile in [eve, &missing] {
            for expected in [
                Expected::Anything,
                Expected::OneOf(vec![eve.revision(), eve.revision()]),
                Expected::NoneOf(vec![eve.revision()]),
                Expected::Absent,
            ] {
                let own_only: Arc<dyn Policies> = Arc::new(OwnOnly);
                let policies = Some(&own_only);
                let read = Read(ProfileRef::Id(profile.id));
                let read = deployment.run(caller, policies, read).await;
                assert!(matches!(read, Err(Error::NotFound)), "{read:?}");
                let mut write = update_for(named(profile), "biz_1");
                write.expected = expected;
                let written = deployment.run(caller, policies, write).await;
                let is_hidden = match caller.profile() {
                    Some(_) => matches!(&written, Err(Error::Forbidden(why)) if why.is_empty()),
                    None => matches!(&written, Err(Error::NotFound)),
                };
                assert!(is_hidden, "{written:?}");
            }
        }
    }
    assert_eq!(deployment.versions().await, [1, 1, 1]);
}
