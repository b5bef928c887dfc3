//! Requests and responses, to be changed part by part.

use manyface_conformance::{Node, Request, Response};
use regex::Regex;

use super::subject::{Part, View};

/// The maximum number of brackets of a body that is parsed: each may be a level.
const MAX_BRACKETS: usize = 1_000;

/// Changes a value or text, and returns whether it stays.
pub(crate) type Edit<'a> = &'a mut dyn FnMut(&mut Node) -> bool;

pub(crate) enum Message<'a> {
    Request(&'a mut Request),
    Response(&'a mut Response),
}

impl Message<'_> {
    pub(crate) fn headers(&mut self) -> &mut Vec<(String, String)> {
        match self {
            Self::Request(request) => &mut request.headers,
            Self::Response(response) => &mut response.headers,
        }
    }

    fn body(&self) -> Option<&[u8]> {
        match self {
            Self::Request(request) => request.body.as_deref(),
            Self::Response(response) => Some(&response.body),
        }
    }

    fn set_body(&mut self, body: Option<Vec<u8>>) {
        match self {
            Self::Request(request) => request.body = body,
            Self::Response(response) => response.body = body.unwrap_or_default(),
        }
    }

    /// Sets the only line of a header.
    pub(crate) fn set_header(&mut self, name: &str, value: String) {
        let headers = self.headers();
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        headers.push((name.to_owned(), value));
    }

    /// Changes the JSON of the body, where it has some.
    pub(crate) fn change_json(&mut self, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.body().and_then(parse) {
            let mut changed = node.clone();
            change(&mut changed);
            if changed != node {
                self.set_body(Some(changed.to_string().into_bytes()));
            }
        }
    }

    /// Changes each value of a part.
    pub(crate) fn change(&mut self, view: View<'_>, part: &Part, edit: &mut dyn FnMut(&mut Node)) {
        self.each(view, part, &mut |node| {
            edit(node);
            true
        });
    }

    /// Calls `edit` with each value of a part: each line of a header, each matching value of JSON.
    pub(crate) fn each(&mut self, view: View<'_>, part: &Part, edit: Edit<'_>) {
        match (part, self) {
            (Part::Method, Self::Request(request)) => _ = text(&mut request.method, edit),
            (Part::Url, Self::Request(request)) => _ = text(&mut request.path, edit),
            (Part::Path | Part::Query, Self::Request(request)) => {
                let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
                let (mut path, mut query) = (path.to_owned(), query.to_owned());
                let is_path = *part == Part::Path;
                text(if is_path { &mut path } else { &mut query }, edit);
                request.path = match query.trim_matches('&') {
                    "" => path,
                    query => format!("{path}?{query}"),
                };
            }
            (Part::Status, Self::Response(response)) => {
                let mut status = response.status.to_string();
                text(&mut status, edit);
                response.status = status.parse().expect("a status");
            }
            (Part::Header(name), message) => message.headers().retain_mut(|(known, value)| {
                !known.eq_ignore_ascii_case(name) || text(value, edit)
            }),
            (Part::Body, message) => {
                let before = message.body().map(String::from_utf8_lossy);
                if let Some(before) = before.map(std::borrow::Cow::into_owned) {
                    let mut body = before.clone();
                    if !text(&mut body, edit) {
                        message.set_body(None);
                    } else if body != before {
                        message.set_body(Some(body.into_bytes()));
                    }
                }
            }
            (Part::Json(pointers) | Part::Length(pointers), message) => {
                if let Some(pointers) = view.pointers(pointers) {
                    message.change_json(|node| {
                        edit_values(node, "", &pointers, edit);
                    });
                }
            }
            (Part::LastString, message) => {
                message.change_json(|node| {
                    last_string(node).map(edit);
                });
            }
            (Part::Writes, _) => _ = text(&mut view.server.writes(), edit),
            (part, _) => panic!("{part:?} is no part of this message"),
        }
    }
}

fn text(value: &mut String, edit: Edit<'_>) -> bool {
    let mut node = Node::Text(std::mem::take(value));
    let stays = edit(&mut node);
    if let Node::Text(text) = node {
        *value = text;
    }
    stays
}

pub(crate) fn parse(body: &[u8]) -> Option<Node> {
    let text = std::str::from_utf8(body).ok()?;
    let is_flat = text.matches(['[', '{']).count() < MAX_BRACKETS;
    is_flat.then(|| Node::parse(text).ok()).flatten()
}

/// The JSON that a request sends.
pub(crate) fn sent(request: &Request) -> Option<Node> {
    parse(request.body.as_deref()?)
}

/// The request that reads what `request` would write.
pub(crate) fn reading(request: &Request) -> Request {
    let mut reading = request.clone();
    "GET".clone_into(&mut reading.method);
    reading.body = None;
    reading.headers.retain(|(name, _)| {
        let name = name.to_ascii_lowercase();
        let mut prefixes = ["content-", "if-", "transfer-"].iter();
        !prefixes.any(|prefix| name.starts_with(prefix))
    });
    reading
}

/// Calls `edit` with each value whose pointer matches, the innermost first, and removes the values
/// that do not stay. Returns whether `node` itself stays.
fn edit_values(node: &mut Node, pointer: &str, pointers: &Regex, edit: Edit<'_>) -> bool {
    match node {
        Node::Object(entries) => entries.retain_mut(|(key, value)| {
            edit_values(value, &format!("{pointer}/{key}"), pointers, edit)
        }),
        Node::Array(items) => {
            let mut indexes = 0..;
            items.retain_mut(|item| {
                let index = indexes.next().unwrap_or_default();
                edit_values(item, &format!("{pointer}/{index}"), pointers, edit)
            });
        }
        Node::Plain(_) | Node::Text(_) => {}
    }
    !pointers.is_match(pointer) || edit(node)
}

fn last_string(node: &mut Node) -> Option<&mut Node> {
    match node {
        Node::Text(_) => Some(node),
        Node::Object(entries) => entries
            .iter_mut()
            .rev()
            .find_map(|(_, value)| last_string(value)),
        Node::Array(items) => items.iter_mut().rev().find_map(last_string),
        Node::Plain(_) => None,
    }
}

/// The value at a pointer without escapes.
pub(crate) fn at_mut<'a>(node: &'a mut Node, pointer: &str) -> Option<&'a mut Node> {
    pointer
        .split('/')
        .skip(1)
        .try_fold(node, |node, key| match node {
            Node::Object(entries) => {
                let found = entries.iter_mut().find(|(known, _)| known == key);
                found.map(|(_, value)| value)
            }
            Node::Array(items) => items.get_mut(key.parse::<usize>().ok()?),
            Node::Plain(_) | Node::Text(_) => None,
        })
}

/// Sets the value at a pointer, and adds the objects around it that are missing.
pub(crate) fn put(node: &mut Node, pointer: &str, value: Node) {
    if let Some(present) = at_mut(node, pointer) {
        *present = value;
    } else if let Some((parent, key)) = pointer.rsplit_once('/') {
        if at_mut(node, parent).is_none() {
            put(node, parent, Node::Object(Vec::new()));
        }
        if let Some(Node::Object(entries)) = at_mut(node, parent) {
            entries.push((key.to_owned(), value));
        }
    }
}
