//! Users who are created for one exchange.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;
use manyface_core::{
    AdminRepository, ApiKeyHolder, AuthError, AuthErrorKind, AuthProvider, Authenticator, Caller,
    Date, Profile, ProfileId, ProfileRef, Provenance, Result, Subject, TenantId, Timestamp,
    Username,
};
use manyface_dialect::Dialect;

use crate::Account;

/// Creates users in a repository and authenticates their tokens, like an identity provider.
pub struct Users {
    repository: Arc<dyn AdminRepository>,
    callers: RwLock<HashMap<String, Result<Arc<Caller>, AuthErrorKind>>>,
}

impl Users {
    /// Creates an authenticator without users.
    pub fn new(repository: Arc<dyn AdminRepository>) -> Self {
        Self {
            repository,
            callers: RwLock::default(),
        }
    }

    /// Makes a user at `now`, as [`Users::profile`] has them, with what goes with them.
    pub async fn add(
        &self,
        now: Timestamp,
        dialect: &Dialect,
        provider: AuthProvider,
    ) -> Result<Account> {
        let candidate = TenantId(uuid::Uuid::nil());
        let tenant = self.repository.default_tenant(candidate, now).await?;
        let mut profile = Self::profile(tenant, now, provider);
        if let Some(ids) = dialect.external_ids {
            let id = (ids.mint)(&profile);
            profile.external_ids.insert(dialect.name.to_owned(), id);
        }
        let other = Self::profile(tenant, now, AuthProvider::Local);
        let provenance = Provenance::operator(now);
        for profile in [&profile, &other] {
            self.repository.add(profile, &[], &provenance).await?;
        }
        let name = profile.username.as_str();
        let who = ProfileRef::Id(profile.id);
        let mut caller = Caller::user(who.clone());
        caller.tenant = Some(tenant);
        let bare_token = self.know(format!("bare-token-of-{name}"), Ok(caller.clone()));
        let expired = self.know(
            format!("expired-token-of-{name}"),
            Err(AuthErrorKind::Expired),
        );
        caller.scopes = dialect.scopes().into_iter().map(str::to_owned).collect();
        let token = self.know(format!("token-of-{name}"), Ok(caller.clone()));
        let mut bound = caller.clone();
        bound.account = Some(Account::PROGRAM.to_owned());
        let bound = self.know(format!("bound-token-of-{name}"), Ok(bound));
        let mut unknown = caller.clone();
        unknown.subject = Subject::User(ProfileRef::Id(ProfileId(uuid::Uuid::max())));
        let gone = self.know(format!("token-of-unknown-but-{name}"), Ok(unknown));
        caller.tenant = None;
        let mut key = |app: Option<&str>| {
            let id = format!("key_{}_{name}", app.unwrap_or_default());
            caller.subject = Subject::ApiKey(ApiKeyHolder {
                id: id.clone(),
                tenant_id: tenant,
                app: app.map(str::to_owned),
                accounts: vec![Account::PROGRAM.to_owned()],
                api_version: None,
            });
            self.know(id, Ok(caller.clone()))
        };
        let (account_key, app_key) = (key(None), key(Some("app_conformance")));
        Ok(Account {
            token,
            others: vec![
                (Account::TENANT, tenant.to_string()),
                ("bare", bare_token),
                ("bound", bound),
                ("expired", expired),
                ("gone", gone),
                ("username", name.to_owned()),
                ("another", other.username.as_str().to_owned()),
                ("key", account_key),
                ("app", app_key),
            ],
        })
    }

    fn know(&self, credential: String, caller: Result<Caller, AuthErrorKind>) -> String {
        let mut callers = self.callers.write().unwrap_or_else(PoisonError::into_inner);
        callers.insert(credential.clone(), caller.map(Arc::new));
        credential
    }

    /// A user with a new name, a date of birth, and nothing else set but what an identity
    /// provider says of its users: they are all called Ada Lovelace.
    ///
    /// # Panics
    ///
    /// Never: the name it parses is letters, digits and a hyphen.
    pub fn profile(tenant: TenantId, now: Timestamp, provider: AuthProvider) -> Profile {
        // The keys of each are random.
        let number = RandomState::new().hash_one(now);
        let other = RandomState::new().hash_one(number);
        let name = format!("moviefan-{number:016x}");
        let username = Username::parse(&name).expect("is letters, digits and a hyphen");
        let mut random = [0; 10];
        random[..8].copy_from_slice(&number.to_be_bytes());
        random[8..].copy_from_slice(&other.to_be_bytes()[..2]);
        let id = ProfileId::mint(now, random);
        let email = format!("{name}@example.com");
        let mut profile = Profile::new(id, tenant, username, email, now);
        profile.date_of_birth = Some(Date::constant(1999, 5, 20));
        profile.auth_provider = provider;
        if provider != AuthProvider::Local {
            profile.given_name = Some("Ada".to_owned());
            profile.family_name = Some("Lovelace".to_owned());
            profile.full_name = Some("Ada Lovelace".to_owned());
        }
        profile
    }
}

#[async_trait]
impl Authenticator for Users {
    async fn authenticate(&self, _: &str, token: &str) -> Result<Arc<Caller>, AuthError> {
        let callers = self.callers.read().unwrap_or_else(PoisonError::into_inner);
        let known = callers.get(token).cloned();
        known
            .unwrap_or(Err(AuthErrorKind::Invalid))
            .map_err(AuthError::from)
    }
}
