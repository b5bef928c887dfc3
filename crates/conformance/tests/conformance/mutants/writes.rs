//! Writes that do something else than they should.

#![expect(clippy::too_many_lines, reason = "lists of mutants are long")]

use manyface_conformance::{Node, Request, Response};

use super::{
    edit::{at_mut, change_sent, change_shown, null, put, sent, take, text, walk},
    mutant::{Answer, Mutant, Places},
    server::Server,
};

pub(crate) fn mutants() -> Vec<Mutant> {
    [losing(), answering(), overreaching()]
        .into_iter()
        .flatten()
        .collect()
}

fn losing() -> Vec<Mutant> {
    vec![
        Mutant::hears(
            "drops-what-is-sent",
            "loses a field of each write",
            |server, request| {
                if server.is_write(request) {
                    let place = server.sent_at(request);
                    change_sent(request, |node| {
                        take(node, &place);
                    });
                }
            },
        )
        .at(Places::Fields),
        Mutant::acts(
            "writes-nothing",
            "answers as if it had written",
            |server, request| {
                if !server.is_write(request) {
                    return server.send(request);
                }
                let mut response = server.read(request)?;
                echo(server, request, &mut response);
                Ok(response)
            },
        ),
        Mutant::acts(
            "writes-once",
            "loses what is written after the first write",
            |server, request| {
                if !server.is_write(request) {
                    return server.send(request);
                }
                if server.remembered("written").is_some() {
                    let mut response = server.read(request)?;
                    echo(server, request, &mut response);
                    return Ok(response);
                }
                let response = server.send(request)?;
                if response.status == 200 {
                    server.remember("written", null());
                }
                Ok(response)
            },
        ),
        Mutant::acts(
            "reads-from-a-cache",
            "reads what was there at first",
            |server, request| {
                let response = server.send(request)?;
                if request.method != "GET" || response.status != 200 {
                    return Ok(response);
                }
                let name = format!("{} {:?}", request.path, request.headers);
                let Some(Node::Text(first)) = server.remembered(&name) else {
                    let body = String::from_utf8_lossy(&response.body);
                    server.remember(&name, text(&body));
                    return Ok(response);
                };
                Ok(Response {
                    body: first.into_bytes(),
                    ..response
                })
            },
        ),
        Mutant::acts(
            "writes-twice",
            "writes again what was refused for a condition",
            |server, request| {
                let response = server.send(request)?;
                if response.status == 412 && server.is_write(request) {
                    let mut again = request.clone();
                    again
                        .headers
                        .retain(|(name, _)| !name.to_ascii_lowercase().starts_with("if-"));
                    server.send(&again)?;
                }
                Ok(response)
            },
        ),
    ]
}

/// Shows what was sent in the place of what is there.
fn echo(server: &Server<'_>, request: &Request, response: &mut Response) {
    let Some(body) = sent(request) else { return };
    if response.status != 200 {
        return;
    }
    change_shown(response, |node| {
        for (key, shown_at) in &server.suite.restore {
            let value = body.at(&server.sent_as(request, key));
            if let (Some(value), Some(shown)) = (value, at_mut(node, shown_at)) {
                *shown = value.clone();
            }
        }
    });
}

fn answering() -> Vec<Mutant> {
    vec![
        Mutant::says(
            "answers-what-was-sent",
            "answers what was sent, not what is kept",
            |server, request, r| {
                if server.is_write(request) {
                    echo(server, request, r);
                }
            },
        ),
        Mutant::acts(
            "answers-too-early",
            "answers the state before the write",
            |server, request| {
                if !server.is_write(request) || !server.is_for_profile(request) {
                    return server.send(request);
                }
                let before = server.read(request)?;
                let after = server.send(request)?;
                Ok(if after.status == 200 { before } else { after })
            },
        ),
        Mutant::says(
            "answers-ok-only",
            "answers a write with no profile",
            |server, request, r| {
                if server.is_write(request) && r.status == 200 {
                    r.body = b"{\"ok\":true}".to_vec();
                }
            },
        ),
        Mutant::says(
            "answers-nothing",
            "answers a write with 204",
            |server, request, r| {
                if server.is_write(request) && r.status == 200 {
                    r.status = 204;
                    r.body.clear();
                }
            },
        ),
    ]
}

/// What every dialect shows and lets nobody write.
fn read_only(dialect: &str) -> &'static [&'static str] {
    match dialect {
        "movieknight" => &[
            "id",
            "email",
            "username",
            "badges",
            "aiUsage",
            "createdAt",
            "dateOfBirth",
        ],
        "whop" => &["id", "created_at"],
        "tenant" => &["id", "email", "name", "auth_provider"],
        _ => &[
            "user_id",
            "email",
            "created_at",
            "followers_count",
            "is_current_user",
            "top_domain_elo",
            "streak",
            "title",
        ],
    }
}

