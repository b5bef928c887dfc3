//! Sign-ins: the first use of a token.

use async_trait::async_trait;

use crate::{ProfileRef, Result, TenantId, UserFields};

/// The first use of a verified token whose issuer provisions users.
#[derive(Clone, Debug, PartialEq)]
pub struct SignIn {
    /// The dialect of the request.
    pub dialect: String,
    /// The user.
    pub who: ProfileRef,
    /// The tenant that the token claims.
    pub tenant: Option<TenantId>,
    /// The values of the mapped claims, by field.
    pub fields: UserFields,
}

/// A receiver of sign-ins, which creates users and keeps their fields in step with the claims.
#[async_trait]
pub trait SignIns: Send + Sync {
    /// Creates the user, or updates the fields that the provider owns. Returns whether this was
    /// done; if not, the next use of the token tries again.
    ///
    /// A user who cannot be created, because of the values of the claims, is not an error: the
    /// request continues, and fails if it needs the user. [`crate::Error::Unavailable`] if storage
    /// is unavailable.
    async fn sign_in(&self, sign_in: &SignIn) -> Result<bool>;
}
