//! The port through which credentials become callers.

use std::sync::Arc;

use async_trait::async_trait;

use crate::Caller;

/// Why a credential proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// There was no credential.
    #[error("credentials were not provided")]
    Missing,
    /// The header that carries it is not one scheme and one credential (RFC 9110 §11.4).
    #[error("the authorization header is malformed")]
    Malformed,
    /// It is not a credential of ours, or it was tampered with.
    #[error("the credential is invalid")]
    Invalid,
    /// It was good once.
    #[error("the credential has expired")]
    Expired,
    /// It is good, but of another kind than this API takes (a refresh token, say).
    #[error("the credential is of the wrong kind")]
    WrongKind,
    /// What is needed to check it cannot be had right now.
    #[error("credentials cannot be checked right now")]
    Unavailable,
}

/// Turns a bearer credential into the caller that it proves.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// Checks `credential`, which was sent to `dialect` as `Authorization: Bearer <credential>`.
    ///
    /// Signatures are checked before anything is looked up, so that an answer tells nothing about
    /// who exists.
    async fn authenticate(&self, dialect: &str, credential: &str) -> Result<Arc<Caller>, Denial>;
}
