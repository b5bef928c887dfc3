//! Servers that handle requests in ways that no operation describes.

use manyface_conformance::{Node, Request};
use serde::Deserialize;

use super::{
    message::{Message, parse, put, reading, sent},
    server::{HandlerResult, Server},
    subject::{Part, View},
};

/// A handler that replaces the server's, by its name.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Handler(pub(crate) fn(&Server<'_>, &Request) -> HandlerResult);

impl TryFrom<String> for Handler {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Ok(Self(match &*name {
            "send-body-of-head" => send_body_of_head,
            "keep-first-tag" => keep_first_tag,
            "match-any-sent-tag" => match_any_sent_tag,
            "match-if-unchanged" => match_if_unchanged,
            "copy-to-account" => copy_to_account,
            "cache" => cache,
            "show-state-before" => show_state_before,
            "clear-field" => clear_field,
            "write-valid-fields" => write_valid_fields,
            "reject-unknown-keys" => reject_unknown_keys,
            "ignore-case-of-keys" => ignore_case_of_keys,
            "read-query" => read_query,
            _ => return Err(format!("no handler {name}")),
        }))
    }
}

fn query(request: &Request) -> &str {
    request.path.split_once('?').map_or("", |(_, query)| query)
}

fn without(request: &Request, is_removed: impl Fn(&str, &str) -> bool) -> Request {
    let mut changed = request.clone();
    changed
        .headers
        .retain(|(name, value)| !is_removed(&name.to_ascii_lowercase(), value));
    changed
}

fn with(request: &Request, body: &Node) -> Request {
    let body = Some(body.to_string().into_bytes());
    Request {
        body,
        ..request.clone()
    }
}

fn send_body_of_head(server: &Server<'_>, request: &Request) -> HandlerResult {
    let mut response = server.send(request)?;
    if request.method == "HEAD" {
        response.body = server.send(&reading(request))?.body;
    }
    Ok(response)
}

fn keep_first_tag(server: &Server<'_>, request: &Request) -> HandlerResult {
    let mut changed = request.clone();
    let tags = &mut *server.memory.first_and_last_tag.borrow_mut();
    if let Some((first, last)) = tags {
        for (name, value) in &mut changed.headers {
            if name.to_ascii_lowercase().starts_with("if-") {
                *value = value.replace(&*first, last);
            }
        }
    }
    let mut response = server.send(&changed)?;
    let sent = response.headers.iter_mut().find(|(name, _)| name == "etag");
    if let Some((_, tag)) = sent {
        let first = tags.take().map_or_else(|| tag.clone(), |(first, _)| first);
        *tags = Some((first.clone(), std::mem::replace(tag, first)));
    }
    Ok(response)
}

fn match_any_sent_tag(server: &Server<'_>, request: &Request) -> HandlerResult {
    let tags = &mut *server.memory.tags.borrow_mut();
    let changed = without(request, |name, value| {
        name == "if-match" && tags.contains(value)
    });
    let response = server.send(&changed)?;
    tags.extend(response.header("etag"));
    Ok(response)
}

fn match_if_unchanged(server: &Server<'_>, request: &Request) -> HandlerResult {
    let response = server.send(request)?;
    if response.status != 412 || request.header("if-match").is_none() {
        return Ok(response);
    }
    let shown = parse(&server.send(&reading(request))?.body);
    let is_unchanged = sent(request).is_some_and(|body| {
        server.suite.restore.iter().all(|(key, at)| {
            let sent = body.at(&server.sent_as(request, key));
            sent.is_none() || sent == shown.as_ref().and_then(|shown| shown.at(at))
        })
    });
    if is_unchanged {
        return server.send(&without(request, |name, _| name == "if-match"));
    }
    Ok(response)
}

fn copy_to_account(server: &Server<'_>, request: &Request) -> HandlerResult {
    let is_own = request.header("authorization") == Some(&format!("Bearer {}", server.token()));
    let is_of_account = query(request).contains("account_id=biz_");
    let (true, Some(Node::Object(mut entries))) = (
        server.is_write(request) && is_own && is_of_account,
        sent(request),
    ) else {
        return server.send(request);
    };
    let mut own = reading(request);
    server.suite.profile.clone_into(&mut own.path);
    let shown = parse(&server.send(&own)?.body);
    // A value of the account's own first: what it already shows is no change.
    let other = Node::Object(vec![("bio".to_owned(), Node::Text("another".to_owned()))]);
    server.send(&with(request, &other))?;
    let has = |name: &str| entries.iter().any(|(key, _)| key == name);
    let is_name_alone = has("name") && !has("bio") && !has("username");
    if let (true, Some(bio)) = (
        is_name_alone,
        shown.as_ref().and_then(|node| node.at("/bio")),
    ) {
        entries.push(("bio".to_owned(), bio.clone()));
    }
    server.send(&with(request, &Node::Object(entries)))
}

