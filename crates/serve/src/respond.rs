//! From a dialect's reply to actix-web's response.

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use manyface_dialect::Reply;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// Sends `reply` with the headers that every response has.
pub(crate) fn respond(reply: Reply, request_id: &str) -> HttpResponse {
    let Reply {
        status,
        headers,
        body,
        cause: _,
    } = reply;
    let status = StatusCode::from_u16(status.as_u16()).expect("a status is a status");
    let mut response = HttpResponse::new(status);
    let target = response.headers_mut();
    for (name, value) in &headers {
        // The two versions of the `http` crate agree on what names and values are.
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
    if body.is_empty() {
        return response;
    }
    response.set_body(actix_web::body::BoxBody::new(body))
}
