//! A response with the server taken out.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use manyface_core::StoredFile;
use serde::Serialize;

use crate::shorten::Shortener;

/// One response, ready for any server to send.
#[derive(Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers that the dialect sets.
    pub headers: HeaderMap,
    /// The body's bytes.
    pub body: Bytes,
    /// The body in place of `body`, where it is in storage.
    pub file: Option<StoredFile>,
    /// Why it failed, for the server's log. Never sent.
    pub cause: Option<String>,
}

impl Response {
    /// The most bytes that a failure has.
    pub const MAX_REJECTION: usize = 64 * 1024;

    /// The same, shortened where it is a failure that is too long.
    #[must_use]
    pub fn within_limit(mut self) -> Self {
        let is_failure = self.status.is_client_error() || self.status.is_server_error();
        if is_failure && self.body.len() > Self::MAX_REJECTION {
            let mut short = Vec::new();
            Shortener::new(&mut short).push(&self.body);
            self.body = short.into();
        }
        self
    }

    /// A response without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            file: None,
            cause: None,
        }
    }

    /// A response with `body` as `application/json`. A failure is short, whatever it repeats of the
    /// request: at most [`Response::MAX_REJECTION`] bytes, which are JSON of the same shape.
    ///
    /// # Panics
    ///
    /// If `body` has no JSON form: wire types always have one.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let mut bytes = Vec::with_capacity(512);
        let written = if status.is_client_error() || status.is_server_error() {
            serde_json::to_writer(Shortener::new(&mut bytes), body)
        } else {
            serde_json::to_writer(&mut bytes, body)
        };
        written.expect("wire types have a JSON form");
        let mut response = Self::empty(status);
        response.body = bytes.into();
        let json = HeaderValue::from_static("application/json");
        response.with(header::CONTENT_TYPE, json)
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The same with one more header, whose value is text that may not be a header's.
    #[must_use]
    pub fn with_text(self, name: HeaderName, text: &str) -> Self {
        match HeaderValue::from_str(text) {
            Ok(value) => self.with(name, value),
            Err(_) => self,
        }
    }
}
