//! Failures as the page writes them: `{"code":"…","message":"…","details"?:{…},"notices"?:["…"]}`.

use std::collections::BTreeMap;

use http::{HeaderName, StatusCode, header};
use manyface_core::{AuthProvider, Denial, Error, Violation};
use manyface_dialect::{Refusal, Reply, WireError};
use serde::Serialize;

use crate::face::spelling;

/// A failure of this dialect.
#[derive(Debug, thiserror::Error)]
pub enum TenantError {
    /// `X-Tenant-ID` is missing, stands there twice or is not a UUID.
    #[error("X-Tenant-ID must be one UUID")]
    NoTenant,
    /// `X-Tenant-ID` is not the credential's tenant.
    #[error("the credential and X-Tenant-ID belong to different tenants")]
    TenantMismatch,
    /// The server turned the request away.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The core did.
    #[error(transparent)]
    Core(#[from] Error),
}

/// Every failure.
#[derive(Serialize)]
pub(crate) struct Failure<'a> {
    /// What is wrong, for programs.
    code: &'a str,
    /// What is wrong, in words for people. Several broken rules are joined by `; `.
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Details<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notices: &'a [String],
}

/// What a client may need beside the code.
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

impl WireError for TenantError {
    fn reply(&self) -> Reply {
        match self {
            Self::NoTenant => failure(
                StatusCode::BAD_REQUEST,
                "invalid_tenant_id",
                &self.to_string(),
            ),
            Self::TenantMismatch => {
                failure(StatusCode::FORBIDDEN, "tenant_mismatch", &self.to_string())
            }
            Self::Refused(refusal) => refused(refusal),
            Self::Core(error) => core(error),
        }
    }
}

fn failure(status: StatusCode, code: &str, message: &str) -> Reply {
    Reply::json(
        status,
        &Failure {
            code,
            message,
            details: None,
            notices: &[],
        },
    )
}

fn detailed(code: &str, message: &str, details: Details<'_>) -> Reply {
    Reply::json(
        StatusCode::BAD_REQUEST,
        &Failure {
            code,
            message,
            details: Some(details),
            notices: &[],
        },
    )
}

fn invalid(violations: &[Violation]) -> Reply {
    let violations = violations.iter();
    let violations =
        violations.map(|violation| (spelling(violation.field), violation.message.as_str()));
    let violations: Vec<_> = violations.collect();
    let sentences = violations
        .iter()
        .map(|(field, rule)| format!("{field} {rule}"));
    let message = sentences.collect::<Vec<_>>().join("; ");
    let details = Details::Invalid(violations.into_iter().collect());
    detailed("invalid_input", &message, details)
}

/// A 401 with the challenge of RFC 6750 §3.
fn unauthenticated(message: &str, challenge: &str) -> Reply {
    let reply = failure(StatusCode::UNAUTHORIZED, "unauthenticated", message);
    reply.with_text(header::WWW_AUTHENTICATE, challenge)
}

fn refused(refusal: &Refusal) -> Reply {
    let (status, sentence) = (refusal.status(), refusal.to_string());
    let reply = match refusal {
        Refusal::Unauthenticated(denial) => denied(*denial),
        Refusal::UnknownPath => failure(status, "not_found", &sentence),
        Refusal::WrongMethod(_) => failure(status, "method_not_allowed", &sentence),
        Refusal::UnsupportedMediaType(_) => failure(status, "unsupported_media_type", &sentence),
        Refusal::NoStrongTag | Refusal::ForeignTag => {
            failure(status, "precondition_failed", &sentence)
        }
        Refusal::TooLarge(_) => failure(status, "payload_too_large", &sentence),
        Refusal::Unreadable | Refusal::Malformed(_) => failure(status, "malformed_body", &sentence),
        Refusal::TooSlow => failure(status, "request_timeout", &sentence),
        Refusal::TooMany(_) => {
            failure(status, "rate_limited", "too many requests, try again later")
        }
        Refusal::Overloaded => failure(status, "unavailable", &sentence),
        Refusal::Internal => failure(status, "internal_error", &sentence),
    };
    refusal.with_headers(reply)
}

fn denied(denial: Denial) -> Reply {
    const INVALID: &str = "Bearer error=\"invalid_token\"";
    match denial {
        // RFC 6750 §3.1: no error code where there was no attempt.
        Denial::Missing => unauthenticated("authentication required", "Bearer"),
        Denial::Malformed => unauthenticated("malformed Authorization header", INVALID),
        Denial::Invalid | Denial::NoSubject | Denial::WrongKind => {
            unauthenticated("invalid token", INVALID)
        }
        Denial::Expired => unauthenticated("token has expired", INVALID),
        Denial::Unavailable => unavailable(),
    }
}

fn unavailable() -> Reply {
    let status = StatusCode::SERVICE_UNAVAILABLE;
    let reply = failure(status, "unavailable", "try again later");
    reply.with_text(HeaderName::from_static("retry-after"), "1")
}

