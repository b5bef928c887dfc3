//! From actix-web's request to a dialect's call.

use actix_web::{
    HttpRequest,
    http::{Version, header},
    web,
};
use bytes::Bytes;
use manyface_core::Denial;
use manyface_dialect::{Call, Dialect, Params, Refusal};

use crate::Backend;

/// Checks the credentials, then takes in the body, which may have `body_limit` bytes.
pub(crate) async fn receive(
    request: &HttpRequest,
    payload: web::Payload,
    body_limit: usize,
    dialect: &Dialect,
    backend: &Backend,
    request_id: &str,
) -> Result<Call, Refusal> {
    let credential = bearer(request).map_err(Refusal::Unauthenticated)?;
    let caller = backend
        .authenticator
        .authenticate(dialect.name, credential)
        .await
        .map_err(Refusal::Unauthenticated)?;
    let body = read(request, payload, body_limit, backend).await?;
    let params = request.match_info().iter();
    let params = params.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok(Call {
        caller,
        params: params.collect::<Params>(),
        query: request.query_string().to_owned(),
        headers: headers(request, dialect),
        body,
        request_id: request_id.to_owned(),
    })
}

/// The token of `Authorization: Bearer <token>` (RFC 6750 §2.1), which must stand there once. A
/// token in the query or in a form is never taken.
fn bearer(request: &HttpRequest) -> Result<&str, Denial> {
    let mut values = request.headers().get_all(header::AUTHORIZATION);
    let value = values.next().ok_or(Denial::Missing)?;
    if values.next().is_some() {
        return Err(Denial::Malformed);
    }
    let value = value.to_str().map_err(|_| Denial::Malformed)?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        // Another scheme is no attempt to use this one.
        return Err(Denial::Missing);
    }
    let token = token.trim_matches(' ');
    if token.is_empty()
        || token
            .bytes()
            .any(|byte| matches!(byte, b' ' | b'\t' | b','))
    {
        return Err(Denial::Malformed);
    }
    Ok(token)
}

async fn read(
    request: &HttpRequest,
    payload: web::Payload,
    limit: usize,
    backend: &Backend,
) -> Result<Bytes, Refusal> {
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(Refusal::TooLarge(limit));
    }
    // Without either header, a request of HTTP/1 has no body (RFC 9112 §6.3); in HTTP/2 it may.
    let is_framed = announced.is_some()
        || request.headers().contains_key(header::TRANSFER_ENCODING)
        || request.version() >= Version::HTTP_2;
    if announced == Some(0) || !is_framed {
        return Ok(Bytes::new());
    }
    let arrival = tokio::time::timeout(backend.body_timeout, payload.to_bytes_limited(limit));
    match arrival.await {
        Err(_) => Err(Refusal::TooSlow),
        Ok(Err(_)) => Err(Refusal::TooLarge(limit)),
        Ok(Ok(Err(_))) => Err(Refusal::Unreadable),
        Ok(Ok(Ok(body))) => Ok(body),
    }
}

/// The headers that the dialect reads, in the version of the `http` crate that dialects speak.
fn headers(request: &HttpRequest, dialect: &Dialect) -> http::HeaderMap {
    let mut headers = http::HeaderMap::new();
    for name in Call::HEADERS.iter().chain(dialect.headers) {
        for value in request.headers().get_all(name.as_str()) {
            if let Ok(value) = http::HeaderValue::from_bytes(value.as_bytes()) {
                headers.append(name, value);
            }
        }
    }
    headers
}
