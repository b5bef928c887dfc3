//! Failures at paths that are no dialect's.

use http::{HeaderValue, StatusCode, header};
use manyface_dialect::Reply;

/// A failure as a plain JSON object, for paths that are only read.
pub(crate) fn failure(status: u16) -> Reply {
    let (status, text) = match status {
        404 => (StatusCode::NOT_FOUND, "not found"),
        405 => (StatusCode::METHOD_NOT_ALLOWED, "method not allowed"),
        503 => (StatusCode::SERVICE_UNAVAILABLE, "try again later"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "internal error"),
    };
    let mut reply = Reply::empty(status);
    reply.body = format!("{{\"error\":\"{text}\"}}").into();
    let json = HeaderValue::from_static("application/json");
    let reply = reply.with(header::CONTENT_TYPE, json);
    match status {
        StatusCode::METHOD_NOT_ALLOWED => reply.with_text(header::ALLOW, "GET, HEAD"),
        StatusCode::SERVICE_UNAVAILABLE => reply.with_text(header::RETRY_AFTER, "1"),
        _ => reply,
    }
}