fn cache(server: &Server<'_>, request: &Request) -> HandlerResult {
    let mut response = server.send(request)?;
    if request.method == "GET" && response.status == 200 {
        let name = format!("{} {:?}", request.path, request.headers);
        let cache = &mut *server.memory.cache.borrow_mut();
        let first = cache.entry(name).or_insert_with(|| response.body.clone());
        response.body.clone_from(first);
    }
    Ok(response)
}

fn show_state_before(server: &Server<'_>, request: &Request) -> HandlerResult {
    if !server.is_write(request) || !server.is_for_profile(request) {
        return server.send(request);
    }
    let before = server.send(&reading(request))?;
    let after = server.send(request)?;
    Ok(if after.status == 200 { before } else { after })
}

fn clear_field(server: &Server<'_>, request: &Request) -> HandlerResult {
    let pointer = server.sent_as(request, &server.place.name);
    let body = sent(request).filter(|body| body.at(&pointer).is_none());
    if let Some(body) = body.filter(|_| server.is_write(request)) {
        // One of these clears it; a request that is rejected anyway is rejected with its own errors.
        for nothing in ["null", "\"\"", "[]", "false"] {
            let mut cleared = body.clone();
            put(&mut cleared, &pointer, Node::parse(nothing).expect("JSON"));
            let response = server.send(&with(request, &cleared))?;
            if response.status == 200 {
                return Ok(response);
            }
        }
    }
    server.send(request)
}

fn write_valid_fields(server: &Server<'_>, request: &Request) -> HandlerResult {
    let response = server.send(request)?;
    if response.status == 400
        && server.is_write(request)
        && let Some(Node::Object(entries)) = sent(request)
        && entries.len() > 1
    {
        for entry in entries {
            server.send(&with(request, &Node::Object(vec![entry])))?;
        }
    }
    Ok(response)
}

fn reject_unknown_keys(server: &Server<'_>, request: &Request) -> HandlerResult {
    let is_known = |key: &str| {
        let mut known = server.suite.restore.keys();
        known.any(|known| known.split('.').any(|part| part == key))
    };
    if let (true, Some(Node::Object(entries))) = (server.is_write(request), sent(request))
        && entries.iter().any(|(key, _)| is_known(key))
        && entries.iter().any(|(key, _)| !is_known(key))
    {
        return server.send(&with(request, &Node::Array(Vec::new())));
    }
    server.send(request)
}

/// The field of the suite whose last key is accepted.
fn field<'a>(server: &'a Server<'_>, is_meant: impl Fn(&str) -> bool) -> Option<&'a String> {
    let mut fields = server.suite.restore.keys();
    fields.find(|field| field.rsplit('.').next().is_some_and(&is_meant))
}

fn ignore_case_of_keys(server: &Server<'_>, request: &Request) -> HandlerResult {
    let mut changed = request.clone();
    let view = View {
        server,
        request,
        response: None,
    };
    if server.is_write(request) {
        let all = Part::Json(".*".to_owned());
        Message::Request(&mut changed).change(view, &all, &mut |node| {
            if let Node::Object(entries) = node {
                for (key, _) in entries {
                    if let Some(field) = field(server, |known| known.eq_ignore_ascii_case(key)) {
                        field.rsplit('.').next().unwrap_or_default().clone_into(key);
                    }
                }
            }
        });
    }
    server.send(&changed)
}

fn read_query(server: &Server<'_>, request: &Request) -> HandlerResult {
    let mut changed = request.clone();
    if server.is_write(request) {
        Message::Request(&mut changed).change_json(|body| {
            let pairs = query(request)
                .split('&')
                .filter_map(|pair| pair.split_once('='));
            for (name, value) in pairs {
                if let Some(field) = field(server, |known| known == name) {
                    put(
                        body,
                        &server.sent_as(request, field),
                        Node::Text(value.to_owned()),
                    );
                }
            }
        });
    }
    server.send(&changed)
}
