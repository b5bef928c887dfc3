//! Failures as MovieKnight writes them: `{"ok":false,"error":"…"}`.

use http::{HeaderName, StatusCode, header};
use manyface_core::{Denial, Error};
use manyface_dialect::{Malformed, Refusal, Reply, WireError};
use serde::Serialize;

use crate::face::spelling;

/// A failure of this dialect.
#[derive(Debug, thiserror::Error)]
pub enum MovieknightError {
    /// The body has none of the fields that can be changed.
    #[error("at least one of bio, name, avatarUrl, countryCode is required")]
    NoRecognisedField,
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
    /// Always false.
    ok: bool,
    /// What is wrong, in words for people. Several broken rules are joined by `; `.
    error: &'a str,
}

impl WireError for MovieknightError {
    fn reply(&self) -> Reply {
        match self {
            Self::NoRecognisedField => failure(StatusCode::BAD_REQUEST, &self.to_string()),
            Self::Refused(refusal) => refused(refusal),
            Self::Core(error) => core(error),
        }
    }
}

fn failure(status: StatusCode, error: &str) -> Reply {
    Reply::json(status, &Failure { ok: false, error })
}

/// A 401 with the challenge of RFC 6750 §3.
fn unauthorized(error: &str, challenge: &str) -> Reply {
    let reply = failure(StatusCode::UNAUTHORIZED, error);
    reply.with_text(header::WWW_AUTHENTICATE, challenge)
}

