//! The port for the authentication of credentials.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{BoxError, Caller};

/// Why a credential is rejected, as reported to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthErrorKind {
    /// The request has no credential.
    #[error("credentials were not provided")]
    Missing,
    /// The header is not one scheme and one credential (RFC 9110 §11.4).
    #[error("the authorization header is malformed")]
    Malformed,
    /// The credential is unknown or was modified.
    #[error("the credential is invalid")]
    Invalid,
    /// The credential is valid, but has no subject.
    #[error("the credential names no user")]
    NoSubject,
    /// The credential has expired.
    #[error("the credential has expired")]
    Expired,
    /// The credential is valid, but of a kind that this API does not accept, such as a refresh
    /// token.
    #[error("the credential is of the wrong kind")]
    WrongKind,
    /// A dependency of the authentication is unavailable.
    #[error("credentials cannot be checked right now")]
    Unavailable,
}

/// The rejection of a credential, with details for the log.
///
/// Contains neither the credential nor personal data. An authenticator without details converts an
/// [`AuthErrorKind`].
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct AuthError {
    /// The kind, which the client receives.
    pub kind: AuthErrorKind,
    /// A stable identifier of the reason: `wrong_signature`.
    pub code: &'static str,
    /// The configured issuer that the credential claims to be from.
    pub issuer: Option<Arc<str>>,
    /// The id of the key that the credential names, shortened.
    pub key_id: Option<Box<str>>,
    /// The reason, for operators: `aud is ["x"], expected one of ["movieknight"]`.
    #[source]
    pub reason: Option<BoxError>,
}

impl From<AuthErrorKind> for AuthError {
    fn from(kind: AuthErrorKind) -> Self {
        let code = match kind {
            AuthErrorKind::Missing => "missing",
            AuthErrorKind::Malformed => "malformed",
            AuthErrorKind::Invalid => "invalid",
            AuthErrorKind::NoSubject => "no_subject",
            AuthErrorKind::Expired => "expired",
            AuthErrorKind::WrongKind => "wrong_kind",
            AuthErrorKind::Unavailable => "unavailable",
        };
        Self {
            kind,
            code,
            issuer: None,
            key_id: None,
            reason: None,
        }
    }
}

/// An optional claim of a credential that operations or policies read. A malformed value of any
/// other claim is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// [`Caller::scopes`].
    Scopes,
    /// [`Caller::tenant`].
    Tenant,
    /// [`Caller::account`].
    Account,
    /// [`Caller::groups`].
    Groups,
}

/// Authenticates bearer credentials.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// Verifies `credential`, which was sent to `dialect` as `Authorization: Bearer <credential>`,
    /// and returns the caller.
    ///
    /// Implementations verify signatures before they look up users, so that responses do not reveal
    /// which users exist.
    async fn authenticate(&self, dialect: &str, credential: &str)
    -> Result<Arc<Caller>, AuthError>;
}
