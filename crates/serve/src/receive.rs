//! Conversion of actix-web requests to requests of a dialect.

use std::sync::Arc;

use actix_web::{HttpRequest, http::header};
use bytes::Bytes;
use manyface_core::{AuthError, AuthErrorKind, Caller, Timestamp};
use manyface_dialect::{Credentials, Dialect, Params, Problem, Request};

use crate::Backend;

/// The reasons why a request has no usable bearer token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum HeaderError {
    #[error("the Authorization header is missing")]
    Missing,
    #[error("the scheme of Authorization is not Bearer")]
    OtherScheme,
    #[error("the Authorization header is repeated")]
    Repeated,
    #[error("Authorization is not one scheme and one credential of visible ASCII characters")]
    Malformed,
}

impl From<HeaderError> for AuthError {
    fn from(error: HeaderError) -> Self {
        let (kind, code) = match error {
            HeaderError::Missing => (AuthErrorKind::Missing, "missing"),
            // To the client, another scheme counts as a missing credential.
            HeaderError::OtherScheme => (AuthErrorKind::Missing, "other_scheme"),
            HeaderError::Repeated | HeaderError::Malformed => {
                (AuthErrorKind::Malformed, "malformed")
            }
        };
        Self {
            code,
            reason: (error != HeaderError::Missing).then(|| error.into()),
            ..kind.into()
        }
    }
}

/// Authenticates the caller by the request's bearer token.
pub(crate) async fn authenticate_bearer(
    request: &HttpRequest,
    credentials: Credentials,
    dialect: &Dialect,
    backend: &Backend,
) -> Result<Arc<Caller>, AuthError> {
    let is_optional = match credentials {
        Credentials::Ignored => return Ok(Arc::new(Caller::anonymous())),
        Credentials::Optional => true,
        Credentials::Required => false,
    };
    match bearer(request) {
        Ok(credential) => {
            backend
                .authenticator
                .authenticate(dialect.name, credential)
                .await
        }
        Err(HeaderError::Missing | HeaderError::OtherScheme) if is_optional => {
            Ok(Arc::new(Caller::anonymous()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Rejects a request whose `Accept` header fails `accepts`.
pub(crate) fn check_accept(
    request: &HttpRequest,
    accepts: fn(&str) -> bool,
) -> Result<(), Problem> {
    match request.headers().get(header::ACCEPT) {
        Some(accept) if !accepts(accept.to_str().unwrap_or_default()) => {
            Err(Problem::NotAcceptable)
        }
        Some(_) | None => Ok(()),
    }
}

/// Converts a request, without its body.
pub(crate) fn to_request(
    request: &HttpRequest,
    dialect: &Dialect,
    mount: &Arc<str>,
    caller: Arc<Caller>,
    request_id: &str,
    now: Timestamp,
) -> Request {
    let params = request.match_info().iter();
    let params = params.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Request {
        caller,
        params: params.collect::<Params>(),
        query: request.query_string().to_owned(),
        headers: headers(request, dialect),
        body: Bytes::new(),
        request_id: request_id.to_owned(),
        dialect: dialect.name,
        mount: Arc::clone(mount),
        now,
    }
}

/// Returns the token of `Authorization: Bearer <token>` (RFC 6750 §2.1). The header must appear
/// once. Tokens in the query or in a form are ignored.
fn bearer(request: &HttpRequest) -> Result<&str, HeaderError> {
    let mut values = request.headers().get_all(header::AUTHORIZATION);
    let value = values.next().ok_or(HeaderError::Missing)?;
    if values.next().is_some() {
        return Err(HeaderError::Repeated);
    }
    let value = value.as_bytes();
    if any_byte(value, |byte| !matches!(byte, b' '..=b'~' | b'\t')) {
        return Err(HeaderError::Malformed);
    }
    let space = value.iter().position(|byte| *byte == b' ');
    let (scheme, mut token) = value.split_at(space.unwrap_or(value.len()));
    if !scheme.eq_ignore_ascii_case(b"bearer") {
        return Err(HeaderError::OtherScheme);
    }
    while let [b' ', rest @ ..] | [rest @ .., b' '] = token {
        token = rest;
    }
    if token.is_empty() || any_byte(token, |byte| matches!(byte, b' ' | b'\t' | b',')) {
        return Err(HeaderError::Malformed);
    }
    std::str::from_utf8(token).map_err(|_| HeaderError::Malformed)
}

/// Returns whether one of `bytes` matches. It visits all bytes, because a loop without an early
/// exit over single bytes is vectorised.
fn any_byte(bytes: &[u8], matches: impl Fn(u8) -> bool) -> bool {
    let found = bytes.iter().map(|byte| u8::from(matches(*byte)));
    found.fold(0, |all, one| all | one) != 0
}

/// Returns the headers that the dialect reads, as types of the `http` crate that dialects use.
fn headers(request: &HttpRequest, dialect: &Dialect) -> http::HeaderMap {
    let mut headers = http::HeaderMap::new();
    let own = dialect.headers.iter().chain(dialect.rejected_headers);
    for name in Request::HEADERS.iter().chain(own) {
        for value in request.headers().get_all(name.as_str()) {
            if let Ok(value) = http::HeaderValue::from_bytes(value.as_bytes()) {
                headers.append(name, value);
            }
        }
    }
    headers
}
