//! A profile as a response shows it.

use crate::{Node, Response};

/// A profile as `GET` shows it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Snapshot {
    pub(crate) body: Node,
    pub(crate) tag: Option<String>,
}

impl Snapshot {
    /// Returns what `response` shows, or `None` if its body is not JSON.
    pub(crate) fn of(response: &Response) -> Option<Self> {
        let body = Node::parse(&String::from_utf8_lossy(&response.body)).ok()?;
        let tag = response.header("etag");
        Some(Self { body, tag })
    }
}
