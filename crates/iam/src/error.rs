//! Errors in the framework's format: `{"detail":"…"}`, or an object of fields.

use http::{Method, StatusCode, header};
use manyface_core::{ActionError, AuthErrorKind, Error, Field, Violation, ViolationKind};
use manyface_dialect::{FailedPrecondition, Problem, Response, WireError};
use serde::Serialize;

use crate::problems::{Layout, Problems, shortened};

/// The challenge of every 401.
const CHALLENGE: &str = "Bearer realm=\"api\"";
/// The order in which the framework lists methods.
const METHODS: [Method; 6] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::HEAD,
];

/// An error of this dialect.
#[derive(Debug, thiserror::Error)]
pub enum IamError {
    /// The body cannot be parsed.
    #[error("{0}")]
    Unreadable(String),
    /// The media type of the body is not supported.
    #[error("unsupported media type")]
    UnsupportedMediaType(String),
    /// Fields are invalid.
    #[error("invalid input")]
    Invalid(Box<Invalid>),
    /// The credential is valid, but its subject has no details.
    #[error("no user detail")]
    NoDetail,
    /// Any other problem.
    #[error(transparent)]
    Problem(#[from] Problem),
}

/// The problems of fields.
#[derive(Debug)]
pub struct Invalid(Problems);

impl From<Problems> for IamError {
    fn from(problems: Problems) -> Self {
        Self::Invalid(Box::new(Invalid(problems)))
    }
}

impl From<Error> for IamError {
    fn from(error: Error) -> Self {
        Self::Problem(error.into())
    }
}

impl IamError {
    /// Returns the error of a write, with the keys of the request.
    pub(crate) fn of_write(error: Error, layout: Layout) -> Self {
        let problem = Problem::from(error);
        let problems = problems_of(&problem, layout);
        if problems.is_empty() {
            problem.into()
        } else {
            problems.into()
        }
    }
}

impl ActionError for IamError {
    fn may_precede_caller_check(&self) -> bool {
        self.problem()
            .is_some_and(Problem::may_precede_caller_check)
    }
}

#[derive(Serialize)]
struct Detail<'a> {
    detail: &'a str,
}

#[derive(Serialize)]
struct Coded {
    detail: &'static str,
    code: &'static str,
}

/// The framework's message for a rejected token.
#[derive(Serialize)]
struct BadToken {
    detail: &'static str,
    code: &'static str,
    messages: [TokenMessage; 1],
}

#[derive(Serialize)]
struct TokenMessage {
    token_class: &'static str,
    token_type: &'static str,
    message: &'static str,
}

impl WireError for IamError {
    fn response(&self) -> Response {
        match self {
            Self::Unreadable(message) => detail(StatusCode::BAD_REQUEST, message),
            Self::UnsupportedMediaType(media_type) => {
                let message = format!("Unsupported media type \"{media_type}\" in request.");
                detail(StatusCode::UNSUPPORTED_MEDIA_TYPE, &message)
            }
            Self::Invalid(invalid) => Response::json(StatusCode::BAD_REQUEST, &invalid.0),
            Self::NoDetail => detail(StatusCode::NOT_FOUND, "User detail not found"),
            Self::Problem(problem) => render(problem),
        }
    }

    fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) => Some(problem),
            Self::Unreadable(_)
            | Self::UnsupportedMediaType(_)
            | Self::Invalid(_)
            | Self::NoDetail => None,
        }
    }
}

/// Returns whether an `Accept` header accepts JSON.
pub(crate) fn accepts_json(accept: &str) -> bool {
    accept.split(',').any(|range| {
        let essence = range.split(';').next().unwrap_or_default().trim();
        let is = |known: &str| essence.eq_ignore_ascii_case(known);
        is("application/json") || is("application/*") || is("*/*")
    })
}

fn detail(status: StatusCode, detail: &str) -> Response {
    Response::json(status, &Detail { detail })
}

fn render(problem: &Problem) -> Response {
    let status = problem.status();
    let with_detail = |message: &str| detail(status, message);
    let response = match problem {
        Problem::UnknownPath | Problem::NotFound => with_detail("Not found."),
        Problem::MethodNotAllowed { method, .. } => {
            with_detail(&format!("Method \"{}\" not allowed.", shortened(method)))
        }
        Problem::NotAcceptable => with_detail("Could not satisfy the request Accept header."),
        Problem::Unauthenticated(kind) => unauthenticated(*kind),
        Problem::UnknownCaller => coded("User not found", "user_not_found"),
        Problem::UnsupportedMediaType(reason) => with_detail(&format!("{reason}.")),
        Problem::PreconditionFailed(FailedPrecondition::Changed) => {
            with_detail("The user detail has changed.")
        }
        Problem::PreconditionFailed(_) => with_detail(&format!("{problem}.")),
        Problem::TooLarge(limit) => with_detail(&format!("Request body exceeded {limit} bytes.")),
        Problem::Unreadable => with_detail("The request body could not be read."),
        Problem::TooSlow => with_detail("The request body did not arrive in time."),
        Problem::Malformed(malformed) => with_detail(&malformed.to_string()),
        Problem::Invalid(_) | Problem::Taken(_) | Problem::Managed { .. } => {
            let problems = problems_of(problem, Layout::Nested);
            Response::json(StatusCode::BAD_REQUEST, &problems)
        }
        Problem::Forbidden(notices) if notices.is_empty() => {
            with_detail("You do not have permission to perform this action.")
        }
        Problem::Forbidden(notices) => with_detail(&notices.join(" ")),
        Problem::RateLimited(seconds)
        | Problem::QuotaExceeded {
            retry_after: Some(seconds),
            ..
        } => with_detail(&throttled(*seconds)),
        Problem::QuotaExceeded {
            quota,
            retry_after: None,
        } => {
            let message = quota.to_string();
            let (first, rest) = message.split_at(1);
            with_detail(&format!("{}{rest}.", first.to_ascii_uppercase()))
        }
        Problem::Unavailable(_) => with_detail("Service temporarily unavailable, try again later."),
        Problem::Internal(_) => with_detail("A server error occurred."),
    };
    let response = problem.with_headers(response);
    if let Problem::MethodNotAllowed { allowed, .. } = problem {
        let listed = METHODS.iter().filter(|method| allowed.contains(method));
        let listed: Vec<_> = listed.map(Method::as_str).chain(["OPTIONS"]).collect();
        return response.with_text(header::ALLOW, &listed.join(", "));
    }
    if problem.challenge().is_some() {
        return response.with_text(header::WWW_AUTHENTICATE, CHALLENGE);
    }
    response
}

