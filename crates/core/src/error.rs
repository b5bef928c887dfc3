//! Errors of actions.

use crate::{AuthProvider, Field, Quota};

/// A type-erased error.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A `Result` of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The reason why an action failed. Each kind has a distinct response; different causes share a
/// kind.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The credential is not of a user of an active tenant: the user does not exist, their tenant
    /// is suspended, or the credential claims another tenant.
    #[error("the credential names no active user")]
    Unauthenticated,
    /// The profile does not exist, or the caller may not know that it exists.
    #[error("no such profile")]
    NotFound,
    /// The request is invalid; lists every violation.
    #[error("invalid input")]
    Invalid(Vec<Violation>),
    /// Another profile has this value of a unique field.
    #[error("{0} is taken")]
    Taken(Field),
    /// The fields belong to the user's identity provider.
    #[error("managed by the {owner} identity provider")]
    Managed {
        /// The fields that the request would change.
        fields: Vec<Field>,
        /// The owner of the fields.
        owner: AuthProvider,
    },
    /// The caller is not permitted to do this; the strings are messages to the caller.
    #[error("not allowed")]
    Forbidden(Vec<String>),
    /// The profile is not in the state that the caller expected.
    #[error("the profile has changed")]
    VersionMismatch,
    /// A storage quota is exceeded, and nothing was written.
    #[error("{quota}")]
    QuotaExceeded {
        /// The quota.
        quota: Quota,
        /// The seconds until the request may succeed; `None` if waiting does not help.
        retry_after: Option<u64>,
    },
    /// The operation did not run, or its outcome is unknown: retry later. The cause, if known, is
    /// for the log.
    #[error("unavailable")]
    Unavailable(#[source] Option<BoxError>),
    /// Storage failed permanently: do not retry.
    #[error("storage failed")]
    Storage(#[source] BoxError),
}

/// A violation of a rule by a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The field.
    pub field: Field,
    /// The rule, as the predicate of a sentence with the field as its subject: `must not be empty`.
    pub message: String,
    /// The kind of the rule.
    pub kind: ViolationKind,
}

/// The kinds of rules for which a dialect may have a specific message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViolationKind {
    /// Any rule.
    Rule,
    /// The file is not an image, or it is damaged.
    NotAnImage,
}

impl Violation {
    /// Creates a violation of the rule `message`.
    pub fn new(field: Field, message: impl Into<String>) -> Self {
        Self {
            field,
            message: message.into(),
            kind: ViolationKind::Rule,
        }
    }

    /// Creates the violation of an avatar that is not an image.
    pub fn not_an_image(message: impl Into<String>) -> Self {
        Self {
            kind: ViolationKind::NotAnImage,
            ..Self::new(Field::Avatar, message)
        }
    }
}

/// Formats an error and its causes in one line, for the log or an operator, never for a client.
/// Omits a cause that the message above it already ends with.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
