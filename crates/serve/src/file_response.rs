//! Responses with static files.

use std::hash::{DefaultHasher, Hash, Hasher};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method, StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use bytes::Bytes;

use crate::{parts::Parts, respond::failure, respond::matches_tag, respond::respond};

/// Clients must revalidate on every request, because another version of the program may have
/// started.
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");

/// A static file with its media type, `ETag` and other headers.
#[derive(Clone, Debug)]
pub(crate) struct FileResponse {
    bytes: Bytes,
    media_type: HeaderValue,
    tag: String,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl FileResponse {
    /// Creates a response whose `ETag` is a hash of the content, the same on all hosts of a
    /// deployment.
    pub(crate) fn new(bytes: Bytes, media_type: HeaderValue) -> Self {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        Self {
            tag: format!("\"{:016x}\"", hasher.finish()),
            bytes,
            media_type,
            headers: Vec::new(),
        }
    }

    /// Adds a header.
    #[cfg(feature = "swagger-ui")]
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Responds to a `GET` or `HEAD` request.
    pub(crate) fn respond(&self, request: &HttpRequest, request_id: &str) -> HttpResponse {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return respond(failure(405), request_id);
        }
        let mut response = if matches_tag(request, &self.tag) {
            HttpResponse::NotModified().finish()
        } else {
            let body = Parts::of_bytes(request, self.bytes.clone(), None);
            let mut response = HttpResponse::new(StatusCode::OK).set_body(body);
            let media_type = self.media_type.clone();
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, media_type);
            response
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, NO_CACHE);
        headers.insert(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        );
        for (name, value) in &self.headers {
            headers.insert(name.clone(), value.clone());
        }
        for (name, value) in [
            (header::ETAG, self.tag.as_str()),
            (HeaderName::from_static("x-request-id"), request_id),
        ] {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        }
        response
    }
}