fn throttled(seconds: u64) -> String {
    let plural = if seconds == 1 { "" } else { "s" };
    format!("Request was throttled. Expected available in {seconds} second{plural}.")
}

fn coded(detail: &'static str, code: &'static str) -> Response {
    Response::json(StatusCode::UNAUTHORIZED, &Coded { detail, code })
}

fn unauthenticated(kind: AuthErrorKind) -> Response {
    let bad_token = |message| {
        let body = BadToken {
            detail: "Given token not valid for any token type",
            code: "token_not_valid",
            messages: [TokenMessage {
                token_class: "AccessToken",
                token_type: "access",
                message,
            }],
        };
        Response::json(StatusCode::UNAUTHORIZED, &body)
    };
    match kind {
        AuthErrorKind::Missing | AuthErrorKind::Unavailable => detail(
            StatusCode::UNAUTHORIZED,
            "Authentication credentials were not provided.",
        ),
        AuthErrorKind::Malformed => coded(
            "Authorization header must contain two space-delimited values",
            "bad_authorization_header",
        ),
        AuthErrorKind::Invalid => bad_token("Token is invalid"),
        AuthErrorKind::NoSubject => coded(
            "Token contained no recognizable user identification",
            "token_not_valid",
        ),
        AuthErrorKind::Expired => bad_token("Token is expired"),
        AuthErrorKind::WrongKind => bad_token("Token has wrong type"),
    }
}

/// Returns the messages of a problem by field.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "no other problem is about fields"
)]
fn problems_of(problem: &Problem, layout: Layout) -> Problems {
    let mut problems = Problems::new(layout);
    match problem {
        Problem::Invalid(violations) => {
            for Violation {
                field,
                message,
                kind,
            } in violations
            {
                let message = match (field, kind) {
                    // A reserved name gets the error of a taken one.
                    (Field::Username, _) => TAKEN.to_owned(),
                    (_, ViolationKind::NotAnImage) => NOT_AN_IMAGE.to_owned(),
                    (Field::Avatar, ViolationKind::Rule) => format!("This file {message}."),
                    (_, ViolationKind::Rule) => format!("This field {message}."),
                };
                problems.add(*field, message);
            }
        }
        Problem::Taken(field) => problems.add(*field, TAKEN),
        Problem::Managed { fields, owner } => {
            for field in fields {
                let message = format!("This field is managed by your {owner} identity provider.");
                problems.add(*field, message);
            }
        }
        _ => {}
    }
    problems
}

/// The framework's message for a file that is not an image.
const NOT_AN_IMAGE: &str =
    "Upload a valid image. The file you uploaded was either not an image or a corrupted image.";

/// The message for a taken or reserved user name.
pub(crate) const TAKEN: &str = "A user with that username already exists.";

#[cfg(test)]
mod tests {
    use super::*;
    use manyface_core::Quota;

    #[test]
    fn a_token_without_a_subject_gets_the_frameworks_response() {
        let response = IamError::Problem(AuthErrorKind::NoSubject.into()).response();
        assert_eq!(response.status, StatusCode::UNAUTHORIZED);
        assert_eq!(response.headers[header::WWW_AUTHENTICATE], CHALLENGE);
        let expected = r#"{"detail":"Token contained no recognizable user identification","code":"token_not_valid"}"#;
        assert_eq!(response.body, expected);
    }

    #[test]
    fn an_exceeded_quota_has_a_delay_or_names_the_quota() {
        let quota = Quota::NewNames;
        let error = |retry_after| IamError::from(Error::QuotaExceeded { quota, retry_after });
        let temporary = error(Some(60)).response();
        assert_eq!(temporary.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(temporary.headers[header::RETRY_AFTER], "60");
        let expected = r#"{"detail":"Request was throttled. Expected available in 60 seconds."}"#;
        assert_eq!(temporary.body, expected);
        let permanent = error(None).response();
        assert_eq!(permanent.status, StatusCode::BAD_REQUEST);
        assert_eq!(permanent.body, r#"{"detail":"Too many new names."}"#);
    }
}
