//! A response with the server taken out.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;

/// One response, ready for any server to send.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers that the dialect sets.
    pub headers: HeaderMap,
    /// The body's bytes.
    pub body: Bytes,
    /// Why it failed, for the server's log. Never sent.
    pub cause: Option<String>,
}

impl Reply {
    /// A response without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            cause: None,
        }
    }

    /// A response with `body` as `application/json`.
    ///
    /// # Panics
    ///
    /// Where `body` has no JSON form: wire types always have one.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let mut bytes = Vec::with_capacity(512);
        serde_json::to_writer(&mut bytes, body).expect("wire types have a JSON form");
        let mut reply = Self::empty(status);
        reply.body = bytes.into();
        let json = HeaderValue::from_static("application/json");
        reply.with(header::CONTENT_TYPE, json)
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
