//! The application's own store: a list behind a lock.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use manyface_core::{
    Error, Profile, ProfileId, ProfileRef, ProfileRepository, ProfileUpdate, Result, TenantId,
    Timestamp, Username, check_update,
};

/// The application's users.
pub(crate) struct Users(Mutex<Vec<Profile>>);

impl Users {
    /// One user, made long ago.
    pub(crate) fn with_one(username: &str) -> Self {
        let id = ProfileId::mint(Timestamp::UNIX_EPOCH, [7; 10]);
        let username = Username::parse(username).expect("is a user name");
        let email = format!("{}@example.com", username.as_str());
        let tenant = TenantId(id.0);
        let profile = Profile::new(id, tenant, username, email, Timestamp::UNIX_EPOCH);
        Self(Mutex::new(vec![profile]))
    }

    /// The first user.
    pub(crate) fn first(&self) -> ProfileRef {
        self.with(|users| ProfileRef::Id(users[0].id))
    }

    fn with<T>(&self, f: impl FnOnce(&mut Vec<Profile>) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl ProfileRepository for Users {
    async fn find(&self, who: &ProfileRef) -> Result<Option<Profile>> {
        Ok(self.with(|users| {
            let mut users = users.iter();
            users.find(|user| ProfileRef::Id(user.id) == *who).cloned()
        }))
    }

    async fn update(&self, update: ProfileUpdate) -> Result<Option<Profile>> {
        self.with(|users| {
            let mut users = users.iter_mut();
            let Some(user) = users.find(|user| ProfileRef::Id(user.id) == update.who) else {
                return Ok(None);
            };
            match check_update(user, &update) {
                Ok(true) => {}
                Ok(false) => return Ok(Some(user.clone())),
                Err(Error::NotFound) => return Ok(None),
                Err(error) => return Err(error),
            }
            update.patch.apply(user);
            user.version += 1;
            user.updated_at = update.provenance.at();
            Ok(Some(user.clone()))
        })
    }
}
