//! Errors as RFC 6750 writes them: `{"error":"…","error_description":"…"}`.

use manyface_core::{Denial, Error};
use manyface_dialect::{FailedPrecondition, Problem, Reply, WireError};
use serde::Serialize;

use crate::face::spelling;

/// An error of this dialect, which has none of its own.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct UserinfoError(#[from] Problem);

/// The body of every error.
#[derive(Serialize)]
pub(crate) struct Failure<'a> {
    /// What kind of error it is.
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
    fn reply(&self) -> Reply {
        let Self(problem) = self;
        let body = Failure {
            error: code(problem),
            error_description: &message(problem),
        };
        problem.with_headers(Reply::json(problem.status(), &body))
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
        Problem::Unauthenticated(denial) => denial.to_string(),
        Problem::UnknownCaller => Denial::Invalid.to_string(),
        Problem::PreconditionFailed(FailedPrecondition::Changed) => {
            "the claims have changed".to_owned()
        }
        other => other.message(spelling),
    }
}