fn core(error: &Error) -> Reply {
    match error {
        Error::Unauthenticated => denied(Denial::Invalid),
        Error::NotFound => failure(StatusCode::NOT_FOUND, "not_found", "not found"),
        Error::Invalid(violations) => invalid(violations),
        Error::Taken(field) => {
            let sentence = format!("{} is taken", spelling(*field));
            failure(StatusCode::CONFLICT, "conflict", &sentence)
        }
        Error::Managed { fields, owner } => {
            let managed_fields: Vec<_> = fields.iter().map(|field| spelling(*field)).collect();
            let names = managed_fields.join(", ");
            let message = format!("managed by your {owner} identity provider: {names}");
            let details = Details::Managed {
                managed_fields,
                auth_provider: *owner,
            };
            detailed("managed_fields", &message, details)
        }
        Error::Forbidden(notices) => Reply::json(
            StatusCode::FORBIDDEN,
            &Failure {
                code: "forbidden",
                message: "not allowed",
                details: None,
                notices,
            },
        ),
        Error::VersionMismatch => failure(
            StatusCode::PRECONDITION_FAILED,
            "precondition_failed",
            "the profile has changed",
        ),
        Error::QuotaExceeded {
            quota,
            retry_after: Some(seconds),
        } => {
            let sentence = format!("{quota}, try again later");
            let reply = failure(StatusCode::TOO_MANY_REQUESTS, "rate_limited", &sentence);
            reply.with_text(header::RETRY_AFTER, &seconds.to_string())
        }
        Error::QuotaExceeded {
            quota,
            retry_after: None,
        } => failure(StatusCode::BAD_REQUEST, "invalid_input", &quota.to_string()),
        Error::Unavailable(_) => unavailable(),
        Error::Storage(_) => failure(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_error",
            "internal error",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;
    use manyface_core::{Field, Violation};
    use manyface_dialect::Malformed;
    use manyface_dialect::Unsupported;

    fn check(error: impl Into<TenantError>, status: u16, body: &str) -> Reply {
        let reply = error.into().reply();
        assert_eq!(reply.status.as_u16(), status);
        assert_eq!(String::from_utf8_lossy(&reply.body), body);
        assert_eq!(reply.headers[header::CONTENT_TYPE], "application/json");
        reply
    }

    fn check_plain(error: impl Into<TenantError>, status: u16, code: &str, message: &str) -> Reply {
        let body = format!(r#"{{"code":"{code}","message":"{message}"}}"#);
        check(error, status, &body)
    }

    #[test]
    fn a_401_challenges_as_rfc_6750_says() {
        let invalid = "Bearer error=\"invalid_token\"";
        for (denial, message, challenge) in [
            (Denial::Missing, "authentication required", "Bearer"),
            (Denial::Malformed, "malformed Authorization header", invalid),
            (Denial::Invalid, "invalid token", invalid),
            (Denial::NoSubject, "invalid token", invalid),
            (Denial::WrongKind, "invalid token", invalid),
            (Denial::Expired, "token has expired", invalid),
        ] {
            let refusal = Refusal::Unauthenticated(denial);
            let reply = check_plain(refusal, 401, "unauthenticated", message);
            assert_eq!(reply.headers[header::WWW_AUTHENTICATE], challenge);
        }
        let reply = check_plain(
            Error::Unauthenticated,
            401,
            "unauthenticated",
            "invalid token",
        );
        assert_eq!(reply.headers[header::WWW_AUTHENTICATE], invalid);
    }

    #[test]
    fn what_may_pass_says_when_to_come_back() {
        let secret = Error::Unavailable(Some("password=hunter2".into()));
        let denial = Refusal::Unauthenticated(Denial::Unavailable);
        for error in [TenantError::from(secret), denial.into()] {
            let reply = check_plain(error, 503, "unavailable", "try again later");
            assert_eq!(reply.headers[header::RETRY_AFTER], "1");
        }
    }

    #[test]
    fn every_refusal_has_its_status_and_code() {
        let methods = vec![Method::GET, Method::PUT];
        check_plain(Refusal::UnknownPath, 404, "not_found", "no such path");
        let wrong = Refusal::WrongMethod(methods);
        let reply = check_plain(wrong, 405, "method_not_allowed", "method not allowed");
        assert_eq!(reply.headers[header::ALLOW], "GET, PUT");
        let duplicate = Refusal::Malformed(Malformed::DuplicateKey);
        for (refusal, status, code, message) in [
            (
                Refusal::UnsupportedMediaType(Unsupported::Type),
                415,
                "unsupported_media_type",
                "Content-Type must be application/json",
            ),
            (
                Refusal::TooLarge(10),
                413,
                "payload_too_large",
                "the body is larger than 10 bytes",
            ),
            (
                Refusal::TooSlow,
                408,
                "request_timeout",
                "the body did not arrive in time",
            ),
            (
                Refusal::Unreadable,
                400,
                "malformed_body",
                "the body could not be read",
            ),
            (
                duplicate,
                400,
                "malformed_body",
                "duplicate key in JSON object",
            ),
            (Refusal::Internal, 500, "internal_error", "internal error"),
        ] {
            check_plain(refusal, status, code, message);
        }
    }

    #[test]
    fn every_error_of_the_core_has_its_status_and_code() {
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
        check_plain(Error::Forbidden(vec![]), 403, "forbidden", "not allowed");
        check(
            Error::Forbidden(vec!["Not today.".to_owned(), "Ask HR.".to_owned()]),
            403,
            r#"{"code":"forbidden","message":"not allowed","notices":["Not today.","Ask HR."]}"#,
        );
        check_plain(
            Error::VersionMismatch,
            412,
            "precondition_failed",
            "the profile has changed",
        );
        check_plain(
            Error::Taken(Field::Username),
            409,
            "conflict",
            "username is taken",
        );
        let secret = Error::Storage("table secret".into());
        check_plain(secret, 500, "internal_error", "internal error");
    }

    #[test]
    fn a_tenant_is_refused_in_two_ways() {
        check_plain(
            TenantError::NoTenant,
            400,
            "invalid_tenant_id",
            "X-Tenant-ID must be one UUID",
        );
        check_plain(
            TenantError::TenantMismatch,
            403,
            "tenant_mismatch",
            "the credential and X-Tenant-ID belong to different tenants",
        );
    }
}
