//! Errors in Whop's format: `{"error":{"type":"…","message":"…"}}`.

use http::{StatusCode, header};
use manyface_core::{ActionError, AuthErrorKind, Error};
use manyface_dialect::{FailedPrecondition, Problem, Response, WireError};
use serde::Serialize;

use crate::{
    version::{self, UnknownVersion},
    view::spelling,
};

/// The types of errors by status. Other statuses have the type `bad_request`.
pub(crate) const TYPES: [(StatusCode, &str); 12] = [
    (StatusCode::BAD_REQUEST, "bad_request"),
    (StatusCode::UNAUTHORIZED, "unauthorized"),
    (StatusCode::FORBIDDEN, "forbidden"),
    (StatusCode::NOT_FOUND, "not_found"),
    (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
    (StatusCode::REQUEST_TIMEOUT, "request_timeout"),
    (StatusCode::PRECONDITION_FAILED, "precondition_failed"),
    (StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large"),
    (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"),
    (StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded"),
    (StatusCode::INTERNAL_SERVER_ERROR, "internal_server_error"),
    (StatusCode::SERVICE_UNAVAILABLE, "service_unavailable"),
];

/// An error of this dialect.
#[derive(Debug, thiserror::Error)]
pub enum WhopError {
    /// Invalid parameters or fields, with one message each.
    #[error("{}", .0.join("; "))]
    Invalid(Vec<String>),
    /// The requested version does not exist.
    #[error("unknown Api-Version-Date")]
    UnknownVersion,
    /// The credential lacks a scope that the operation requires.
    #[error("the credential lacks {0}")]
    MissingScope(&'static str),
    /// The upload URL was not signed by this deployment, has expired, or is for another file.
    #[error("the address is not signed, or has expired")]
    BadSignature,
    /// The resource does not exist, or the caller may not see it.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// Any other problem.
    #[error(transparent)]
    Problem(#[from] Problem),
}

impl From<Error> for WhopError {
    fn from(error: Error) -> Self {
        Self::Problem(error.into())
    }
}

impl From<UnknownVersion> for WhopError {
    fn from(_: UnknownVersion) -> Self {
        Self::UnknownVersion
    }
}

impl ActionError for WhopError {
    fn may_precede_caller_check(&self) -> bool {
        self.problem()
            .is_some_and(Problem::may_precede_caller_check)
    }
}

impl WhopError {
    /// Returns the error for one invalid parameter or field.
    pub(crate) fn field(message: &str) -> Self {
        Self::Invalid(vec![message.to_owned()])
    }
}

/// The body of an error response.
#[derive(Serialize)]
pub(crate) struct Failure<'a> {
    error: Detail<'a>,
}

/// The content of an error.
#[derive(Serialize)]
struct Detail<'a> {
    r#type: &'static str,
    /// The message, with several errors joined by `; `.
    message: &'a str,
}

impl WireError for WhopError {
    fn response(&self) -> Response {
        match self {
            Self::Invalid(messages) => bad_request(&messages.join("; ")),
            Self::UnknownVersion => bad_request(&format!(
                "Unknown Api-Version-Date. Supported versions: {}.",
                version::list()
            )),
            Self::MissingScope(scope) => {
                let message = format!(
                    "You do not have permission to perform this action. Required permission: {scope}"
                );
                let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
                let response = failure(StatusCode::FORBIDDEN, &message);
                response.with_text(header::WWW_AUTHENTICATE, &challenge)
            }
            Self::BadSignature => failure(StatusCode::FORBIDDEN, &self.to_string()),
            Self::NotFound(what) => {
                let message = format!("This {what} was not found");
                failure(StatusCode::NOT_FOUND, &message)
            }
            Self::Problem(problem) => {
                let response = failure(status(problem), &message(problem));
                problem.with_headers(response)
            }
        }
    }

    fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) => Some(problem),
            Self::Invalid(_)
            | Self::UnknownVersion
            | Self::MissingScope(_)
            | Self::BadSignature
            | Self::NotFound(_) => None,
        }
    }
}

fn failure(status: StatusCode, message: &str) -> Response {
    let found = TYPES.iter().find(|(known, _)| *known == status);
    let (_, r#type) = *found.unwrap_or(&TYPES[0]);
    let error = Detail { r#type, message };
    Response::json(status, &Failure { error })
}

fn bad_request(message: &str) -> Response {
    failure(StatusCode::BAD_REQUEST, message)
}

/// Returns the status of a problem. A taken name is not a 409, because official clients retry those.
fn status(problem: &Problem) -> StatusCode {
    if matches!(problem, Problem::Taken(_)) {
        StatusCode::BAD_REQUEST
    } else {
        problem.status()
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "all other problems have the common message"
)]
fn message(problem: &Problem) -> String {
    match problem {
        Problem::NotFound => "This User was not found".to_owned(),
        Problem::Unauthenticated(
            AuthErrorKind::Invalid | AuthErrorKind::NoSubject | AuthErrorKind::WrongKind,
        )
        | Problem::UnknownCaller => "invalid credential".to_owned(),
        Problem::Unauthenticated(AuthErrorKind::Expired) => "the credential has expired".to_owned(),
        Problem::Forbidden(notices) if notices.is_empty() => {
            "You do not have permission to perform this action.".to_owned()
        }
        Problem::PreconditionFailed(FailedPrecondition::Changed) => {
            "the user has changed".to_owned()
        }
        Problem::RateLimited(seconds) => try_again(*seconds),
        Problem::QuotaExceeded { quota, retry_after } => {
            let message = capitalized(&quota.to_string());
            let later = retry_after.map(|seconds| format!(" {}", try_again(seconds)));
            format!("{message}.{}", later.unwrap_or_default())
        }
        other => other.message(spelling),
    }
}

fn try_again(seconds: u64) -> String {
    let unit = if seconds == 1 { "second" } else { "seconds" };
    format!("Try again in {seconds} {unit}.")
}

fn capitalized(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use manyface_core::{Field, Quota, SignedDuration, Timestamp, Violation};

    fn check(error: impl Into<WhopError>, status: u16, kind: &str, message: &str) -> Response {
        let response = error.into().response();
        assert_eq!(response.status.as_u16(), status);
        let expected = serde_json::json!({"error": {"type": kind, "message": message}});
        let body: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
        assert_eq!(body, expected);
        assert!(response.body.starts_with(br#"{"error":{"type":""#));
        assert_eq!(response.headers[header::CONTENT_TYPE], "application/json");
        response
    }

    #[test]
    fn a_401_has_the_challenge_of_rfc_6750() {
        let invalid = "Bearer error=\"invalid_token\"";
        for (kind, message, challenge) in [
            (AuthErrorKind::Missing, "authentication required", "Bearer"),
            (
                AuthErrorKind::Malformed,
                "malformed Authorization header",
                invalid,
            ),
            (AuthErrorKind::Invalid, "invalid credential", invalid),
            (AuthErrorKind::NoSubject, "invalid credential", invalid),
            (AuthErrorKind::WrongKind, "invalid credential", invalid),
            (
                AuthErrorKind::Expired,
                "the credential has expired",
                invalid,
            ),
        ] {
            let response = check(Problem::from(kind), 401, "unauthorized", message);
            assert_eq!(response.headers[header::WWW_AUTHENTICATE], challenge);
        }
    }

    #[test]
    fn a_missing_scope_is_named() {
        let response = check(
            WhopError::MissingScope("user:profile:update"),
            403,
            "forbidden",
            "You do not have permission to perform this action. Required permission: \
             user:profile:update",
        );
        assert_eq!(
            response.headers[header::WWW_AUTHENTICATE],
            "Bearer error=\"insufficient_scope\", scope=\"user:profile:update\""
        );
    }

    #[test]
    fn the_error_for_an_unknown_version_lists_the_known_ones() {
        let response = WhopError::UnknownVersion.response();
        let text = String::from_utf8(response.body.to_vec()).unwrap();
        let start = r#"{"error":{"type":"bad_request","message":"Unknown Api-Version-Date. "#;
        assert!(text.starts_with(start), "{text}");
        assert!(text.contains("Supported versions: 2025-01-01, 2026-06-08, "));
        assert!(text.ends_with(r#"2026-10-15-1."}}"#));
    }

    #[test]
    fn exceeded_limits_have_a_delay() {
        let kind = "rate_limit_exceeded";
        let limited = Problem::RateLimited(12);
        let response = check(limited, 429, kind, "Try again in 12 seconds.");
        assert_eq!(response.headers[header::RETRY_AFTER], "12");
        let limited = Problem::RateLimited(1);
        check(limited, 429, kind, "Try again in 1 second.");
        let now = Timestamp::UNIX_EPOCH;
        let until = now + SignedDuration::from_secs(90);
        let exceeded = Quota::OpenUploads.exceeded_until(until, now);
        let message = "Too many uploads that are not used yet. Try again in 90 seconds.";
        let response = check(exceeded, 429, kind, message);
        assert_eq!(response.headers[header::RETRY_AFTER], "90");
        let message = "Too many accounts that have a profile of this user.";
        check(Quota::Overrides.exceeded(), 400, "bad_request", message);
    }

    #[test]
    fn every_other_problem_has_its_type_and_message() {
        let violation = Violation::new(Field::DisplayName, "is odd");
        let permission = "You do not have permission to perform this action.";
        for (problem, status, kind, message) in [
            (
                Error::Invalid(vec![violation]).into(),
                400,
                "bad_request",
                "name is odd",
            ),
            (
                Error::Taken(Field::Username).into(),
                400,
                "bad_request",
                "username is taken",
            ),
            (
                Error::NotFound.into(),
                404,
                "not_found",
                "This User was not found",
            ),
            (
                Error::Forbidden(vec![]).into(),
                403,
                "forbidden",
                permission,
            ),
            (
                Error::VersionMismatch.into(),
                412,
                "precondition_failed",
                "the user has changed",
            ),
            (
                Problem::TooSlow,
                408,
                "request_timeout",
                "the body did not arrive in time",
            ),
            (
                Problem::Internal(None),
                500,
                "internal_server_error",
                "internal error",
            ),
        ] {
            check(problem, status, kind, message);
        }
    }
}
