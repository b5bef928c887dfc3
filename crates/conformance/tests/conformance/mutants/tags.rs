//! Wrong tags and conditions.

#![expect(clippy::too_many_lines, reason = "lists of mutants are long")]

use manyface_conformance::{Node, Request};

use super::{
    edit::{change_header, drop_header, set_header, text},
    mutant::Mutant,
    server::Server,
};

const ONE_VIEW: &[&str] = &["movieknight", "tenant"];

pub(crate) fn mutants() -> Vec<Mutant> {
    [tags(), matching(), none_matching()]
        .into_iter()
        .flatten()
        .collect()
}

fn tags() -> Vec<Mutant> {
    vec![
        Mutant::says(
            "no-tag",
            "sends no ETag with what is read",
            |_, request, r| {
                if request.method == "GET" && r.status == 200 {
                    drop_header(&mut r.headers, "etag");
                }
            },
        ),
        Mutant::says(
            "no-tag-of-a-write",
            "sends no ETag with what is written",
            |server, request, r| {
                if server.is_write(request) {
                    drop_header(&mut r.headers, "etag");
                }
            },
        ),
        Mutant::says("weak-tag", "sends weak ETags", |_, _, r| {
            change_header(&mut r.headers, "etag", |tag| format!("W/{tag}"));
        }),
        Mutant::says("bare-tag", "sends ETags without quotes", |_, _, r| {
            change_header(&mut r.headers, "etag", |tag| tag.replace('"', ""));
        }),
        Mutant::says(
            "one-tag-for-all",
            "sends one ETag for every state",
            |_, _, r| {
                change_header(&mut r.headers, "etag", |_| "\"1\"".to_owned());
            },
        ),
        Mutant::acts(
            "tag-of-the-first-state",
            "moves its ETag never",
            |server, request| {
                let mut heard = request.clone();
                if let (Some(Node::Text(first)), Some(Node::Text(now))) =
                    (server.remembered("first"), server.remembered("now"))
                {
                    for name in ["if-match", "if-none-match"] {
                        change_header(&mut heard.headers, name, |tags| tags.replace(&first, &now));
                    }
                }
                let mut response = server.send(&heard)?;
                if let Some(tag) = response.header("etag") {
                    let first = server.remembered("first").unwrap_or_else(|| text(&tag));
                    server.remember("now", text(&tag));
                    server.remember("first", first.clone());
                    if let Node::Text(first) = first {
                        set_header(&mut response.headers, "etag", &first);
                    }
                }
                Ok(response)
            },
        )
        .only(ONE_VIEW),
        Mutant::says(
            "tag-of-the-write",
            "moves its ETag with every write",
            |server, request, r| {
                let count = match server.remembered("count") {
                    Some(Node::Text(count)) => count,
                    _ => String::new(),
                };
                let count = if server.is_write(request) && r.status == 200 {
                    count + "x"
                } else {
                    count
                };
                server.remember("count", text(&count));
                change_header(&mut r.headers, "etag", |tag| {
                    tag.replacen('"', &format!("\"{count}"), 1)
                });
            },
        ),
        Mutant::says(
            "tag-of-the-moment",
            "sends another ETag each time",
            |server, _, r| {
                let count = match server.remembered("count") {
                    Some(Node::Text(count)) => count + "x",
                    _ => String::new(),
                };
                server.remember("count", text(&count));
                change_header(&mut r.headers, "etag", |tag| {
                    tag.replacen('"', &format!("\"{count}"), 1)
                });
            },
        ),
        Mutant::says(
            "304-without-a-tag",
            "sends 304 without its ETag",
            |_, _, r| {
                if r.status == 304 {
                    drop_header(&mut r.headers, "etag");
                }
            },
        ),
        Mutant::says("304-with-a-body", "sends a body with 304", |_, _, r| {
            if r.status == 304 {
                r.body = b"{}".to_vec();
            }
        }),
    ]
}

fn condition(request: &mut Request, name: &str, change: impl Fn(&str) -> String) {
    change_header(&mut request.headers, name, change);
}

/// Whether `tag` is spelt as one, or a list of them.
fn is_readable(tags: &str) -> bool {
    tags == "*" || tags.contains('"')
}

