//! Servers that speak tenant wrongly.

#![expect(clippy::too_many_lines, reason = "lists of mutants are long")]

use manyface_conformance::{Node, Request};

use super::{
    edit::{at_mut, change_header, change_sent, change_shown, null, set_header, take, text},
    mutant::{Answer, Mutant},
    server::{Server, TENANT},
};

const HEADER: &str = "x-tenant-id";

pub(crate) fn mutants() -> Vec<Mutant> {
    let groups = [tenants(), names(), failures()];
    let all = groups.into_iter().flatten();
    all.map(|mutant| mutant.only(&["tenant"])).collect()
}

fn lines(request: &Request) -> Vec<&str> {
    let own = request
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(HEADER));
    own.map(|(_, value)| value.as_str()).collect()
}

fn taken(server: &Server<'_>, request: &Request, is_taken: impl Fn(&[&str]) -> bool) -> Answer {
    let response = server.send(request)?;
    if matches!(response.status, 400 | 403) && is_taken(&lines(request)) {
        return own(server, request);
    }
    Ok(response)
}

fn own(server: &Server<'_>, request: &Request) -> Answer {
    let mut heard = request.clone();
    set_header(&mut heard.headers, HEADER, &server.other(TENANT));
    server.send(&heard)
}

fn is_uuid(text: &str) -> bool {
    text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
}

fn tenants() -> Vec<Mutant> {
    vec![
        Mutant::acts(
            "needs-no-tenant",
            "needs no X-Tenant-ID",
            |server, request| taken(server, request, |lines| lines.is_empty()),
        ),
        Mutant::acts(
            "any-tenant",
            "does not compare tenants",
            |server, request| {
                taken(
                    server,
                    request,
                    |lines| matches!(lines, [line] if is_uuid(line)),
                )
            },
        ),
        Mutant::acts(
            "any-form-of-a-tenant",
            "takes other forms of a UUID",
            |server, request| {
                taken(
                    server,
                    request,
                    |lines| matches!(lines, [line] if line.len() > 30 && !(is_uuid(line) && line.len() == 36)),
                )
            },
        ),
        Mutant::acts(
            "any-text-for-a-tenant",
            "takes no UUID for the user's tenant",
            |server, request| {
                taken(
                    server,
                    request,
                    |lines| matches!(lines, [line] if line.len() < 30),
                )
            },
        ),
        Mutant::acts(
            "two-tenants",
            "takes the first of two tenants",
            |server, request| taken(server, request, |lines| lines.len() > 1),
        ),
        Mutant::says(
            "mismatch-is-400",
            "says 400 to another tenant",
            |_, _, r| {
                if r.status == 403 {
                    r.status = 400;
                }
            },
        ),
        Mutant::says(
            "missing-tenant-is-403",
            "says 403 where the tenant is missing",
            |_, request, r| {
                if r.status == 400 && lines(request).is_empty() {
                    r.status = 403;
                }
            },
        ),
        Mutant::acts(
            "tenant-before-token",
            "judges the tenant before the token",
            |server, request| {
                let response = server.send(request)?;
                if response.status == 401 {
                    let mut asked = request.clone();
                    set_header(&mut asked.headers, "authorization", &server.bearer());
                    let judged = server.send(&Request {
                        method: "GET".to_owned(),
                        body: None,
                        ..asked
                    })?;
                    if judged.status != 200 {
                        return Ok(judged);
                    }
                }
                Ok(response)
            },
        ),
        Mutant::acts(
            "body-before-tenant",
            "reads the body before it looks at the tenant",
            |server, request| {
                let response = server.send(request)?;
                if response.status == 403 && request.body.is_some() {
                    let own = own(server, request)?;
                    if own.status == 400 {
                        return Ok(own);
                    }
                }
                Ok(response)
            },
        ),
        Mutant::acts(
            "type-before-tenant",
            "looks at the type before the tenant",
            |server, request| {
                let response = server.send(request)?;
                if response.status == 403 && request.body.is_some() {
                    let own = own(server, request)?;
                    if own.status == 415 {
                        return Ok(own);
                    }
                }
                Ok(response)
            },
        ),
        Mutant::hears(
            "tenant-in-the-query",
            "takes the tenant from the query",
            |server, request| {
                if super::edit::query(request).contains("tenant_id=")
                    && request.header(HEADER).is_some()
                {
                    change_header(&mut request.headers, HEADER, |_| "x".to_owned());
                    let _ = server;
                }
            },
        ),
    ]
}

