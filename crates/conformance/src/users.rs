//! Users who are made for one exchange.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;
use manyface_core::{
    Authenticator, Caller, Date, Denial, Profile, ProfileId, ProfileRef, Provenance, Registry,
    Result, TenantId, Timestamp, Username,
};

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

    /// Makes a user at `now`, as [`Users::profile`] has them; the answer is their token.
    pub async fn add(&self, now: Timestamp) -> Result<String> {
        let candidate = TenantId(uuid::Uuid::nil());
        let tenant = self.registry.default_tenant(candidate, now).await?;
        let profile = Self::profile(tenant, now);
        let provenance = Provenance::operator(now);
        self.registry.add(&profile, &[], &provenance).await?;
        let token = format!("token-of-{}", profile.username.as_str());
        let caller = Caller::user(ProfileRef::Id(profile.id));
        let mut callers = self.callers.write().unwrap_or_else(PoisonError::into_inner);
        callers.insert(token.clone(), Arc::new(caller));
        Ok(token)
    }

    /// A user with a name nobody has, a date of birth, and nothing else set.
    ///
    /// # Panics
    ///
    /// Never: the name it parses is letters, digits and a hyphen.
    pub fn profile(tenant: TenantId, now: Timestamp) -> Profile {
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
