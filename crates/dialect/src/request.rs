//! Requests, independent of the HTTP server.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName};
use manyface_core::{ActionContext, Caller, Services, Timestamp};

/// The header with the tenant's UUID, in dialects with tenants.
pub const TENANT_ID: HeaderName = HeaderName::from_static("x-tenant-id");

/// A request with an authenticated caller.
#[derive(Clone, Debug)]
pub struct Request {
    /// The caller.
    pub caller: Arc<Caller>,
    /// The path parameters.
    pub params: Params,
    /// The raw query, without the question mark.
    pub query: String,
    /// The headers that the dialect reads; a server may omit all others.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The request id, which is sent in the response and stored in the history.
    pub request_id: String,
    /// The dialect's name.
    pub dialect: &'static str,
    /// The path that the dialect is mounted under.
    pub mount: Arc<str>,
    /// When the request arrived.
    pub now: Timestamp,
}

impl Request {
    /// Returns the context in which an action of this request runs.
    pub fn context<'a>(&'a self, services: &'a Services) -> ActionContext<'a> {
        let Self {
            caller,
            request_id,
            dialect,
            mount,
            now,
            ..
        } = self;
        ActionContext::new(services, caller, dialect, mount, request_id, *now)
    }

    /// The headers that every dialect reads; [`crate::Dialect::headers`] lists further ones.
    pub const HEADERS: [HeaderName; 4] = [
        http::header::CONTENT_TYPE,
        http::header::CONTENT_ENCODING,
        http::header::IF_MATCH,
        http::header::IF_NONE_MATCH,
    ];

    /// Returns the value of a header; `None` unless it was sent once and is visible ASCII.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok(),
            (None, _) | (_, Some(_)) => None,
        }
    }
}

/// The decoded path parameters by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Returns the value of the parameter `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl FromIterator<(String, String)> for Params {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}