fn names() -> Vec<Mutant> {
    vec![
        Mutant::says(
            "name-is-the-display-name",
            "shows no name without a display name",
            |_, _, r| {
                change_shown(r, |node| {
                    let display = node.at("/display_name").cloned();
                    if let (Some(name), Some(Node::Plain(_))) = (at_mut(node, "/name"), display) {
                        *name = text("");
                    }
                });
            },
        ),
        Mutant::says(
            "family-name-first",
            "shows the family name first",
            |_, _, r| {
                change_shown(r, |node| {
                    if let Some(Node::Text(name)) = at_mut(node, "/name")
                        && let Some((first, last)) = name.clone().split_once(' ')
                    {
                        *name = format!("{last} {first}");
                    }
                });
            },
        ),
        Mutant::says(
            "half-a-name-with-a-blank",
            "shows half a name with a blank",
            |_, _, r| {
                change_shown(r, |node| {
                    let halves = [
                        node.at("/first_name").cloned(),
                        node.at("/last_name").cloned(),
                    ];
                    let name = at_mut(node, "/name");
                    match (name, halves) {
                        (
                            Some(Node::Text(name)),
                            [Some(Node::Plain(_)), Some(Node::Text(last))],
                        ) if *name == last => name.insert(0, ' '),
                        (
                            Some(Node::Text(name)),
                            [Some(Node::Text(first)), Some(Node::Plain(_))],
                        ) if *name == first => name.push(' '),
                        _ => {}
                    }
                });
            },
        ),
        Mutant::says(
            "nameless-is-null",
            "shows null for a name that is nowhere set",
            |_, _, r| {
                change_shown(r, |node| {
                    let keys = ["/first_name", "/last_name", "/display_name"];
                    let is_unset = keys.iter().all(|key| node.at(key) == Some(&null()));
                    if let (Some(name), true) = (at_mut(node, "/name"), is_unset) {
                        *name = null();
                    }
                });
            },
        ),
        Mutant::says(
            "everybody-is-local",
            "shows everybody as local",
            |_, _, r| {
                change_shown(r, |node| {
                    if let Some(provider) = at_mut(node, "/auth_provider") {
                        *provider = text("local");
                    }
                });
            },
        ),
        Mutant::says(
            "picture-as-an-address",
            "shows a picture as an address",
            |_, _, r| {
                change_shown(r, |node| {
                    if let Some(picture @ Node::Text(_)) = at_mut(node, "/avatar_base64") {
                        *picture = text("https://a.example/media/x.png");
                    }
                });
            },
        ),
        Mutant::says(
            "picture-without-a-prefix",
            "shows a picture without its prefix",
            |_, _, r| {
                change_shown(r, |node| {
                    if let Some(Node::Text(picture)) = at_mut(node, "/avatar_base64") {
                        *picture = picture.rsplit(',').next().unwrap_or_default().to_owned();
                    }
                });
            },
        ),
        Mutant::hears(
            "picture-needs-no-prefix",
            "takes a picture without its prefix",
            |server, request| {
                if server.is_write(request) {
                    change_sent(request, |node| {
                        if let Some(picture) = at_mut(node, "/avatar_base64")
                            && matches!(picture, Node::Text(text) if text.starts_with("iVBOR"))
                        {
                            *picture = null();
                        }
                    });
                }
            },
        ),
        Mutant::hears(
            "picture-one-byte-more",
            "takes a picture of one byte too many",
            |server, request| {
                if server.is_write(request) {
                    change_sent(request, |node| {
                        let Some(picture) = at_mut(node, "/avatar_base64") else {
                            return;
                        };
                        let Node::Text(text) = &*picture else {
                            return;
                        };
                        let data = text.rsplit(',').next().unwrap_or_default();
                        let padding = data.bytes().rev().take_while(|b| *b == b'=');
                        if (data.len() / 4 * 3).saturating_sub(padding.count()) == 262_145 {
                            *picture = null();
                        }
                    });
                }
            },
        ),
        Mutant::hears(
            "picture-one-byte-less",
            "refuses a picture of the largest size",
            |server, request| {
                if server.is_write(request) {
                    change_sent(request, |node| {
                        let Some(picture) = at_mut(node, "/avatar_base64") else {
                            return;
                        };
                        if matches!(picture, Node::Text(text) if text.len() > 349_000 && text.len() < 349_600)
                        {
                            *picture = text("x");
                        }
                    });
                }
            },
        ),
    ]
}

fn failures() -> Vec<Mutant> {
    vec![
        Mutant::says("no-details", "tells no details", |_, _, r| {
            if r.status >= 400 {
                change_shown(r, |node| {
                    take(node, "/details");
                });
            }
        }),
        Mutant::says(
            "first-detail-only",
            "tells the details of the first mistake only",
            |_, _, r| {
                if r.status >= 400 {
                    change_shown(r, |node| {
                        if let Some(Node::Object(details)) = at_mut(node, "/details") {
                            details.truncate(1);
                        }
                    });
                }
            },
        ),
        Mutant::says("notices-of-nothing", "sends empty notices", |_, _, r| {
            if r.status >= 400 {
                change_shown(r, |node| {
                    if let Node::Object(entries) = node {
                        entries.push(("notices".to_owned(), null()));
                    }
                });
            }
        }),
        Mutant::says(
            "first-managed-field-only",
            "names one managed field only",
            |_, _, r| {
                change_shown(r, |node| {
                    if let Some(Node::Array(fields)) = at_mut(node, "/details/managed_fields") {
                        fields.truncate(1);
                    }
                });
            },
        ),
        Mutant::says(
            "code-in-upper-case",
            "spells codes in upper case",
            |_, _, r| {
                if r.status >= 400 {
                    change_shown(r, |node| {
                        if let Some(Node::Text(code)) = at_mut(node, "/code") {
                            *code = code.to_uppercase();
                        }
                    });
                }
            },
        ),
        Mutant::says(
            "one-code-for-all",
            "has one code for every 400",
            |_, _, r| {
                if r.status == 400 {
                    change_shown(r, |node| {
                        if let Some(code) = at_mut(node, "/code") {
                            *code = text("invalid_input");
                        }
                    });
                }
            },
        ),
    ]
}
