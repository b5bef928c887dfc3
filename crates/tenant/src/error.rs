//! Errors in the contract's format: `{"code":"…","message":"…","details"?:{…},"notices"?:["…"]}`.

use std::collections::BTreeMap;

use http::StatusCode;
use manyface_core::{AuthProvider, Error};
use manyface_dialect::{Problem, Response, WireError};
use serde::Serialize;

use crate::view::spelling;

/// An error of this dialect.
#[derive(Debug, thiserror::Error)]
pub enum TenantError {
    /// `X-Tenant-ID` is missing, repeated or not a UUID.
    #[error("X-Tenant-ID must be one UUID")]
    NoTenant,
    /// `X-Tenant-ID` is not the credential's tenant.
    #[error("the credential and X-Tenant-ID belong to different tenants")]
    TenantMismatch,
    /// Any other problem.
    #[error(transparent)]
    Problem(#[from] Problem),
}

/// The body of an error response.
#[derive(Serialize)]
pub(crate) struct Failure<'a> {
    /// The error code.
    code: &'a str,
    /// The message, with several errors joined by `; `.
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Details<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notices: &'a [String],
}

/// Structured data about the error.
#[derive(Serialize)]
#[serde(untagged)]
enum Details<'a> {
    /// The rule that each field breaks.
    Invalid(BTreeMap<&'a str, &'a str>),
    /// The fields that the user's identity provider owns.
    Managed {
        managed_fields: Vec<&'a str>,
        auth_provider: AuthProvider,
    },
}

impl From<Error> for TenantError {
    fn from(error: Error) -> Self {
        Self::Problem(error.into())
    }
}

impl WireError for TenantError {
    fn response(&self) -> Response {
        match self {
            Self::NoTenant => plain(
                StatusCode::BAD_REQUEST,
                "invalid_tenant_id",
                &self.to_string(),
            ),
            Self::TenantMismatch => {
                plain(StatusCode::FORBIDDEN, "tenant_mismatch", &self.to_string())
            }
            Self::Problem(problem) => render(problem),
        }
    }

    fn problem(&self) -> Option<&Problem> {
        match self {
            Self::NoTenant | Self::TenantMismatch => None,
            Self::Problem(problem) => Some(problem),
        }
    }
}

fn plain(status: StatusCode, code: &str, message: &str) -> Response {
    let failure = Failure {
        code,
        message,
        details: None,
        notices: &[],
    };
    Response::json(status, &failure)
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "all other problems have a message only"
)]
fn render(problem: &Problem) -> Response {
    let text = problem.message(spelling);
    let (message, details, notices) = match problem {
        Problem::UnknownPath => ("no such path", None, &[][..]),
        Problem::Forbidden(notices) => ("not allowed", None, notices.as_slice()),
        Problem::Invalid(violations) => {
            let rules = violations.iter();
            let rules = rules.map(|broken| (spelling(broken.field), broken.message.as_str()));
            let details = Details::Invalid(rules.collect());
            (text.as_str(), Some(details), &[][..])
        }
        Problem::Managed { fields, owner } => {
            let details = Details::Managed {
                managed_fields: fields.iter().map(|field| spelling(*field)).collect(),
                auth_provider: *owner,
            };
            (text.as_str(), Some(details), &[][..])
        }
        _ => (text.as_str(), None, &[][..]),
    };
    let failure = Failure {
        code: code(problem),
        message,
        details,
        notices,
    };
    problem.with_headers(Response::json(problem.status(), &failure))
}

/// Returns the machine-readable error code.
fn code(problem: &Problem) -> &'static str {
    match problem {
        Problem::UnknownPath | Problem::NotFound => "not_found",
        Problem::MethodNotAllowed { .. } => "method_not_allowed",
        Problem::NotAcceptable => "not_acceptable",
        Problem::Unauthenticated(_) | Problem::UnknownCaller => "unauthenticated",
        Problem::UnsupportedMediaType(_) => "unsupported_media_type",
        Problem::PreconditionFailed(_) => "precondition_failed",
        Problem::TooLarge(_) => "payload_too_large",
        Problem::Unreadable | Problem::Malformed(_) => "malformed_body",
        Problem::TooSlow => "request_timeout",
        Problem::Invalid(_)
        | Problem::QuotaExceeded {
            retry_after: None, ..
        } => "invalid_input",
        Problem::Taken(_) => "conflict",
        Problem::Managed { .. } => "managed_fields",
        Problem::Forbidden(_) => "forbidden",
        Problem::RateLimited(_)
        | Problem::QuotaExceeded {
            retry_after: Some(_),
            ..
        } => "rate_limited",
        Problem::Unavailable(_) => "unavailable",
        Problem::Internal(_) => "internal_error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header;
    use manyface_core::{AuthErrorKind, Field, Violation};

    #[track_caller]
    fn check(error: impl Into<TenantError>, status: u16, body: &str) -> Response {
        let response = error.into().response();
        assert_eq!(response.status.as_u16(), status);
        assert_eq!(String::from_utf8_lossy(&response.body), body);
        assert_eq!(response.headers[header::CONTENT_TYPE], "application/json");
        response
    }

    #[test]
    fn a_problem_has_its_status_headers_code_and_message() {
        let unknown = r#"{"code":"not_found","message":"no such path"}"#;
        check(Problem::UnknownPath, 404, unknown);
        let missing = r#"{"code":"unauthenticated","message":"authentication required"}"#;
        let response = check(Problem::from(AuthErrorKind::Missing), 401, missing);
        assert_eq!(response.headers[header::WWW_AUTHENTICATE], "Bearer");
    }

    #[test]
    fn details_name_the_fields() {
        check(
            Error::Invalid(vec![
                Violation::new(Field::Avatar, "is odd"),
                Violation::new(Field::GivenName, "is even"),
            ]),
            400,
            concat!(
                r#"{"code":"invalid_input","message":"avatar_base64 is odd; first_name is even","#,
                r#""details":{"avatar_base64":"is odd","first_name":"is even"}}"#,
            ),
        );
        check(
            Error::Managed {
                fields: vec![Field::GivenName, Field::FamilyName],
                owner: AuthProvider::Oidc,
            },
            400,
            concat!(
                r#"{"code":"managed_fields","#,
                r#""message":"managed by your oidc identity provider: first_name, last_name","#,
                r#""details":{"managed_fields":["first_name","last_name"],"auth_provider":"oidc"}}"#,
            ),
        );
    }

    #[test]
    fn notices_have_their_own_key() {
        let without = r#"{"code":"forbidden","message":"not allowed"}"#;
        check(Error::Forbidden(vec![]), 403, without);
        check(
            Error::Forbidden(vec!["Not today.".to_owned(), "Ask HR.".to_owned()]),
            403,
            r#"{"code":"forbidden","message":"not allowed","notices":["Not today.","Ask HR."]}"#,
        );
    }
}
