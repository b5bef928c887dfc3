//! Where the laws are tried.

use std::time::Duration;

use manyface_core::AuthProvider;

use crate::{
    Failure, Node, Request, Response,
    wire::{Limits, Origin},
};

/// How long a response may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A server on which several dialects show the same users.
pub trait Stage: Sync {
    /// Somebody to write as: a new user, or the only one there is, for whom `provider` vouches.
    fn somebody(&self, provider: AuthProvider) -> Result<Somebody, Failure>;

    /// Who may vouch for the users that [`Stage::somebody`] can give.
    fn providers(&self) -> &[AuthProvider] {
        &[AuthProvider::Local]
    }

    /// Sends `request` as it stands.
    fn send(&self, request: &Request) -> Result<Response, Failure>;

    /// The canonical profile as the store has it, one key a field, where the stage can look there.
    fn stored(&self, somebody: &Somebody) -> Result<Option<Node>, Failure> {
        let _ = somebody;
        Ok(None)
    }
}

/// A user with a token in each dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Somebody {
    /// What the stage calls them.
    pub id: String,
    /// A token for each dialect, by its name, good for everything that the dialect's operations ask.
    pub tokens: Vec<(String, String)>,
    /// The tenant, where there are tenants.
    pub tenant: Option<String>,
}

/// A server at some base URL, and one user of it whose tokens are known. The user should be there for
/// tests: their profile is changed, and not put back.
pub struct HttpStage {
    origin: Origin,
    somebody: Somebody,
}

impl HttpStage {
    /// The server at `base`, `http` or `https`.
    pub fn new(base: &str, somebody: Somebody) -> Result<Self, Failure> {
        let origin = Origin::parse(base)?;
        Ok(Self { origin, somebody })
    }
}

impl Stage for HttpStage {
    fn somebody(&self, _: AuthProvider) -> Result<Somebody, Failure> {
        Ok(self.somebody.clone())
    }

    fn send(&self, request: &Request) -> Result<Response, Failure> {
        self.origin.send(request, &Limits::new(TIMEOUT, None))
    }
}