fn refused(refusal: &Refusal) -> Reply {
    let status = refusal.status();
    let reply = match refusal {
        Refusal::Unauthenticated(denial) => denied(*denial),
        Refusal::UnknownPath => failure(status, "not found"),
        Refusal::WrongMethod(_) => failure(status, "method not allowed"),
        Refusal::UnsupportedMediaType(reason) => failure(status, &reason.to_string()),
        Refusal::TooMany(_) => failure(status, "too many requests, try again later"),
        Refusal::Malformed(Malformed::NotAnObject(_)) => {
            failure(status, "the body must be a JSON object")
        }
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

fn denied(denial: Denial) -> Reply {
    const INVALID: &str = "Bearer error=\"invalid_token\"";
    match denial {
        // RFC 6750 §3.1: no error code where there was no attempt.
        Denial::Missing => unauthorized("authentication required", "Bearer"),
        Denial::Malformed => unauthorized("malformed Authorization header", INVALID),
        Denial::Invalid | Denial::NoSubject | Denial::WrongKind => {
            unauthorized("invalid token", INVALID)
        }
        Denial::Expired => unauthorized("token has expired", INVALID),
        Denial::Unavailable => failure(StatusCode::SERVICE_UNAVAILABLE, "try again later"),
    }
}

fn core(error: &Error) -> Reply {
    match error {
        Error::Unauthenticated => denied(Denial::Invalid),
        Error::NotFound => failure(StatusCode::NOT_FOUND, "not found"),
        Error::Invalid(violations) => {
            let sentences = violations
                .iter()
                .map(|violation| format!("{} {}", spelling(violation.field), violation.message));
            let sentences: Vec<_> = sentences.collect();
            failure(StatusCode::BAD_REQUEST, &sentences.join("; "))
        }
        Error::Taken(field) => {
            let sentence = format!("{} is taken", spelling(*field));
            failure(StatusCode::CONFLICT, &sentence)
        }
        Error::Managed { fields, owner } => {
            let names: Vec<_> = fields.iter().map(|field| spelling(*field)).collect();
            let names = names.join(", ");
            let sentence = format!("managed by your {owner} identity provider: {names}");
            failure(StatusCode::BAD_REQUEST, &sentence)
        }
        Error::Forbidden(notices) if notices.is_empty() => {
            failure(StatusCode::FORBIDDEN, "forbidden")
        }
        Error::Forbidden(notices) => failure(StatusCode::FORBIDDEN, &notices.join("; ")),
        Error::VersionMismatch => {
            failure(StatusCode::PRECONDITION_FAILED, "the profile has changed")
        }
        Error::QuotaExceeded {
            quota,
            retry_after: Some(seconds),
        } => {
            let sentence = format!("{quota}, try again later");
            let reply = failure(StatusCode::TOO_MANY_REQUESTS, &sentence);
            reply.with_text(header::RETRY_AFTER, &seconds.to_string())
        }
        Error::QuotaExceeded {
            quota,
            retry_after: None,
        } => failure(StatusCode::BAD_REQUEST, &quota.to_string()),
        Error::Unavailable(_) => {
            let reply = failure(StatusCode::SERVICE_UNAVAILABLE, "try again later");
            reply.with_text(HeaderName::from_static("retry-after"), "1")
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

    fn check(error: impl Into<MovieknightError>, status: u16, message: &str) -> Reply {
        let reply = error.into().reply();
        assert_eq!(reply.status.as_u16(), status);
        let expected = serde_json::json!({"ok": false, "error": message});
        let body: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(body, expected);
        assert!(reply.body.starts_with(br#"{"ok":false,"error":"#));
        assert_eq!(reply.headers[header::CONTENT_TYPE], "application/json");
        reply
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
            let reply = check(Refusal::Unauthenticated(denial), 401, message);
            assert_eq!(reply.headers[header::WWW_AUTHENTICATE], challenge);
        }
        let reply = check(Error::Unauthenticated, 401, "invalid token");
        assert_eq!(reply.headers[header::WWW_AUTHENTICATE], invalid);
    }

    #[test]
    fn what_may_pass_says_when_to_come_back() {
        let secret = "password=hunter2".into();
        let reply = check(Error::Unavailable(Some(secret)), 503, "try again later");
        assert_eq!(reply.headers[header::RETRY_AFTER], "1");
        let unavailable = Refusal::Unauthenticated(Denial::Unavailable);
        for refusal in [unavailable, Refusal::Overloaded] {
            let reply = check(refusal, 503, "try again later");
            assert_eq!(reply.headers[header::RETRY_AFTER], "1");
        }
    }

    #[test]
    fn every_refusal_has_its_status_and_sentence() {
        check(Refusal::UnknownPath, 404, "not found");
        let reply = check(
            Refusal::WrongMethod(vec![Method::GET, Method::PATCH]),
            405,
            "method not allowed",
        );
        assert_eq!(reply.headers[header::ALLOW], "GET, PATCH");
        check(
            Refusal::UnsupportedMediaType(Unsupported::Type),
            415,
            "Content-Type must be application/json",
        );
        check(
            Refusal::TooLarge(10),
            413,
            "the body is larger than 10 bytes",
        );
        check(Refusal::TooSlow, 408, "the body did not arrive in time");
        check(Refusal::Unreadable, 400, "the body could not be read");
        check(Refusal::Internal, 500, "internal error");
        check(
            Refusal::Malformed(Malformed::DuplicateKey),
            400,
            "duplicate key in JSON object",
        );
    }

    #[test]
    fn every_error_of_the_core_has_its_status_and_sentence() {
        let violation = Violation::new(Field::DisplayName, "is odd");
        check(Error::Invalid(vec![violation]), 400, "name is odd");
        check(Error::Taken(Field::Username), 409, "username is taken");
        let managed = Error::Managed {
            fields: vec![Field::GivenName],
            owner: AuthProvider::Oidc,
        };
        check(
            managed,
            400,
            "managed by your oidc identity provider: given_name",
        );
        check(Error::Forbidden(vec![]), 403, "forbidden");
        check(Error::Forbidden(vec!["not today".into()]), 403, "not today");
        check(Error::VersionMismatch, 412, "the profile has changed");
        check(Error::Storage("table secret".into()), 500, "internal error");
    }

    #[test]
    fn a_quota_says_when_to_come_back_if_time_helps() {
        let quota = Quota::UnusedImages;
        let sentence = "too many images that are no longer used";
        let now = Timestamp::UNIX_EPOCH;
        let until = now + SignedDuration::from_secs(90);
        let later = format!("{sentence}, try again later");
        let reply = check(quota.exceeded_until(until, now), 429, &later);
        assert_eq!(reply.headers[header::RETRY_AFTER], "90");
        check(quota.exceeded(), 400, sentence);
    }
}
