//! Users who are made for one exchange.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;
use manyface_core::{
    AuthProvider, Authenticator, Caller, Date, Denial, Profile, ProfileId, ProfileRef, Provenance,
    Registry, Result, TenantId, Timestamp, Username,
};

use crate::Account;

/// Makes users in a registry, and knows them by their tokens: a stand-in for an identity provider.
pub struct Users {
    registry: Arc<dyn Registry>,
    callers: RwLock<HashMap<String, Arc<Caller>>>,
}

impl Users {
    /// Nobody yet.
    pub fn new(registry: Arc<dyn Registry>) -> Self {
        Self {
            registry,
            callers: RwLock::default(),
        }
    }

    /// Makes a user at `now`, as [`Users::profile`] has them.
    pub async fn add(&self, now: Timestamp, provider: AuthProvider) -> Result<Account> {
        let candidate = TenantId(uuid::Uuid::nil());
        let tenant = self.registry.default_tenant(candidate, now).await?;
        let profile = Self::profile(tenant, now, provider);
        let provenance = Provenance::operator(now);
        self.registry.add(&profile, &[], &provenance).await?;
        let token = format!("token-of-{}", profile.username.as_str());
        let mut caller = Caller::user(ProfileRef::Id(profile.id));
        caller.tenant = Some(tenant);
        let mut callers = self.callers.write().unwrap_or_else(PoisonError::into_inner);
        callers.insert(token.clone(), Arc::new(caller));
        Ok(Account {
            token,
            tenant: Some(tenant.to_string()),
        })
    }

    /// A user with a name nobody has, a date of birth, and nothing else set but what an identity
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
    async fn authenticate(&self, _: &str, token: &str) -> Result<Arc<Caller>, Denial> {
        let callers = self.callers.read().unwrap_or_else(PoisonError::into_inner);
        callers.get(token).map(Arc::clone).ok_or(Denial::Invalid)
    }
}
