//! A request with the server taken out.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName};
use manyface_core::{ActionContext, Caller, Services, Timestamp};

/// Names the tenant that a request is for, in the dialects that have tenants: a UUID.
pub const TENANT_ID: HeaderName = HeaderName::from_static("x-tenant-id");

/// One request as it arrived, from a caller who has proved who they are.
#[derive(Clone, Debug)]
pub struct Request {
    /// The caller.
    pub caller: Arc<Caller>,
    /// The path's parameters.
    pub params: Params,
    /// The query as it arrived, without the question mark.
    pub query: String,
    /// The headers that dialects read; a server may leave out all others.
    pub headers: HeaderMap,
    /// The body's bytes.
    pub body: Bytes,
    /// The id that the response carries and the history keeps.
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

    /// The headers that every dialect reads. A dialect names further ones in
    /// [`crate::Dialect::headers`].
    pub const HEADERS: [HeaderName; 4] = [
        http::header::CONTENT_TYPE,
        http::header::CONTENT_ENCODING,
        http::header::IF_MATCH,
        http::header::IF_NONE_MATCH,
    ];

    /// A header's value, where it was sent once and is text.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok(),
            (None, _) | (_, Some(_)) => None,
        }
    }
}

/// A path's parameters by name, decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// The parameter that the route's path calls `name`.
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
