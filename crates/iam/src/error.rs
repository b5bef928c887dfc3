//! Failures as the framework writes them: `{"detail":"…"}`, or an object of the fields.

use http::{HeaderName, Method, StatusCode, header};
use manyface_core::{Denial, Error, Field, Violation};
use manyface_dialect::{Refusal, Reply, WireError};
use serde::Serialize;

use crate::problems::{Layout, Problems, shortened};

/// What every 401 asks for.
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

/// A failure of this dialect.
#[derive(Debug, thiserror::Error)]
pub enum IamError {
    /// The body cannot be read, in one sentence.
    #[error("{0}")]
    Unreadable(String),
    /// The body is of a type that is not read.
    #[error("unsupported media type")]
    UnsupportedMediaType(String),
    /// Fields break their rules.
    #[error("invalid input")]
    Invalid(Box<Invalid>),
    /// The credential is good, but nobody's who has details.
    #[error("no user detail")]
    NoDetail,
    /// The server turned the request away.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The core did.
    #[error(transparent)]
    Core(#[from] Error),
}

/// What is wrong with which fields.
#[derive(Debug)]
pub struct Invalid(Problems);

impl From<Problems> for IamError {
    fn from(problems: Problems) -> Self {
        Self::Invalid(Box::new(Invalid(problems)))
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

/// What the framework says of a token that it does not take.
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
    fn reply(&self) -> Reply {
        match self {
            Self::Unreadable(sentence) => detail(StatusCode::BAD_REQUEST, sentence),
            Self::UnsupportedMediaType(given) => {
                let sentence = format!("Unsupported media type \"{given}\" in request.");
                detail(StatusCode::UNSUPPORTED_MEDIA_TYPE, &sentence)
            }
            Self::Invalid(invalid) => Reply::json(StatusCode::BAD_REQUEST, &invalid.0),
            Self::NoDetail => detail(StatusCode::NOT_FOUND, "User detail not found"),
            Self::Refused(refusal) => refused(refusal),
            Self::Core(error) => core(error),
        }
    }
}

/// The answer to an `Accept` header that has no place for JSON.
pub(crate) fn negotiate(accept: &str) -> Option<Reply> {
    let takes_json = accept.split(',').any(|range| {
        let essence = range.split(';').next().unwrap_or_default().trim();
        let is = |known: &str| essence.eq_ignore_ascii_case(known);
        is("application/json") || is("application/*") || is("*/*")
    });
    (!takes_json).then(|| {
        let sentence = "Could not satisfy the request Accept header.";
        detail(StatusCode::NOT_ACCEPTABLE, sentence)
    })
}

fn detail(status: StatusCode, detail: &str) -> Reply {
    Reply::json(status, &Detail { detail })
}

fn unauthorized(body: &impl Serialize) -> Reply {
    let reply = Reply::json(StatusCode::UNAUTHORIZED, body);
    reply.with_text(header::WWW_AUTHENTICATE, CHALLENGE)
}

fn refused(refusal: &Refusal) -> Reply {
    let status = refusal.status();
    let reply = match refusal {
        Refusal::Unauthenticated(denial) => denied(*denial),
        Refusal::UnknownPath => detail(status, "Not found."),
        Refusal::WrongMethod(_) => detail(status, "Method not allowed."),
        Refusal::UnsupportedMediaType(reason) => detail(status, &format!("{reason}.")),
        Refusal::TooLarge(limit) => {
            let sentence = format!("Request body exceeded {limit} bytes.");
            detail(status, &sentence)
        }
        Refusal::NoStrongTag | Refusal::ForeignTag => detail(status, &format!("{refusal}.")),
        Refusal::Unreadable => detail(status, "The request body could not be read."),
        Refusal::TooSlow => detail(status, "The request body did not arrive in time."),
        Refusal::Malformed(malformed) => detail(status, &malformed.to_string()),
        Refusal::TooMany(seconds) => detail(status, &throttled(*seconds)),
        Refusal::Overloaded => return unavailable(),
        Refusal::Internal => detail(status, "A server error occurred."),
    };
    refusal.with_headers(reply)
}

fn throttled(seconds: u64) -> String {
    let plural = if seconds == 1 { "" } else { "s" };
    format!("Request was throttled. Expected available in {seconds} second{plural}.")
}

/// A 405 names the method that was asked for.
pub(crate) fn wrong_method(method: &str, methods: &[Method]) -> Reply {
    let listed = METHODS.iter().filter(|method| methods.contains(method));
    let listed = listed.map(Method::as_str).chain(["OPTIONS"]);
    let listed: Vec<_> = listed.collect();
    let sentence = format!("Method \"{}\" not allowed.", shortened(method));
    let reply = detail(StatusCode::METHOD_NOT_ALLOWED, &sentence);
    reply.with_text(header::ALLOW, &listed.join(", "))
}

fn denied(denial: Denial) -> Reply {
    let bad_token = |message| {
        unauthorized(&BadToken {
            detail: "Given token not valid for any token type",
            code: "token_not_valid",
            messages: [TokenMessage {
                token_class: "AccessToken",
                token_type: "access",
                message,
            }],
        })
    };
    match denial {
        Denial::Missing => unauthorized(&Detail {
            detail: "Authentication credentials were not provided.",
        }),
        Denial::Malformed => unauthorized(&Coded {
            detail: "Authorization header must contain two space-delimited values",
            code: "bad_authorization_header",
        }),
        Denial::Invalid => bad_token("Token is invalid"),
        Denial::NoSubject => unauthorized(&Coded {
            detail: "Token contained no recognizable user identification",
            code: "token_not_valid",
        }),
        Denial::Expired => bad_token("Token is expired"),
        Denial::WrongKind => bad_token("Token has wrong type"),
        Denial::Unavailable => unavailable(),
    }
}

fn unavailable() -> Reply {
    let sentence = "Service temporarily unavailable, try again later.";
    let reply = detail(StatusCode::SERVICE_UNAVAILABLE, sentence);
    reply.with_text(HeaderName::from_static("retry-after"), "1")
}

fn core(error: &Error) -> Reply {
    match error {
        Error::Unauthenticated => unauthorized(&Coded {
            detail: "User not found",
            code: "user_not_found",
        }),
        Error::NotFound => detail(StatusCode::NOT_FOUND, "Not found."),
        Error::Invalid(_) | Error::Taken(_) | Error::Managed { .. } => {
            let problems =
                problems_of(error, Layout::Nested).unwrap_or(Problems::new(Layout::Nested));
            Reply::json(StatusCode::BAD_REQUEST, &problems)
        }
        Error::Forbidden(notices) if notices.is_empty() => detail(
            StatusCode::FORBIDDEN,
            "You do not have permission to perform this action.",
        ),
        Error::Forbidden(notices) => detail(StatusCode::FORBIDDEN, &notices.join(" ")),
        Error::VersionMismatch => detail(
            StatusCode::PRECONDITION_FAILED,
            "The user detail has changed.",
        ),
        Error::QuotaExceeded {
            retry_after: Some(seconds),
            ..
        } => {
            let reply = detail(StatusCode::TOO_MANY_REQUESTS, &throttled(*seconds));
            reply.with_text(header::RETRY_AFTER, &seconds.to_string())
        }
        Error::QuotaExceeded {
            quota,
            retry_after: None,
        } => {
            let sentence = quota.to_string();
            let (first, rest) = sentence.split_at(1);
            let sentence = format!("{}{rest}.", first.to_ascii_uppercase());
            detail(StatusCode::BAD_REQUEST, &sentence)
        }
        Error::Unavailable(_) => unavailable(),
        Error::Storage(_) => detail(
            StatusCode::INTERNAL_SERVER_ERROR,
            "A server error occurred.",
        ),
    }
}

/// What the core found wrong with fields, where it is that.
pub(crate) fn problems_of(error: &Error, layout: Layout) -> Option<Problems> {
    let mut problems = Problems::new(layout);
    match error {
        Error::Invalid(violations) => {
            for Violation { field, message } in violations {
                // What is reserved is not told from what is taken.
                if *field == Field::Username {
                    problems.add(*field, TAKEN);
                } else if *field == Field::Avatar {
                    problems.add(*field, picture(message));
                } else {
                    problems.add(*field, format!("This field {message}."));
                }
            }
        }
        Error::Taken(field) => problems.add(*field, TAKEN),
        Error::Managed { fields, owner } => {
            for field in fields {
                let sentence = format!("This field is managed by your {owner} identity provider.");
                problems.add(*field, sentence);
            }
        }
        Error::Unauthenticated
        | Error::NotFound
        | Error::Forbidden(_)
        | Error::VersionMismatch
        | Error::QuotaExceeded { .. }
        | Error::Unavailable(_)
        | Error::Storage(_) => return None,
    }
    Some(problems)
}

/// What is said of a file that is no picture. What is wrong with one otherwise, the framework has
/// no words for.
fn picture(message: &str) -> String {
    let is_none = message.starts_with("must be a ");
    if is_none {
        "Upload a valid image. The file you uploaded was either not an image or a corrupted image."
            .to_owned()
    } else {
        format!("This file {message}.")
    }
}

/// What is said of a user name that somebody has, or that nobody may have.
pub(crate) const TAKEN: &str = "A user with that username already exists.";

#[cfg(test)]
mod tests {
    use super::*;
    use manyface_core::Quota;

    #[test]
    fn a_token_without_a_subject_gets_the_frameworks_response() {
        let refusal = Refusal::Unauthenticated(Denial::NoSubject);
        let reply = IamError::from(refusal).reply();
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        assert_eq!(reply.headers[header::WWW_AUTHENTICATE], CHALLENGE);
        let expected = r#"{"detail":"Token contained no recognizable user identification","code":"token_not_valid"}"#;
        assert_eq!(reply.body, expected);
    }

    #[test]
    fn a_quota_says_when_to_try_again_or_what_there_is_too_much_of() {
        let quota = Quota::NewNames;
        let error = |retry_after| IamError::from(Error::QuotaExceeded { quota, retry_after });
        let later = error(Some(60)).reply();
        assert_eq!(later.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(later.headers[header::RETRY_AFTER], "60");
        let expected = r#"{"detail":"Request was throttled. Expected available in 60 seconds."}"#;
        assert_eq!(later.body, expected);
        let never = error(None).reply();
        assert_eq!(never.status, StatusCode::BAD_REQUEST);
        assert_eq!(never.body, r#"{"detail":"Too many new names."}"#);
    }
}
