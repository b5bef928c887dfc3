//! Failures as Whop writes them: `{"error":{"type":"…","message":"…"}}`.

use http::{StatusCode, header};
use manyface_core::{Denial, Error};
use manyface_dialect::{Malformed, Refusal, Reply, WireError};
use serde::Serialize;

use crate::{face::spelling, version};

/// The types of failures. What has none of its own is a bad request.
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

/// A failure of this dialect.
#[derive(Debug, thiserror::Error)]
pub enum WhopError {
    /// Parameters or fields break their rules; one sentence for each.
    #[error("{}", .0.join("; "))]
    Invalid(Vec<String>),
    /// The version that was asked for is none.
    #[error("unknown Api-Version-Date")]
    UnknownVersion,
    /// The credential is not good for the operation.
    #[error("the credential lacks {0}")]
    MissingScope(&'static str),
    /// An upload's address is not signed by this deployment, or was for another time or file.
    #[error("the address is not signed, or has expired")]
    BadSignature,
    /// There is no such thing, or it is not the caller's.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The server turned the request away.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The core did.
    #[error(transparent)]
    Core(#[from] Error),
}

impl WhopError {
    /// One broken rule.
    pub(crate) fn field(sentence: &str) -> Self {
        Self::Invalid(vec![sentence.to_owned()])
    }
}

/// Every failure.
#[derive(Serialize)]
pub(crate) struct Failure<'a> {
    error: Detail<'a>,
}

/// What is wrong.
#[derive(Serialize)]
struct Detail<'a> {
    r#type: &'static str,
    /// What is wrong, in words for people. Several broken rules are joined by `; `.
    message: &'a str,
}

impl WireError for WhopError {
    fn reply(&self) -> Reply {
        match self {
            Self::Invalid(sentences) => bad(&sentences.join("; ")),
            Self::UnknownVersion => bad(&format!(
                "Unknown Api-Version-Date. Supported versions: {}.",
                version::list()
            )),
            Self::MissingScope(scope) => {
                let message = format!(
                    "You do not have permission to perform this action. Required permission: {scope}"
                );
                let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
                let reply = failure(StatusCode::FORBIDDEN, &message);
                reply.with_text(header::WWW_AUTHENTICATE, &challenge)
            }
            Self::BadSignature => failure(StatusCode::FORBIDDEN, &self.to_string()),
            Self::NotFound(what) => not_found(what),
            Self::Refused(refusal) => refused(refusal),
            Self::Core(error) => core(error),
        }
    }
}

