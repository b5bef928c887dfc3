//! The few ways in which an action can fail.

use crate::{AuthProvider, Field, Quota};

/// Any cause, with its type forgotten.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A `Result` of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an action failed. A new kind is a new response for some client, not a new cause.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The credential proves no active user of an active tenant: the user does not exist (any
    /// more), the tenant is suspended, or the tenant that the credential claims is another one.
    #[error("the credential names no active user")]
    Unauthenticated,
    /// There is no such profile, or the caller may not know of it.
    #[error("no such profile")]
    NotFound,
    /// The request breaks rules of the core; every broken rule is listed.
    #[error("invalid input")]
    Invalid(Vec<Violation>),
    /// Another profile has this value of a unique field.
    #[error("{0} is taken")]
    Taken(Field),
    /// The fields belong to the user's identity provider.
    #[error("managed by the {owner} identity provider")]
    Managed {
        /// The fields the request would have changed.
        fields: Vec<Field>,
        /// The owner of the fields.
        owner: AuthProvider,
    },
    /// The caller may not do this; the texts are written for the caller.
    #[error("not allowed")]
    Forbidden(Vec<String>),
    /// The profile is not in the state that the caller expected.
    #[error("the profile has changed")]
    VersionMismatch,
    /// A share of the deployment's storage is used up, and nothing was written.
    #[error("{quota}")]
    QuotaExceeded {
        /// Which share.
        quota: Quota,
        /// After how many seconds the request may succeed; `None` where time alone does not help.
        retry_after: Option<u64>,
    },
    /// Nothing was done, or the outcome is unknown: try again later. The cause, if known, is
    /// for the log.
    #[error("unavailable")]
    Unavailable(#[source] Option<BoxError>),
    /// Storage failed in a way that trying again will not mend.
    #[error("storage failed")]
    Storage(#[source] BoxError),
}

/// One broken rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The field that breaks it.
    pub field: Field,
    /// The rule, as the end of a sentence that begins with the field: `must not be empty`.
    pub message: String,
    /// The kind of the rule.
    pub kind: ViolationKind,
}

/// Kinds of rules for which a dialect may have its own message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViolationKind {
    /// Any rule.
    Rule,
    /// The file is not an image, or a damaged one.
    NotAnImage,
}

impl Violation {
    /// A violation of the rule that `message` states.
    pub fn new(field: Field, message: impl Into<String>) -> Self {
        Self {
            field,
            message: message.into(),
            kind: ViolationKind::Rule,
        }
    }

    /// An avatar that is not an image; `message` states what it must be.
    pub fn not_an_image(message: impl Into<String>) -> Self {
        Self {
            kind: ViolationKind::NotAnImage,
            ..Self::new(Field::Avatar, message)
        }
    }
}

/// An error and its causes in one line, for the log or an operator; never for a client. A cause
/// that the line ends with already, because the error above passes it on, is not repeated.
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
