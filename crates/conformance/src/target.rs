//! What exchanges are replayed against.

use crate::{Failure, Request, Response};

/// Something that speaks a dialect.
pub trait Target: Send + Sync {
    /// Somebody to send requests as.
    fn user(&self) -> Result<Box<dyn User + '_>, Failure>;

    /// Whether [`Target::user`] makes a new user each time. Where there is but one, whoever has
    /// them has them alone, and their profile is put back as it was.
    fn makes_users(&self) -> bool;
}

/// A user of a target.
pub trait User {
    /// The user's bearer token.
    fn token(&self) -> &str;

    /// Sends `request` as it stands.
    fn send(&self, request: &Request) -> Result<Response, Failure>;
}
