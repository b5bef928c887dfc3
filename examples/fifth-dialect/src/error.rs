//! Failures as RFC 6750 writes them: `{"error":"…","error_description":"…"}`.

use http::{StatusCode, header};
use manyface_core::{Denial, Error};
use manyface_dialect::{Refusal, Reply, WireError};
use serde::Serialize;

use crate::face::spelling;

/// A failure of this dialect.
#[derive(Debug, thiserror::Error)]
pub enum UserinfoError {
    /// The server turned the request away.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The core did.
    #[error(transparent)]
    Core(#[from] Error),
}

/// The body of every failure.
#[derive(Serialize)]
pub(crate) struct Failure<'a> {
    /// What kind of failure it is.
    error: &'a str,
    /// A sentence for people.
    error_description: &'a str,
}

impl WireError for UserinfoError {
    fn reply(&self) -> Reply {
        match self {
            Self::Refused(refusal) => refused(refusal),
            Self::Core(error) => core(error),
        }
    }
}

fn failure(status: StatusCode, error: &str, error_description: &str) -> Reply {
    Reply::json(
        status,
        &Failure {
            error,
            error_description,
        },
    )
}

fn invalid(sentence: &str) -> Reply {
    failure(StatusCode::BAD_REQUEST, "invalid_request", sentence)
}

fn refused(refusal: &Refusal) -> Reply {
    let (status, sentence) = (refusal.status(), refusal.to_string());
    let reply = match refusal {
        Refusal::Unauthenticated(denial) => return denied(*denial),
        Refusal::Internal => failure(status, "server_error", &sentence),
        Refusal::Overloaded | Refusal::TooMany(_) => {
            failure(status, "temporarily_unavailable", &sentence)
        }
        Refusal::UnknownPath
        | Refusal::WrongMethod(_)
        | Refusal::UnsupportedMediaType(_)
        | Refusal::NoStrongTag
        | Refusal::ForeignTag
        | Refusal::TooLarge(_)
        | Refusal::Unreadable
        | Refusal::TooSlow
        | Refusal::Malformed(_) => failure(status, "invalid_request", &sentence),
    };
    refusal.with_headers(reply)
}

/// RFC 6750 §3.1: no error code where there was no attempt.
fn denied(denial: Denial) -> Reply {
    let challenge = match denial {
        Denial::Unavailable => return unavailable(),
        Denial::Missing => "Bearer",
        Denial::Malformed
        | Denial::Invalid
        | Denial::NoSubject
        | Denial::WrongKind
        | Denial::Expired => "Bearer error=\"invalid_token\"",
    };
    let reply = failure(
        StatusCode::UNAUTHORIZED,
        "invalid_token",
        &denial.to_string(),
    );
    reply.with_text(header::WWW_AUTHENTICATE, challenge)
}

fn unavailable() -> Reply {
    let status = StatusCode::SERVICE_UNAVAILABLE;
    let reply = failure(status, "temporarily_unavailable", "try again later");
    reply.with_text(header::RETRY_AFTER, "1")
}

fn core(error: &Error) -> Reply {
    match error {
        Error::Unauthenticated => denied(Denial::Invalid),
        Error::NotFound => failure(StatusCode::NOT_FOUND, "invalid_request", "not found"),
        Error::Invalid(violations) => {
            let sentences = violations
                .iter()
                .map(|violation| format!("{} {}", spelling(violation.field), violation.message));
            invalid(&sentences.collect::<Vec<_>>().join("; "))
        }
        Error::Taken(field) => {
            let sentence = format!("{} is taken", spelling(*field));
            failure(StatusCode::CONFLICT, "invalid_request", &sentence)
        }
        Error::Managed { fields, owner } => {
            let names: Vec<_> = fields.iter().map(|field| spelling(*field)).collect();
            let names = names.join(", ");
            invalid(&format!(
                "managed by your {owner} identity provider: {names}"
            ))
        }
        Error::Forbidden(notices) => {
            let sentence = if notices.is_empty() {
                "forbidden".to_owned()
            } else {
                notices.join("; ")
            };
            failure(StatusCode::FORBIDDEN, "access_denied", &sentence)
        }
        Error::VersionMismatch => failure(
            StatusCode::PRECONDITION_FAILED,
            "invalid_request",
            "the claims have changed",
        ),
        Error::QuotaExceeded {
            quota,
            retry_after: Some(seconds),
        } => {
            let reply = failure(
                StatusCode::TOO_MANY_REQUESTS,
                "temporarily_unavailable",
                &quota.to_string(),
            );
            reply.with_text(header::RETRY_AFTER, &seconds.to_string())
        }
        Error::QuotaExceeded {
            quota,
            retry_after: None,
        } => failure(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            &quota.to_string(),
        ),
        Error::Unavailable(_) => unavailable(),
        Error::Storage(_) => failure(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            "internal error",
        ),
    }
}