fn matching() -> Vec<Mutant> {
    vec![
        Mutant::hears(
            "ignores-if-match",
            "writes whatever If-Match says",
            |_, request| {
                drop_header(&mut request.headers, "if-match");
            },
        ),
        Mutant::hears("weak-is-strong", "matches weak ETags", |_, request| {
            condition(request, "if-match", |tags| tags.replace("W/", ""));
        }),
        Mutant::hears(
            "any-is-none",
            "takes If-Match: * for a tag",
            |_, request| {
                condition(request, "if-match", |tags| tags.replace('*', "\"*\""));
            },
        ),
        Mutant::hears(
            "ignores-odd-if-match",
            "ignores an If-Match that it cannot read",
            |_, request| {
                if request
                    .header("if-match")
                    .is_some_and(|tags| !is_readable(tags))
                {
                    drop_header(&mut request.headers, "if-match");
                }
            },
        ),
        Mutant::hears(
            "first-tag-only",
            "looks at the first of many ETags",
            |_, request| {
                let first = |tags: &str| tags.split(',').next().unwrap_or_default().to_owned();
                condition(request, "if-match", first);
            },
        ),
        Mutant::acts(
            "any-version-matches",
            "matches ETags of earlier states",
            |server, request| {
                let known = |tag: &str| format!("tag {tag}");
                let mut heard = request.clone();
                if let Some(tag) = request.header("if-match")
                    && server.remembered(&known(tag)).is_some()
                {
                    drop_header(&mut heard.headers, "if-match");
                }
                let response = server.send(&heard)?;
                if let Some(tag) = response.header("etag") {
                    server.remember(&known(&tag), text(""));
                }
                Ok(response)
            },
        ),
        Mutant::acts(
            "condition-only-where-it-changes",
            "takes a stale If-Match where nothing would change",
            |server, request| {
                let response = server.send(request)?;
                if response.status != 412 || request.header("if-match").is_none() {
                    return Ok(response);
                }
                let before = server.read(request)?;
                let mut heard = request.clone();
                drop_header(&mut heard.headers, "if-match");
                // What would change nothing has no shape of its own: it is recognised by what it names.
                let names_the_same = super::edit::sent(request).is_some_and(|body| {
                    server.suite.restore.iter().all(|(key, at)| {
                        let sent = body.at(&server.sent_as(request, key));
                        let shown = super::edit::json(&before.body);
                        sent.is_none_or(|sent| {
                            shown.and_then(|node| node.at(at).cloned()).as_ref() == Some(sent)
                        })
                    })
                });
                if names_the_same {
                    server.send(&heard)
                } else {
                    Ok(response)
                }
            },
        ),
    ]
}

fn is_read(request: &Request) -> bool {
    matches!(&*request.method, "GET" | "HEAD")
}

fn none_matching() -> Vec<Mutant> {
    vec![
        Mutant::hears(
            "ignores-if-none-match",
            "sends what the client has",
            |_, request| {
                if is_read(request) {
                    drop_header(&mut request.headers, "if-none-match");
                }
            },
        ),
        Mutant::hears(
            "write-ignores-if-none-match",
            "writes whatever If-None-Match says",
            |server, request| {
                if server.is_write(request) {
                    drop_header(&mut request.headers, "if-none-match");
                }
            },
        ),
        Mutant::hears(
            "always-modified-for-any",
            "does not know If-None-Match: *",
            |_, request| {
                if request.header("if-none-match") == Some("*") {
                    drop_header(&mut request.headers, "if-none-match");
                }
            },
        ),
        Mutant::hears(
            "weak-none-is-other",
            "takes a weak ETag in If-None-Match for another",
            |_, request| {
                condition(request, "if-none-match", |tags| {
                    tags.replace("W/\"", "\"weak-")
                });
            },
        ),
        Mutant::says(
            "never-sent-again",
            "answers 304 to whoever has an ETag",
            |_, request, r| {
                if request.header("if-none-match").is_some() && r.status == 200 && is_read(request)
                {
                    r.status = 304;
                    r.body.clear();
                }
            },
        ),
        Mutant::says("dates-count", "answers 304 by date", |_, request, r| {
            if request.header("if-modified-since").is_some() && r.status == 200 && is_read(request)
            {
                r.status = 304;
                r.body.clear();
            }
        }),
        Mutant::acts(
            "read-ignores-if-match",
            "reads whatever If-Match says",
            |server, request| {
                let mut heard = request.clone();
                if is_read(request) {
                    drop_header(&mut heard.headers, "if-match");
                }
                server.send(&heard)
            },
        ),
        Mutant::acts(
            "conditions-come-first",
            "judges conditions before fields",
            |server: &Server<'_>, request| {
                let response = server.send(request)?;
                if response.status == 400
                    && server.is_write(request)
                    && request.header("if-match").is_some()
                {
                    let empty = Request {
                        body: Some(server.suite.given.clone().into_bytes()),
                        ..request.clone()
                    };
                    let judged = server.send(&empty)?;
                    if judged.status == 412 {
                        return Ok(judged);
                    }
                }
                Ok(response)
            },
        ),
    ]
}
