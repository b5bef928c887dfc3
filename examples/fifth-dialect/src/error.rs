//! Errors as RFC 6750 writes them: `{"error":"…","error_description":"…"}`.

use manyface_core::{AuthErrorKind, Error};
use manyface_dialect::{FailedPrecondition, Problem, Response, WireError};
use serde::Serialize;

use crate::view::spelling;

/// An error of this dialect, which has no errors of its contract.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct UserinfoError(#[from] Problem);

/// The body of every error.
#[derive(Serialize)]
pub(crate) struct Failure<'a> {
    /// The error code.
    error: &'a str,
    /// A sentence for people.
    error_description: &'a str,
}

impl From<Error> for UserinfoError {
    fn from(error: Error) -> Self {
        Self(error.into())
    }
}

impl WireError for UserinfoError {
    fn response(&self) -> Response {
        let Self(problem) = self;
        let body = Failure {
            error: code(problem),
            error_description: &message(problem),
        };
        problem.with_headers(Response::json(problem.status(), &body))
    }

    fn problem(&self) -> Option<&Problem> {
        Some(&self.0)
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "all others are mistakes of the request"
)]
fn code(problem: &Problem) -> &'static str {
    match problem {
        Problem::Unauthenticated(_) | Problem::UnknownCaller => "invalid_token",
        Problem::Forbidden(_) => "access_denied",
        Problem::RateLimited(_)
        | Problem::QuotaExceeded {
            retry_after: Some(_),
            ..
        }
        | Problem::Unavailable(_) => "temporarily_unavailable",
        Problem::Internal(_) => "server_error",
        _ => "invalid_request",
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "all others have the common sentences"
)]
fn message(problem: &Problem) -> String {
    match problem {
        Problem::Unauthenticated(kind) => kind.to_string(),
        Problem::UnknownCaller => AuthErrorKind::Invalid.to_string(),
        Problem::PreconditionFailed(FailedPrecondition::Changed) => {
            "the claims have changed".to_owned()
        }
        other => other.message(spelling),
    }
}
