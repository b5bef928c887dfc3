//! The servers on which the laws are checked.

use std::time::Duration;

use manyface_core::AuthProvider;

use crate::{
    Failure, Node, Request, Response,
    wire::{Limits, Origin},
};

/// The timeout of a response.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A server on which several dialects show the same users.
pub trait TestEnvironment: Sync {
    /// Returns a user of `provider`: a new one, or the only one.
    fn user(&self, provider: AuthProvider) -> Result<TestUser, Failure>;

    /// The providers of the users that [`TestEnvironment::user`] can return.
    fn providers(&self) -> &[AuthProvider] {
        &[AuthProvider::Local]
    }

    /// Sends `request` unchanged.
    fn send(&self, request: &Request) -> Result<Response, Failure>;

    /// Returns the canonical profile from the store, one key per field, if the environment can read it.
    fn stored(&self, user: &TestUser) -> Result<Option<Node>, Failure> {
        let _ = user;
        Ok(None)
    }
}

/// A user with a token in each dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestUser {
    /// The id of the user in the environment.
    pub id: String,
    /// A token for each dialect, by its name, with all scopes of the dialect's operations.
    pub tokens: Vec<(String, String)>,
    /// The tenant, if the dialect has tenants.
    pub tenant: Option<String>,
}

/// A server at some base URL with one user. Use a test user: their profile is changed and not
/// restored.
pub struct HttpEnvironment {
    origin: Origin,
    user: TestUser,
}

impl HttpEnvironment {
    /// The server at `base`, `http` or `https`.
    pub fn new(base: &str, user: TestUser) -> Result<Self, Failure> {
        let origin = Origin::parse(base)?;
        Ok(Self { origin, user })
    }
}

impl TestEnvironment for HttpEnvironment {
    fn user(&self, _: AuthProvider) -> Result<TestUser, Failure> {
        Ok(self.user.clone())
    }

    fn send(&self, request: &Request) -> Result<Response, Failure> {
        self.origin.send(request, &Limits::new(TIMEOUT, None))
    }
}
