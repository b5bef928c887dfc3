//! What exchanges are replayed against.

use manyface_core::AuthProvider;

use crate::{Failure, Request, Response};

/// Something that speaks a dialect.
pub trait Target: Send + Sync {
    /// Somebody to send requests as, for whom `provider` vouches where the target makes users.
    fn user(&self, provider: AuthProvider) -> Result<Box<dyn User + '_>, Failure>;

    /// Whether [`Target::user`] makes a new user each time. Where there is but one, whoever has
    /// them has them alone, and their profile is put back as it was.
    fn makes_users(&self) -> bool;
}

/// What a user proves themselves with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The user's bearer token.
    pub token: String,
    /// The id of the user's tenant, where there are tenants.
    pub tenant: Option<String>,
}

/// A user of a target.
pub trait User {
    /// The user's bearer token.
    fn token(&self) -> &str;

    /// The id of the user's tenant, where the target has tenants.
    fn tenant(&self) -> Option<&str>;

    /// Sends `request` as it stands.
    fn send(&self, request: &Request) -> Result<Response, Failure>;
}
