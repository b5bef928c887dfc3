//! The status, headers and message of every problem.

use super::*;

const INVALID: &str = "Bearer error=\"invalid_token\"";

#[track_caller]
fn check(problem: &Problem, status: u16, message: &str, headers: &[(header::HeaderName, &str)]) {
    assert_eq!(problem.status().as_u16(), status);
    assert_eq!(problem.message(Field::as_str), message);
    let response = problem.with_headers(Response::empty(problem.status()));
    let sent: Vec<_> = response.headers.iter().collect();
    assert_eq!(sent.len(), headers.len(), "{sent:?}");
    for (name, value) in headers {
        assert_eq!(response.headers[name], value);
    }
}

#[test]
fn a_401_has_the_challenge_of_rfc_6750() {
    let challenge = header::WWW_AUTHENTICATE;
    for (kind, message, value) in [
        (AuthErrorKind::Missing, "authentication required", "Bearer"),
        (
            AuthErrorKind::Malformed,
            "malformed Authorization header",
            INVALID,
        ),
        (AuthErrorKind::Invalid, "invalid token", INVALID),
        (AuthErrorKind::NoSubject, "invalid token", INVALID),
        (AuthErrorKind::WrongKind, "invalid token", INVALID),
        (AuthErrorKind::Expired, "token has expired", INVALID),
    ] {
        check(&kind.into(), 401, message, &[(challenge.clone(), value)]);
    }
    let unknown = Problem::from(Error::Unauthenticated);
    check(&unknown, 401, "invalid token", &[(challenge, INVALID)]);
}

#[test]
fn unavailability_and_limits_have_retry_after() {
    let after = header::RETRY_AFTER;
    let secret = Error::Unavailable(Some("password=hunter2".into()));
    for problem in [
        secret.into(),
        AuthErrorKind::Unavailable.into(),
        Problem::Unavailable(None),
    ] {
        check(&problem, 503, "try again later", &[(after.clone(), "1")]);
    }
    let limited = Problem::RateLimited(7);
    let sentence = "too many requests, try again later";
    check(&limited, 429, sentence, &[(after.clone(), "7")]);
    let quota = Quota::UnusedImages;
    let sentence = "too many images that are no longer used";
    let later = Problem::QuotaExceeded {
        quota,
        retry_after: Some(90),
    };
    let message = format!("{sentence}, try again later");
    check(&later, 429, &message, &[(after, "90")]);
    check(&quota.exceeded().into(), 400, sentence, &[]);
}

#[test]
fn other_problems_have_a_status_and_a_message() {
    let method = Problem::MethodNotAllowed {
        method: "PUT".to_owned(),
        allowed: vec![Method::GET, Method::PATCH],
    };
    let allow = [(header::ALLOW, "GET, PATCH")];
    check(&method, 405, "method not allowed", &allow);
    let coding = Problem::UnsupportedMediaType(Unsupported::Coding);
    let message = "Content-Encoding must be identity or absent";
    let identity = [(header::ACCEPT_ENCODING, "identity")];
    check(&coding, 415, message, &identity);
    let violations = vec![
        Violation::new(Field::Bio, "is odd"),
        Violation::new(Field::Country, "is even"),
    ];
    let managed = Problem::Managed {
        fields: vec![Field::GivenName, Field::FamilyName],
        owner: AuthProvider::Oidc,
    };
    for (problem, status, message) in [
        (Problem::UnknownPath, 404, "not found"),
        (Error::NotFound.into(), 404, "not found"),
        (
            Problem::UnsupportedMediaType(Unsupported::Type),
            415,
            "Content-Type must be application/json",
        ),
        (
            Error::VersionMismatch.into(),
            412,
            "the profile has changed",
        ),
        (
            FailedPrecondition::NoStrongTag.into(),
            412,
            "If-Match has no strong entity tag",
        ),
        (
            FailedPrecondition::ForeignTag.into(),
            412,
            "If-Match has no entity tag of this resource",
        ),
        (
            Problem::TooLarge(10),
            413,
            "the body is larger than 10 bytes",
        ),
        (Problem::TooSlow, 408, "the body did not arrive in time"),
        (Problem::Unreadable, 400, "the body could not be read"),
        (
            Problem::Malformed(Malformed::DuplicateKey),
            400,
            "duplicate key in JSON object",
        ),
        (
            Error::Invalid(violations).into(),
            400,
            "bio is odd; country is even",
        ),
        (
            Error::Taken(Field::Username).into(),
            409,
            "username is taken",
        ),
        (
            managed,
            400,
            "managed by your oidc identity provider: given_name, family_name",
        ),
        (Error::Forbidden(vec![]).into(), 403, "forbidden"),
        (
            Error::Forbidden(vec!["not today".into(), "ask".into()]).into(),
            403,
            "not today; ask",
        ),
        (
            Error::Storage("secret".into()).into(),
            500,
            "internal error",
        ),
        (Problem::Internal(None), 500, "internal error"),
    ] {
        check(&problem, status, message, &[]);
    }
}