fn overreaching() -> Vec<Mutant> {
    vec![
        Mutant::acts(
            "clears-the-others",
            "clears a field that a write does not name",
            |server, request| {
                if !server.is_write(request) {
                    return server.send(request);
                }
                let place = server.sent_at(request);
                let Some(body) = sent(request).filter(|body| body.at(&place).is_none()) else {
                    return server.send(request);
                };
                // It clears where it can: what is refused anyway is refused in the right words.
                for nothing in [
                    null(),
                    text(""),
                    Node::Array(Vec::new()),
                    Node::Plain("false".to_owned()),
                ] {
                    let mut cleared = body.clone();
                    put(&mut cleared, &place, nothing);
                    let cleared = Request {
                        body: Some(cleared.to_string().into_bytes()),
                        ..request.clone()
                    };
                    let response = server.send(&cleared)?;
                    if response.status == 200 {
                        return Ok(response);
                    }
                }
                server.send(request)
            },
        )
        .at(Places::Listed(clearable)),
        Mutant::acts(
            "writes-half",
            "writes the right fields of a request that it refuses",
            |server, request| {
                let response = server.send(request)?;
                if response.status == 400
                    && server.is_write(request)
                    && let Some(Node::Object(entries)) = sent(request)
                    && entries.len() > 1
                {
                    for entry in entries {
                        let half = Node::Object(vec![entry]).to_string();
                        server.send(&Request {
                            body: Some(half.into_bytes()),
                            ..request.clone()
                        })?;
                    }
                }
                Ok(response)
            },
        ),
        Mutant::acts(
            "writes-what-is-read-only",
            "lets users write what is read-only",
            overlaid,
        )
        .at(Places::Listed(read_only)),
        Mutant::acts(
            "refuses-unknown-keys",
            "refuses keys that it does not know",
            |server, request| {
                let Some(Node::Object(mut entries)) =
                    sent(request).filter(|_| server.is_write(request))
                else {
                    return server.send(request);
                };
                let known = |key: &str| {
                    server.suite.restore.keys().any(|k| {
                        k.split('.').next() == Some(key) || k.ends_with(&format!(".{key}"))
                    })
                };
                let (is_any, is_strange) = (
                    entries.iter().any(|(key, _)| known(key)),
                    entries.iter().any(|(key, _)| !known(key)),
                );
                if is_any && is_strange {
                    entries.retain(|(key, _)| !known(key));
                    let refused = Request {
                        body: Some(b"[]".to_vec()),
                        ..request.clone()
                    };
                    return server.send(&refused);
                }
                server.send(request)
            },
        ),
        Mutant::hears(
            "keys-in-any-case",
            "reads keys in any case",
            |server, request| {
                if server.is_write(request) {
                    change_sent(request, |node| {
                        walk(node, &mut |_, node| {
                            if let Node::Object(entries) = node {
                                for (key, _) in entries {
                                    let known = server
                                        .suite
                                        .restore
                                        .keys()
                                        .filter_map(|k| k.rsplit('.').next());
                                    let mut same = known.filter(|k| k.eq_ignore_ascii_case(key));
                                    if let Some(same) = same.next() {
                                        same.clone_into(key);
                                    }
                                }
                            }
                        });
                    });
                }
            },
        ),
        Mutant::hears(
            "query-is-a-field",
            "reads fields from the query",
            |server, request| {
                if server.is_write(request) {
                    let query = super::edit::query(request).to_owned();
                    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
                    let known = |key: &str| {
                        server
                            .suite
                            .restore
                            .keys()
                            .find(|k| k.rsplit('.').next() == Some(key))
                    };
                    let found: Vec<_> = pairs
                        .filter_map(|(key, value)| Some((known(key)?.clone(), text(value))))
                        .collect();
                    let places: Vec<_> = found
                        .into_iter()
                        .map(|(key, value)| (server.sent_as(request, &key), value))
                        .collect();
                    change_sent(request, |node| {
                        for (place, value) in places {
                            put(node, &place, value);
                        }
                    });
                }
            },
        ),
    ]
}

/// The fields that a write can clear.
fn clearable(dialect: &str) -> &'static [&'static str] {
    match dialect {
        "movieknight" => &["bio", "avatarUrl", "countryCode"],
        "whop" => &["bio", "name"],
        "tenant" => &["first_name", "last_name", "display_name", "avatar_base64"],
        _ => &[
            "full_name",
            "details.bio",
            "details.phone",
            "details.address",
            "details.country",
            "details.dob",
            "details.linkedin_url",
            "details.skills",
            "details.focus_area",
            "details.platform_features_emails",
        ],
    }
}

/// Shows from then on what was sent for a read-only field.
fn overlaid(server: &Server<'_>, request: &Request) -> Answer {
    let mut response = server.send(request)?;
    let places = [
        format!("/{}", server.place),
        format!("/details/{}", server.place),
    ];
    if server.is_write(request)
        && response.status == 200
        && let Some(body) = sent(request)
        && let Some(value) = places.iter().find_map(|place| body.at(place))
    {
        server.remember("written", value.clone());
    }
    if let Some(value) = server.remembered("written")
        && server.is_profile(request, &response)
    {
        change_shown(&mut response, |node| {
            walk(node, &mut |key, node| {
                if key == server.place {
                    *node = value.clone();
                }
            });
        });
    }
    Ok(response)
}
