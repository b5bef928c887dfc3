//! Reasons for failed requests, independent of the dialect.

#[cfg(test)]
mod tests;

use http::{Method, StatusCode, header};
use manyface_core::{AuthErrorKind, AuthProvider, BoxError, Error, Field, Quota, Violation};

use crate::{Response, Shape, Unsupported};

/// The reason why a request failed. The server and the core create it; each dialect renders it
/// ([`crate::WireError`]).
#[derive(Debug)]
pub enum Problem {
    /// The dialect has no such path.
    UnknownPath,
    /// The resource does not exist, or the caller may not know that it exists.
    NotFound,
    /// The path does not support the method.
    MethodNotAllowed {
        /// The method of the request.
        method: String,
        /// The methods of the path.
        allowed: Vec<Method>,
    },
    /// The `Accept` header excludes every media type of the response.
    NotAcceptable,
    /// The request has no valid credential.
    Unauthenticated(AuthErrorKind),
    /// The credential is valid, but its user does not exist or is suspended.
    UnknownCaller,
    /// The type or the encoding of the body is not supported.
    UnsupportedMediaType(Unsupported),
    /// A precondition of the request failed.
    PreconditionFailed(FailedPrecondition),
    /// The body exceeds this limit in bytes.
    TooLarge(usize),
    /// The body ended early or could not be read.
    Unreadable,
    /// The body did not arrive within the timeout.
    TooSlow,
    /// The body is malformed.
    Malformed(Malformed),
    /// Field values are invalid; lists every violation.
    Invalid(Vec<Violation>),
    /// Another user has this value of a unique field.
    Taken(Field),
    /// The fields belong to the user's identity provider.
    Managed {
        /// The fields that the request would change.
        fields: Vec<Field>,
        /// The owner of the fields.
        owner: AuthProvider,
    },
    /// The caller is not permitted to do this; the strings are messages to the caller.
    Forbidden(Vec<String>),
    /// A storage quota is exceeded.
    QuotaExceeded {
        /// The quota.
        quota: Quota,
        /// The seconds until the request may succeed; `None` if waiting does not help.
        retry_after: Option<u64>,
    },
    /// The client exceeded its rate limit; the next request is accepted after this many seconds.
    RateLimited(u64),
    /// The server cannot handle the request now. The cause, if known, is for the log.
    Unavailable(Option<BoxError>),
    /// The server failed. The cause, if known, is for the log.
    Internal(Option<BoxError>),
}

/// The reason why a precondition failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailedPrecondition {
    /// The profile has changed.
    Changed,
    /// `If-Match` has no strong entity tag, which alone can match (RFC 9110 §13.1.1).
    NoStrongTag,
    /// `If-Match` has strong entity tags, but none of this resource.
    ForeignTag,
}

/// An error in a JSON body. Messages never quote the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The body is not JSON (RFC 8259).
    #[error("malformed JSON at line {line} column {column}")]
    Syntax {
        /// The line of the error, from 1.
        line: usize,
        /// The column of the error in bytes, from 1.
        column: usize,
    },
    /// An object has a key twice.
    #[error("duplicate key in JSON object")]
    DuplicateKey,
    /// A number is out of range.
    #[error("number out of range")]
    NumberRange,
    /// The body is JSON, but not an object.
    #[error("the body must be a JSON object")]
    NotAnObject(Shape),
}

impl From<AuthErrorKind> for Problem {
    fn from(kind: AuthErrorKind) -> Self {
        if kind == AuthErrorKind::Unavailable {
            Self::Unavailable(None)
        } else {
            Self::Unauthenticated(kind)
        }
    }
}

impl From<FailedPrecondition> for Problem {
    fn from(condition: FailedPrecondition) -> Self {
        Self::PreconditionFailed(condition)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Unauthenticated => Self::UnknownCaller,
            Error::NotFound => Self::NotFound,
            Error::Invalid(violations) => Self::Invalid(violations),
            Error::Taken(field) => Self::Taken(field),
            Error::Managed { fields, owner } => Self::Managed { fields, owner },
            Error::Forbidden(notices) => Self::Forbidden(notices),
            Error::VersionMismatch => FailedPrecondition::Changed.into(),
            Error::QuotaExceeded { quota, retry_after } => {
                Self::QuotaExceeded { quota, retry_after }
            }
            Error::Unavailable(cause) => Self::Unavailable(cause),
            Error::Storage(cause) => Self::Internal(Some(cause)),
        }
    }
}

