//! Changing requests and responses.

use manyface_conformance::{Node, Request, Response};

/// The path without the query.
pub(crate) fn path(request: &Request) -> &str {
    request.path.split('?').next().unwrap_or_default()
}

/// The query, or nothing.
pub(crate) fn query(request: &Request) -> &str {
    request.path.split_once('?').map_or("", |(_, query)| query)
}

/// Takes all lines of a header away.
pub(crate) fn drop_header(headers: &mut Vec<(String, String)>, name: &str) {
    headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
}

/// Puts one line in the place of all lines of a header.
pub(crate) fn set_header(headers: &mut Vec<(String, String)>, name: &str, value: &str) {
    drop_header(headers, name);
    headers.push((name.to_owned(), value.to_owned()));
}

/// Changes a header where it is there.
pub(crate) fn change_header(
    headers: &mut [(String, String)],
    name: &str,
    change: impl Fn(&str) -> String,
) {
    for (known, value) in headers.iter_mut() {
        if known.eq_ignore_ascii_case(name) {
            *value = change(value);
        }
    }
}

/// The most brackets of a body that is read here: each may be a level.
const BRACKETS: usize = 1_000;

/// The JSON of a body.
pub(crate) fn json(body: &[u8]) -> Option<Node> {
    let text = std::str::from_utf8(body).ok()?;
    let is_flat = text.matches(['[', '{']).count() < BRACKETS;
    is_flat.then(|| Node::parse(text).ok()).flatten()
}

/// The JSON that a request sends.
pub(crate) fn sent(request: &Request) -> Option<Node> {
    json(request.body.as_deref()?)
}

/// Changes the JSON that a request sends, where it sends some.
pub(crate) fn change_sent(request: &mut Request, change: impl FnOnce(&mut Node)) {
    if let Some(node) = sent(request) {
        let mut changed = node.clone();
        change(&mut changed);
        if changed != node {
            request.body = Some(changed.to_string().into_bytes());
        }
    }
}

/// Changes the JSON of a response, where it has some.
pub(crate) fn change_shown(response: &mut Response, change: impl FnOnce(&mut Node)) {
    if let Some(node) = json(&response.body) {
        let mut changed = node.clone();
        change(&mut changed);
        if changed != node {
            response.body = changed.to_string().into_bytes();
        }
    }
}

/// Changes the text of a request's body, where it is text.
pub(crate) fn change_text(request: &mut Request, change: impl FnOnce(&str) -> Option<String>) {
    let text = request.body.as_deref().map(String::from_utf8_lossy);
    if let Some(changed) = text.and_then(|text| change(&text)) {
        request.body = Some(changed.into_bytes());
    }
}

/// The value at a pointer, to be changed.
pub(crate) fn at_mut<'a>(node: &'a mut Node, pointer: &str) -> Option<&'a mut Node> {
    let keys = pointer.split('/').skip(1);
    keys.into_iter().try_fold(node, |node, key| match node {
        Node::Object(entries) => {
            let found = entries.iter_mut().find(|(known, _)| known == key);
            found.map(|(_, value)| value)
        }
        Node::Array(items) => items.get_mut(key.parse::<usize>().ok()?),
        Node::Plain(_) | Node::Text(_) => None,
    })
}

/// Takes the value at a pointer away; whether it was there.
pub(crate) fn take(node: &mut Node, pointer: &str) -> bool {
    let Some((parent, key)) = pointer.rsplit_once('/') else {
        return false;
    };
    match at_mut(node, parent) {
        Some(Node::Object(entries)) => {
            let before = entries.len();
            entries.retain(|(known, _)| known != key);
            entries.len() < before
        }
        _ => false,
    }
}

/// Puts a value at a pointer, and makes the object it stands in where there is none.
pub(crate) fn put(node: &mut Node, pointer: &str, value: Node) {
    if let Some(there) = at_mut(node, pointer) {
        *there = value;
        return;
    }
    let Some((parent, key)) = pointer.rsplit_once('/') else {
        return;
    };
    if at_mut(node, parent).is_none() {
        put(node, parent, Node::Object(Vec::new()));
    }
    if let Some(Node::Object(entries)) = at_mut(node, parent) {
        entries.push((key.to_owned(), value));
    }
}

/// Shows every value in `node`, the innermost first, with its key.
pub(crate) fn walk(node: &mut Node, each: &mut dyn FnMut(&str, &mut Node)) {
    fn inner(key: &str, node: &mut Node, each: &mut dyn FnMut(&str, &mut Node)) {
        match node {
            Node::Object(entries) => {
                for (key, value) in entries {
                    inner(key, value, each);
                }
            }
            Node::Array(items) => {
                for item in items {
                    inner(key, item, each);
                }
            }
            Node::Plain(_) | Node::Text(_) => {}
        }
        each(key, node);
    }
    inner("", node, each);
}

/// Changes every text in `node`.
pub(crate) fn texts(node: &mut Node, change: impl Fn(&str) -> String) {
    walk(node, &mut |_, node| {
        if let Node::Text(text) = node {
            *text = change(text);
        }
    });
}

/// Changes the last text in `node`: where failures have their words.
pub(crate) fn last_text(node: &mut Node, change: impl Fn(&str) -> String) {
    let mut count = 0;
    walk(node, &mut |_, node| {
        count += usize::from(matches!(node, Node::Text(_)));
    });
    walk(node, &mut |_, node| {
        if let Node::Text(text) = node {
            count -= 1;
            if count == 0 {
                *text = change(text);
            }
        }
    });
}

pub(crate) fn null() -> Node {
    Node::Plain("null".to_owned())
}

pub(crate) fn text(text: &str) -> Node {
    Node::Text(text.to_owned())
}

pub(crate) fn is_null(node: &Node) -> bool {
    matches!(node, Node::Plain(text) if text == "null")
}

pub(crate) fn is_empty(node: &Node) -> bool {
    matches!(node, Node::Text(text) if text.is_empty())
}
