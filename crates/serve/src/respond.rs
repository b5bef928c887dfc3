//! Conversion of a dialect's responses to actix-web responses.

use actix_web::{
    HttpRequest, HttpResponse,
    body::BoxBody,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use bytes::Bytes;
use manyface_dialect::Response;

use crate::{body_memory::Room, parts::Parts};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
pub(crate) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// Converts a small `response` and adds the common headers.
pub(crate) fn respond(response: Response, request_id: &str) -> HttpResponse {
    let (response, body) = head(response, request_id);
    if body.is_empty() {
        return response;
    }
    response.set_body(BoxBody::new(body))
}

/// Converts `response` to one that is sent in parts and holds `room` until it has been sent.
pub(crate) fn respond_in_parts(
    request: &HttpRequest,
    mut response: Response,
    room: Option<Room>,
    request_id: &str,
) -> HttpResponse {
    let file = response.file.take();
    let (response, body) = head(response, request_id);
    match file {
        Some(file) => response.set_body(Parts::of_file(request, file)),
        None if body.is_empty() => response,
        None => response.set_body(Parts::of_bytes(request, body, room)),
    }
}

/// Converts the status and headers, and returns the body apart.
fn head(response: Response, request_id: &str) -> (HttpResponse, Bytes) {
    let Response {
        status,
        headers,
        body,
        file: _,
        cause: _,
    } = response.within_limit();
    let status =
        StatusCode::from_u16(status.as_u16()).expect("both crates accept the same status codes");
    let mut response = HttpResponse::new(status);
    let target = response.headers_mut();
    for (name, value) in &headers {
        // Both versions of the `http` crate allow the same names and values.
        let name = HeaderName::from_bytes(name.as_str().as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            target.append(name, value);
        }
    }
    target.insert(header::CACHE_CONTROL, NO_STORE);
    target.insert(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    if let Ok(value) = HeaderValue::from_str(request_id) {
        target.insert(REQUEST_ID, value);
    }
    (response, body)
}

/// Returns a plain JSON error, for read-only paths outside dialects.
pub(crate) fn failure(status: u16) -> Response {
    let (status, text) = match status {
        404 => (http::StatusCode::NOT_FOUND, "not found"),
        405 => (http::StatusCode::METHOD_NOT_ALLOWED, "method not allowed"),
        503 => (http::StatusCode::SERVICE_UNAVAILABLE, "try again later"),
        _ => (http::StatusCode::INTERNAL_SERVER_ERROR, "internal error"),
    };
    let mut response = Response::empty(status);
    response.body = format!("{{\"error\":\"{text}\"}}").into();
    let json = http::HeaderValue::from_static("application/json");
    let response = response.with(http::header::CONTENT_TYPE, json);
    match status {
        http::StatusCode::METHOD_NOT_ALLOWED => {
            response.with_text(http::header::ALLOW, "GET, HEAD")
        }
        http::StatusCode::SERVICE_UNAVAILABLE => response.with_text(http::header::RETRY_AFTER, "1"),
        _ => response,
    }
}

/// Returns whether `If-None-Match` matches `tag` (RFC 9110 §13.1.2).
pub(crate) fn matches_tag(request: &HttpRequest, tag: &str) -> bool {
    let known = request.headers().get_all(header::IF_NONE_MATCH);
    known.into_iter().any(|known| {
        let mut known = known.to_str().unwrap_or_default().split(',').map(str::trim);
        known.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
    })
}
