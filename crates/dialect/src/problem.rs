//! Why a request failed, whatever the dialect.

#[cfg(test)]
mod tests;

use http::{Method, StatusCode, header};
use manyface_core::{AuthErrorKind, AuthProvider, BoxError, Error, Field, Quota, Violation};

use crate::{Response, Shape, Unsupported};

/// Why a request failed. It is made once, from what the server rejects and what the core returns;
/// each dialect only renders it ([`crate::WireError`]).
#[derive(Debug)]
pub enum Problem {
    /// The dialect has no such path.
    UnknownPath,
    /// There is no such resource, or the caller may not know of it.
    NotFound,
    /// The path does not support this method, but those in `allowed`.
    MethodNotAllowed {
        /// The method of the request.
        method: String,
        /// The methods of the path.
        allowed: Vec<Method>,
    },
    /// The `Accept` header excludes every type that the operation responds with.
    NotAcceptable,
    /// The request proves no caller.
    Unauthenticated(AuthErrorKind),
    /// The credential is valid, but its user does not exist (any more) or is suspended.
    UnknownCaller,
    /// The body is not of a type that the operation reads, or is encoded in another way.
    UnsupportedMediaType(Unsupported),
    /// A condition of the request is not met.
    PreconditionFailed(FailedPrecondition),
    /// The body is longer than this many bytes.
    TooLarge(usize),
    /// The body ended early or could not be read.
    Unreadable,
    /// The body did not arrive in time.
    TooSlow,
    /// The body is not what the operation reads.
    Malformed(Malformed),
    /// Fields break rules; every broken rule is listed.
    Invalid(Vec<Violation>),
    /// Another user has this value of a unique field.
    Taken(Field),
    /// The fields belong to the user's identity provider.
    Managed {
        /// The fields that the request would have changed.
        fields: Vec<Field>,
        /// The owner of the fields.
        owner: AuthProvider,
    },
    /// The caller may not do this; the texts are written for the caller.
    Forbidden(Vec<String>),
    /// A share of the deployment's storage is used up.
    QuotaExceeded {
        /// Which share.
        quota: Quota,
        /// After how many seconds the request may succeed; `None` if time alone does not help.
        retry_after: Option<u64>,
    },
    /// Too many requests; the next one is served after this many seconds.
    RateLimited(u64),
    /// The server cannot serve the request now. The cause, if there is one, is for the log.
    Unavailable(Option<BoxError>),
    /// The server failed. The cause, if there is one, is for the log.
    Internal(Option<BoxError>),
}

/// Which condition is not met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailedPrecondition {
    /// The profile has changed.
    Changed,
    /// `If-Match` has no strong entity tag, which alone can match (RFC 9110 §13.1.1).
    NoStrongTag,
    /// `If-Match` has strong entity tags, but none that this resource ever had.
    ForeignTag,
}

/// A problem of a JSON body. Nothing of the body itself is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It is not JSON (RFC 8259) from this place on, counted from 1.
    #[error("malformed JSON at line {line} column {column}")]
    Syntax {
        /// The line.
        line: usize,
        /// The column, in bytes.
        column: usize,
    },
    /// An object has a key twice.
    #[error("duplicate key in JSON object")]
    DuplicateKey,
    /// A number is too large to keep its value.
    #[error("number out of range")]
    NumberRange,
    /// It is JSON, but not an object.
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
    /// The status by HTTP's own rules (RFC 9110, RFC 6585). A dialect may have another.
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

    /// After how many seconds the request may succeed.
    pub fn retry_after(&self) -> Option<u64> {
        if let Self::RateLimited(seconds) = self {
            Some(*seconds)
        } else if let Self::QuotaExceeded { retry_after, .. } = self {
            *retry_after
        } else {
            matches!(self, Self::Unavailable(_)).then_some(1)
        }
    }

    /// The challenge of a 401 (RFC 6750 §3). There is no error code if no credential was sent
    /// (§3.1).
    pub fn challenge(&self) -> Option<&'static str> {
        if matches!(self, Self::Unauthenticated(AuthErrorKind::Missing)) {
            return Some("Bearer");
        }
        let is_rejected = matches!(self, Self::Unauthenticated(_) | Self::UnknownCaller);
        is_rejected.then_some("Bearer error=\"invalid_token\"")
    }

    /// Returns `response` with the headers that HTTP asks for, whatever the dialect: `Allow`
    /// (RFC 9110 §15.5.6), `Accept-Encoding` (§15.5.16), `WWW-Authenticate` and `Retry-After`.
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

    /// Returns a sentence for the client, in which `spell` names fields. Broken rules are joined by
    /// `; `. Dialects whose contracts have a sentence of their own use that.
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
                    .map(|broken| format!("{} {}", spell(broken.field), broken.message));
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

    /// Returns whether the request may have been rejected before any statement checked the
    /// caller.
    pub fn may_precede_caller_check(&self) -> bool {
        matches!(self, Self::Forbidden(_) | Self::Invalid(_))
    }
}

/// For the log.
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