impl Problem {
    /// Returns the status code of RFC 9110 or RFC 6585. A dialect may use another.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::UnknownPath | Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::Unauthenticated(_) | Self::UnknownCaller => StatusCode::UNAUTHORIZED,
            Self::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::PreconditionFailed(_) => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Taken(_) => StatusCode::CONFLICT,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::RateLimited(_)
            | Self::QuotaExceeded {
                retry_after: Some(_),
                ..
            } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unreadable
            | Self::Malformed(_)
            | Self::Invalid(_)
            | Self::Managed { .. }
            | Self::QuotaExceeded {
                retry_after: None, ..
            } => StatusCode::BAD_REQUEST,
        }
    }

    /// Returns the seconds until the request may succeed.
    pub fn retry_after(&self) -> Option<u64> {
        if let Self::RateLimited(seconds) = self {
            Some(*seconds)
        } else if let Self::QuotaExceeded { retry_after, .. } = self {
            *retry_after
        } else {
            matches!(self, Self::Unavailable(_)).then_some(1)
        }
    }

    /// Returns the challenge of a 401 (RFC 6750 §3), without an error code if no credential was
    /// sent (§3.1).
    pub fn challenge(&self) -> Option<&'static str> {
        if matches!(self, Self::Unauthenticated(AuthErrorKind::Missing)) {
            return Some("Bearer");
        }
        let is_rejected = matches!(self, Self::Unauthenticated(_) | Self::UnknownCaller);
        is_rejected.then_some("Bearer error=\"invalid_token\"")
    }

    /// Adds the headers that HTTP requires in every dialect: `Allow` (RFC 9110 §15.5.6),
    /// `Accept-Encoding` (§15.5.16), `WWW-Authenticate` and `Retry-After`.
    #[must_use]
    pub fn with_headers(&self, mut response: Response) -> Response {
        if let Some(challenge) = self.challenge() {
            response = response.with_text(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after() {
            response = response.with_text(header::RETRY_AFTER, &seconds.to_string());
        }
        if let Self::MethodNotAllowed { allowed, .. } = self {
            response = response.with_text(header::ALLOW, &allow(allowed));
        }
        if matches!(self, Self::UnsupportedMediaType(Unsupported::Coding)) {
            response = response.with_text(header::ACCEPT_ENCODING, "identity");
        }
        response
    }

    /// Returns a message for the client, in which `spell` names the fields. Violations are joined
    /// by `; `. A dialect whose contract has another message uses that.
    pub fn message(&self, spell: fn(Field) -> &'static str) -> String {
        let sentence = match self {
            Self::UnknownPath | Self::NotFound => "not found",
            Self::MethodNotAllowed { .. } => "method not allowed",
            Self::NotAcceptable => "the response would be application/json",
            Self::Unauthenticated(AuthErrorKind::Missing) => "authentication required",
            Self::Unauthenticated(AuthErrorKind::Malformed) => "malformed Authorization header",
            Self::Unauthenticated(AuthErrorKind::Expired) => "token has expired",
            Self::Unauthenticated(_) | Self::UnknownCaller => "invalid token",
            Self::UnsupportedMediaType(reason) => return reason.to_string(),
            Self::PreconditionFailed(condition) => match condition {
                FailedPrecondition::Changed => "the profile has changed",
                FailedPrecondition::NoStrongTag => "If-Match has no strong entity tag",
                FailedPrecondition::ForeignTag => "If-Match has no entity tag of this resource",
            },
            Self::TooLarge(limit) => return format!("the body is larger than {limit} bytes"),
            Self::Unreadable => "the body could not be read",
            Self::TooSlow => "the body did not arrive in time",
            Self::Malformed(malformed) => return malformed.to_string(),
            Self::Invalid(violations) => {
                let sentences = violations
                    .iter()
                    .map(|violation| format!("{} {}", spell(violation.field), violation.message));
                return sentences.collect::<Vec<_>>().join("; ");
            }
            Self::Taken(field) => return format!("{} is taken", spell(*field)),
            Self::Managed { fields, owner } => {
                let names: Vec<_> = fields.iter().map(|field| spell(*field)).collect();
                let names = names.join(", ");
                return format!("managed by your {owner} identity provider: {names}");
            }
            Self::Forbidden(notices) if notices.is_empty() => "forbidden",
            Self::Forbidden(notices) => return notices.join("; "),
            Self::QuotaExceeded { quota, retry_after } => {
                let later = retry_after.map_or("", |_| ", try again later");
                return format!("{quota}{later}");
            }
            Self::RateLimited(_) => "too many requests, try again later",
            Self::Unavailable(_) => "try again later",
            Self::Internal(_) => "internal error",
        };
        sentence.to_owned()
    }

    /// Returns whether the request may have been rejected before the caller was checked against the
    /// store.
    pub fn may_precede_caller_check(&self) -> bool {
        matches!(self, Self::Forbidden(_) | Self::Invalid(_))
    }
}

/// Writes the problem for the log.
impl std::fmt::Display for Problem {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&if matches!(self, Self::Unavailable(_)) {
            "unavailable".to_owned()
        } else if matches!(self, Self::Internal(Some(_))) {
            "storage failed".to_owned()
        } else {
            self.message(Field::as_str)
        })
    }
}

impl std::error::Error for Problem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let (Self::Unavailable(cause) | Self::Internal(cause)) = self else {
            return None;
        };
        let cause = cause.as_ref()?;
        Some(&**cause)
    }
}

/// Returns `methods` as the value of `Allow`.
pub(crate) fn allow(methods: &[Method]) -> String {
    let names: Vec<_> = methods.iter().map(Method::as_str).collect();
    names.join(", ")
}