fn failure(status: StatusCode, message: &str) -> Reply {
    let found = TYPES.iter().find(|(known, _)| *known == status);
    let (_, r#type) = *found.unwrap_or(&TYPES[0]);
    let error = Detail { r#type, message };
    Reply::json(status, &Failure { error })
}

fn bad(message: &str) -> Reply {
    failure(StatusCode::BAD_REQUEST, message)
}

fn not_found(what: &str) -> Reply {
    let message = format!("This {what} was not found");
    failure(StatusCode::NOT_FOUND, &message)
}

/// A 401 with the challenge of RFC 6750 §3.
fn unauthorized(message: &str, challenge: &str) -> Reply {
    let reply = failure(StatusCode::UNAUTHORIZED, message);
    reply.with_text(header::WWW_AUTHENTICATE, challenge)
}

fn refused(refusal: &Refusal) -> Reply {
    let status = refusal.status();
    let reply = match refusal {
        Refusal::Unauthenticated(denial) => denied(*denial),
        Refusal::UnknownPath => failure(status, "not found"),
        Refusal::WrongMethod(_) => failure(status, "method not allowed"),
        Refusal::UnsupportedMediaType(reason) => failure(status, &reason.to_string()),
        Refusal::Malformed(Malformed::NotAnObject(_)) => {
            failure(status, "the body must be a JSON object")
        }
        Refusal::TooMany(seconds) => failure(status, &try_again(*seconds)),
        Refusal::TooLarge(_)
        | Refusal::NoStrongTag
        | Refusal::ForeignTag
        | Refusal::Unreadable
        | Refusal::TooSlow
        | Refusal::Malformed(_)
        | Refusal::Overloaded
        | Refusal::Internal => failure(status, &refusal.to_string()),
    };
    refusal.with_headers(reply)
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

fn denied(denial: Denial) -> Reply {
    const INVALID: &str = "Bearer error=\"invalid_token\"";
    match denial {
        // RFC 6750 §3.1: no error code where there was no attempt.
        Denial::Missing => unauthorized("authentication required", "Bearer"),
        Denial::Malformed => unauthorized("malformed Authorization header", INVALID),
        Denial::Invalid | Denial::NoSubject | Denial::WrongKind => {
            unauthorized("invalid credential", INVALID)
        }
        Denial::Expired => unauthorized("the credential has expired", INVALID),
        Denial::Unavailable => failure(StatusCode::SERVICE_UNAVAILABLE, "try again later"),
    }
}

fn core(error: &Error) -> Reply {
    match error {
        Error::Unauthenticated => denied(Denial::Invalid),
        Error::NotFound => not_found("User"),
        Error::Invalid(violations) => {
            let sentences = violations
                .iter()
                .map(|violation| format!("{} {}", spelling(violation.field), violation.message));
            let sentences: Vec<_> = sentences.collect();
            bad(&sentences.join("; "))
        }
        // Not a 409: clients send what got one again.
        Error::Taken(field) => bad(&format!("{} is taken", spelling(*field))),
        Error::Managed { fields, owner } => {
            let names: Vec<_> = fields.iter().map(|field| spelling(*field)).collect();
            let names = names.join(", ");
            bad(&format!(
                "managed by your {owner} identity provider: {names}"
            ))
        }
        Error::Forbidden(notices) if notices.is_empty() => failure(
            StatusCode::FORBIDDEN,
            "You do not have permission to perform this action.",
        ),
        Error::Forbidden(notices) => failure(StatusCode::FORBIDDEN, &notices.join("; ")),
        Error::VersionMismatch => failure(StatusCode::PRECONDITION_FAILED, "the user has changed"),
        Error::QuotaExceeded { quota, retry_after } => {
            let sentence = capitalized(&quota.to_string());
            match retry_after {
                Some(seconds) => {
                    let message = format!("{sentence}. {}", try_again(*seconds));
                    let reply = failure(StatusCode::TOO_MANY_REQUESTS, &message);
                    reply.with_text(header::RETRY_AFTER, &seconds.to_string())
                }
                None => bad(&format!("{sentence}.")),
            }
        }
        Error::Unavailable(_) => {
            let reply = failure(StatusCode::SERVICE_UNAVAILABLE, "try again later");
            reply.with_text(header::RETRY_AFTER, "1")
        }
        Error::Storage(_) => failure(StatusCode::INTERNAL_SERVER_ERROR, "internal error"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;
    use manyface_core::{AuthProvider, Field, Quota, SignedDuration, Timestamp, Violation};
    use manyface_dialect::Unsupported;

    fn check(error: impl Into<WhopError>, status: u16, kind: &str, message: &str) -> Reply {
        let reply = error.into().reply();
        assert_eq!(reply.status.as_u16(), status);
        let expected = serde_json::json!({"error": {"type": kind, "message": message}});
        let body: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(body, expected);
        assert!(reply.body.starts_with(br#"{"error":{"type":""#));
        assert_eq!(reply.headers[header::CONTENT_TYPE], "application/json");
        reply
    }

    #[test]
    fn a_401_challenges_as_rfc_6750_says() {
        let invalid = "Bearer error=\"invalid_token\"";
        for (denial, message, challenge) in [
            (Denial::Missing, "authentication required", "Bearer"),
            (Denial::Malformed, "malformed Authorization header", invalid),
            (Denial::Invalid, "invalid credential", invalid),
            (Denial::NoSubject, "invalid credential", invalid),
            (Denial::WrongKind, "invalid credential", invalid),
            (Denial::Expired, "the credential has expired", invalid),
        ] {
            let reply = check(
                Refusal::Unauthenticated(denial),
                401,
                "unauthorized",
                message,
            );
            assert_eq!(reply.headers[header::WWW_AUTHENTICATE], challenge);
        }
    }

    #[test]
    fn a_missing_scope_is_named() {
        let reply = check(
            WhopError::MissingScope("user:profile:update"),
            403,
            "forbidden",
            "You do not have permission to perform this action. Required permission: \
             user:profile:update",
        );
        assert_eq!(
            reply.headers[header::WWW_AUTHENTICATE],
            "Bearer error=\"insufficient_scope\", scope=\"user:profile:update\""
        );
    }

    #[test]
    fn an_unknown_version_is_told_the_known_ones() {
        let reply = WhopError::UnknownVersion.reply();
        let text = String::from_utf8(reply.body.to_vec()).unwrap();
        let start = r#"{"error":{"type":"bad_request","message":"Unknown Api-Version-Date. "#;
        assert!(text.starts_with(start), "{text}");
        assert!(text.contains("Supported versions: 2025-01-01, 2026-06-08, "));
        assert!(text.ends_with(r#"2026-10-15-1."}}"#));
    }

    #[test]
    fn what_may_pass_says_when_to_come_back() {
        let kind = "service_unavailable";
        let secret = "password=hunter2".into();
        let reply = check(
            Error::Unavailable(Some(secret)),
            503,
            kind,
            "try again later",
        );
        assert_eq!(reply.headers[header::RETRY_AFTER], "1");
        let refusal = Refusal::Unauthenticated(Denial::Unavailable);
        let reply = check(refusal, 503, kind, "try again later");
        assert_eq!(reply.headers[header::RETRY_AFTER], "1");
        let kind = "rate_limit_exceeded";
        let reply = check(Refusal::TooMany(12), 429, kind, "Try again in 12 seconds.");
        assert_eq!(reply.headers[header::RETRY_AFTER], "12");
        check(Refusal::TooMany(1), 429, kind, "Try again in 1 second.");
        let now = Timestamp::UNIX_EPOCH;
        let until = now + SignedDuration::from_secs(90);
        let message = "Too many uploads that are not used yet. Try again in 90 seconds.";
        let reply = check(
            Quota::OpenUploads.exceeded_until(until, now),
            429,
            kind,
            message,
        );
        assert_eq!(reply.headers[header::RETRY_AFTER], "90");
        let message = "Too many accounts that have a profile of this user.";
        check(Quota::Overrides.exceeded(), 400, "bad_request", message);
    }

    #[test]
    fn every_refusal_has_its_status_and_sentence() {
        check(Refusal::UnknownPath, 404, "not_found", "not found");
        let wrong = Refusal::WrongMethod(vec![Method::GET, Method::PATCH]);
        let reply = check(wrong, 405, "method_not_allowed", "method not allowed");
        assert_eq!(reply.headers[header::ALLOW], "GET, PATCH");
        check(
            Refusal::UnsupportedMediaType(Unsupported::Type),
            415,
            "unsupported_media_type",
            "Content-Type must be application/json",
        );
        check(
            Refusal::TooLarge(10),
            413,
            "payload_too_large",
            "the body is larger than 10 bytes",
        );
        check(
            Refusal::TooSlow,
            408,
            "request_timeout",
            "the body did not arrive in time",
        );
        check(
            Refusal::Unreadable,
            400,
            "bad_request",
            "the body could not be read",
        );
        check(
            Refusal::Internal,
            500,
            "internal_server_error",
            "internal error",
        );
    }

    #[test]
    fn every_error_of_the_core_has_its_status_and_sentence() {
        let violation = Violation::new(Field::DisplayName, "is odd");
        let invalid = Error::Invalid(vec![violation]);
        check(invalid, 400, "bad_request", "name is odd");
        check(
            Error::Taken(Field::Username),
            400,
            "bad_request",
            "username is taken",
        );
        let managed = Error::Managed {
            fields: vec![Field::GivenName],
            owner: AuthProvider::Oidc,
        };
        check(
            managed,
            400,
            "bad_request",
            "managed by your oidc identity provider: given_name",
        );
        check(Error::NotFound, 404, "not_found", "This User was not found");
        check(
            Error::Forbidden(vec![]),
            403,
            "forbidden",
            "You do not have permission to perform this action.",
        );
        check(
            Error::Forbidden(vec!["not today".into()]),
            403,
            "forbidden",
            "not today",
        );
        check(
            Error::VersionMismatch,
            412,
            "precondition_failed",
            "the user has changed",
        );
        check(
            Error::Storage("table secret".into()),
            500,
            "internal_server_error",
            "internal error",
        );
    }
}
