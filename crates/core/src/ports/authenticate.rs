//! The port through which credentials become callers.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{BoxError, Caller};

/// Why a credential is rejected, as far as the client learns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthErrorKind {
    /// There was no credential.
    #[error("credentials were not provided")]
    Missing,
    /// The header that carries it is not one scheme and one credential (RFC 9110 §11.4).
    #[error("the authorization header is malformed")]
    Malformed,
    /// It is not a credential of ours, or it was tampered with.
    #[error("the credential is invalid")]
    Invalid,
    /// It is good, but does not say which user it is for.
    #[error("the credential names no user")]
    NoSubject,
    /// It was good once.
    #[error("the credential has expired")]
    Expired,
    /// It is good, but of another kind than this API takes (a refresh token, say).
    #[error("the credential is of the wrong kind")]
    WrongKind,
    /// A dependency of the check is unavailable.
    #[error("credentials cannot be checked right now")]
    Unavailable,
}

/// A rejected credential: what the client learns, and what only the log learns.
///
/// Holds neither the credential nor personal data. An authenticator without more to say converts
/// a [`AuthErrorKind`].
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct AuthError {
    /// The kind that the client learns.
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

/// An optional part of a credential that operations or policies read.
///
/// The claims that may be read. A malformed value of an unread claim is ignored.
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

/// Turns a bearer credential into the caller that it proves.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// Checks `credential`, which was sent to `dialect` as `Authorization: Bearer <credential>`.
    ///
    /// Signatures are checked before anything is looked up, so that a response does not reveal
    /// which users exist.
    async fn authenticate(&self, dialect: &str, credential: &str)
    -> Result<Arc<Caller>, AuthError>;
}
