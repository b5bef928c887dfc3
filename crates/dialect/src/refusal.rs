//! Requests that are turned away before any endpoint sees them.

use http::{Method, StatusCode, header};
use manyface_core::Denial;

use crate::{Reply, Shape, Unsupported};

/// Why a request was turned away before any endpoint saw it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The dialect has no such path.
    #[error("no such path")]
    UnknownPath,
    /// The path does not take this method; it takes these.
    #[error("method not allowed")]
    WrongMethod(Vec<Method>),
    /// The request proves no caller.
    #[error(transparent)]
    Unauthenticated(Denial),
    /// The body is not of a type that the operation reads, or is encoded in another way.
    #[error(transparent)]
    UnsupportedMediaType(Unsupported),
    /// `If-Match` has no strong entity tag, which alone can match (RFC 9110 §13.1.1).
    #[error("If-Match has no strong entity tag")]
    NoStrongTag,
    /// `If-Match` has strong entity tags, but none that this resource ever had: they are no tags
    /// of ours, or of another view.
    #[error("If-Match has no entity tag of this resource")]
    ForeignTag,
    /// The body is longer than this many bytes.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// The body ended early or could not be read.
    #[error("the body could not be read")]
    Unreadable,
    /// The body did not arrive in time.
    #[error("the body did not arrive in time")]
    TooSlow,
    /// The body is not what the operation reads.
    #[error(transparent)]
    Malformed(Malformed),
    /// Too many large bodies are being read at the same time.
    #[error("try again later")]
    Overloaded,
    /// The credential has been used too often; it may be again after this many seconds.
    #[error("too many requests")]
    TooMany(u64),
    /// Something failed that should not have.
    #[error("internal error")]
    Internal,
}

impl Refusal {
    /// The status by HTTP's own rules (RFC 9110). A dialect may know better.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::UnknownPath => StatusCode::NOT_FOUND,
            Self::WrongMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unauthenticated(Denial::Unavailable) | Self::Overloaded => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Unauthenticated(
                Denial::Missing
                | Denial::Malformed
                | Denial::Invalid
                | Denial::NoSubject
                | Denial::Expired
                | Denial::WrongKind,
            ) => StatusCode::UNAUTHORIZED,
            Self::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NoStrongTag | Self::ForeignTag => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unreadable | Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// `reply` with the headers that HTTP asks for with this refusal, whatever the dialect:
    /// `Allow` (RFC 9110 §15.5.6), `Accept-Encoding` (§15.5.16) and `Retry-After`.
    #[must_use]
    pub fn with_headers(&self, reply: Reply) -> Reply {
        match self {
            Self::WrongMethod(methods) => reply.with_text(header::ALLOW, &allow(methods)),
            Self::Unauthenticated(Denial::Unavailable) | Self::Overloaded => {
                reply.with_text(header::RETRY_AFTER, "1")
            }
            Self::TooMany(seconds) => reply.with_text(header::RETRY_AFTER, &seconds.to_string()),
            Self::UnsupportedMediaType(Unsupported::Coding) => {
                reply.with_text(header::ACCEPT_ENCODING, "identity")
            }
            Self::UnknownPath
            | Self::Unauthenticated(_)
            | Self::UnsupportedMediaType(Unsupported::Type | Unsupported::Charset)
            | Self::NoStrongTag
            | Self::ForeignTag
            | Self::TooLarge(_)
            | Self::Unreadable
            | Self::TooSlow
            | Self::Malformed(_)
            | Self::Internal => reply,
        }
    }
}

/// `methods` as the value of `Allow`.
pub(crate) fn allow(methods: &[Method]) -> String {
    let names: Vec<_> = methods.iter().map(Method::as_str).collect();
    names.join(", ")
}

/// What is wrong with a JSON body. Nothing of the body itself is repeated.
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
