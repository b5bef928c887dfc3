//! Responses, independent of the HTTP server.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use manyface_core::StoredFile;
use serde::Serialize;

use crate::shorten::Shortener;

/// A response that any HTTP server can send.
#[derive(Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers that the dialect sets.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// A stored file that is sent in place of `body`.
    pub file: Option<StoredFile>,
    /// The cause of a failure, for the log; never sent.
    pub cause: Option<String>,
}

impl Response {
    /// The maximum number of bytes of the body of an error response.
    pub const MAX_ERROR_BYTES: usize = 64 * 1024;

    /// Shortens the body of an error response that exceeds [`Response::MAX_ERROR_BYTES`].
    #[must_use]
    pub fn within_limit(mut self) -> Self {
        let is_error = self.status.is_client_error() || self.status.is_server_error();
        if is_error && self.body.len() > Self::MAX_ERROR_BYTES {
            let mut short = Vec::new();
            Shortener::new(&mut short).push(&self.body);
            self.body = short.into();
        }
        self
    }

    /// Creates a response without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            file: None,
            cause: None,
        }
    }

    /// Creates a response with `body` as `application/json`. The body of an error response, which
    /// may quote the request, is shortened to at most [`Response::MAX_ERROR_BYTES`] bytes of JSON
    /// with the same structure.
    ///
    /// # Panics
    ///
    /// If `body` cannot be serialized as JSON; wire types always can.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let mut bytes = Vec::with_capacity(512);
        let written = if status.is_client_error() || status.is_server_error() {
            serde_json::to_writer(Shortener::new(&mut bytes), body)
        } else {
            serde_json::to_writer(&mut bytes, body)
        };
        written.expect("wire types serialize to JSON");
        let mut response = Self::empty(status);
        response.body = bytes.into();
        let json = HeaderValue::from_static("application/json");
        response.with(header::CONTENT_TYPE, json)
    }

    /// Sets a header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sets a header to `text`, unless that is invalid as a header value.
    #[must_use]
    pub fn with_text(self, name: HeaderName, text: &str) -> Self {
        match HeaderValue::from_str(text) {
            Ok(value) => self.with(name, value),
            Err(_) => self,
        }
    }
}
