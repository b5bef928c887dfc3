//! Servers that take whop's users, keys and files for what they are not.

#![expect(clippy::too_many_lines, reason = "lists of mutants are long")]

use manyface_conformance::{Node, Request};

use super::{
    edit::{
        at_mut, change_sent, change_shown, drop_header, null, path, query, sent, set_header, take,
        text,
    },
    mutant::{Answer, Mutant},
    server::Server,
    whop::{is_account, without},
};

pub(crate) fn mutants() -> Vec<Mutant> {
    let groups = [keys(), users(), files()];
    let all = groups.into_iter().flatten();
    all.map(|mutant| mutant.only(&["whop"])).collect()
}

fn is_key(server: &Server<'_>, request: &Request) -> bool {
    let key = server.other("key");
    request
        .header("authorization")
        .is_some_and(|line| line.strip_prefix("Bearer ") == Some(&key))
}

fn as_user(server: &Server<'_>, request: &Request) -> Answer {
    let mut heard = request.clone();
    set_header(&mut heard.headers, "authorization", &server.bearer());
    server.send(&heard)
}

fn keys() -> Vec<Mutant> {
    vec![
        Mutant::acts(
            "key-writes-the-profile",
            "lets API keys write a user's own profile",
            |server, request| {
                if is_key(server, request) && server.is_write(request) && query(request).is_empty()
                {
                    return as_user(server, request);
                }
                server.send(request)
            },
        ),
        Mutant::acts(
            "key-is-a-user",
            "lets API keys read as a user",
            |server, request| {
                if is_key(server, request) && request.method == "GET" && query(request).is_empty() {
                    return as_user(server, request);
                }
                server.send(request)
            },
        ),
        Mutant::acts(
            "key-of-any-account",
            "lets API keys write for every account",
            |server, request| {
                let response = server.send(request)?;
                if is_key(server, request) && server.is_write(request) && response.status == 403 {
                    return as_user(server, request);
                }
                Ok(response)
            },
        ),
        Mutant::acts(
            "key-reads-any-account",
            "lets API keys read for every account",
            |server, request| {
                let response = server.send(request)?;
                if is_key(server, request) && request.method == "GET" && response.status == 403 {
                    return as_user(server, request);
                }
                Ok(response)
            },
        ),
        Mutant::acts(
            "key-writes-nothing",
            "lets API keys write nothing",
            |server, request| {
                if is_key(server, request) && server.is_write(request) {
                    let mut heard = request.clone();
                    set_header(
                        &mut heard.headers,
                        "authorization",
                        &format!("Bearer {}", server.other("bare")),
                    );
                    return server.send(&heard);
                }
                server.send(request)
            },
        ),
    ]
}

fn users() -> Vec<Mutant> {
    vec![
        Mutant::acts(
            "anybody-writes",
            "lets users write to others",
            |server, request| {
                let response = server.send(request)?;
                if response.status == 403
                    && server.is_write(request)
                    && request.path.ends_with(&server.other("another"))
                {
                    return server.read(request);
                }
                Ok(response)
            },
        ),
        Mutant::says(
            "strangers-writes-are-404",
            "tells by 404 whom one cannot write to",
            |server, request, r| {
                if r.status == 403 && server.is_write(request) && path(request).ends_with("nobody")
                {
                    r.status = 404;
                }
            },
        ),
        Mutant::acts(
            "anybody-reads-accounts",
            "shows others' values for accounts",
            |server, request| {
                let response = server.send(request)?;
                if response.status == 403 && request.method == "GET" && !is_key(server, request) {
                    let mut heard = request.clone();
                    without(&mut heard, is_account);
                    return server.send(&heard);
                }
                Ok(response)
            },
        ),
        Mutant::hears(
            "tags-only",
            "finds users by their tags only",
            |server, request| {
                let name = server.other("username");
                if !name.is_empty() && path(request).ends_with(&format!("/{name}")) {
                    request.path = request.path.replace(&name, "user_nobody");
                }
            },
        ),
        Mutant::hears(
            "names-only",
            "finds users by their names only",
            |_, request| {
                if path(request).contains("/users/user_") {
                    request.path = request.path.replace("/users/user_", "/users/none-");
                }
            },
        ),
        Mutant::hears("me-in-any-case", "takes ME for me", |_, request| {
            request.path = request.path.replace("/users/ME", "/users/me");
        }),
        Mutant::acts(
            "names-in-one-case",
            "finds a name in one case only",
            |server, request| {
                let response = server.send(request)?;
                let asked = path(request).rsplit('/').next().unwrap_or_default();
                let shown = super::edit::json(&response.body);
                let name = shown.and_then(|node| node.at("/username").cloned());
                match name {
                    Some(Node::Text(name)) if name != asked && name.eq_ignore_ascii_case(asked) => {
                        let nobody = path(request).replace(asked, "nobody-at-all");
                        server.send(&Request {
                            path: nobody,
                            ..request.clone()
                        })
                    }
                    _ => Ok(response),
                }
            },
        ),
        Mutant::says(
            "taken-is-409",
            "says 409 of a name that is taken",
            |_, _, r| {
                if String::from_utf8_lossy(&r.body).contains("username is taken") {
                    r.status = 409;
                }
            },
        ),
        Mutant::acts(
            "taken-is-given",
            "gives a name that is taken",
            |server, request| {
                let response = server.send(request)?;
                if String::from_utf8_lossy(&response.body).contains("username is taken") {
                    let mut shown = server.read(request)?;
                    let name = sent(request).and_then(|body| body.at("/username").cloned());
                    change_shown(&mut shown, |node| {
                        if let (Some(place), Some(name)) = (at_mut(node, "/username"), name) {
                            *place = name;
                        }
                    });
                    return Ok(shown);
                }
                Ok(response)
            },
        ),
        Mutant::hears(
            "names-of-any-letters",
            "mends user names",
            |server, request| {
                if server.is_write(request) {
                    change_sent(request, |node| {
                        if let Some(Node::Text(name)) = at_mut(node, "/username") {
                            *name = name.replace(['_', '.', ' ', '@'], "");
                        }
                    });
                }
            },
        ),
        Mutant::hears(
            "names-of-nothing",
            "takes a user name of hyphens",
            |server, request| {
                if server.is_write(request) {
                    change_sent(request, |node| {
                        if let Some(Node::Text(name)) = at_mut(node, "/username")
                            && !name.is_empty()
                            && name.chars().all(|letter| letter == '-')
                        {
                            name.push_str("a-name");
                        }
                    });
                }
            },
        ),
        Mutant::acts(
            "mail-without-its-scope",
            "shows the mail address without its scope",
            |server, request| {
                let mut response = server.send(request)?;
                if request
                    .header("authorization")
                    .is_some_and(|line| line.ends_with(&server.other("bare")))
                {
                    change_shown(&mut response, |node| {
                        if let Some(mail @ Node::Plain(_)) = at_mut(node, "/email") {
                            *mail = text("x@example.com");
                        }
                    });
                }
                Ok(response)
            },
        ),
        Mutant::says(
            "mail-for-everybody",
            "shows others' mail addresses",
            |server, request, r| {
                if path(request).ends_with(&server.other("another")) {
                    change_shown(r, |node| {
                        if let Some(mail @ Node::Plain(_)) = at_mut(node, "/email") {
                            *mail = text("x@example.com");
                        }
                    });
                }
            },
        ),
        Mutant::hears("any-flag", "takes any word for a flag", |_, request| {
            request.path = request
                .path
                .replace("include_balance=perhaps", "include_balance=true");
        }),
        Mutant::says(
            "type-in-the-message-only",
            "has one type for all failures",
            |_, _, r| {
                change_shown(r, |node| {
                    if let Some(kind) = at_mut(node, "/error/type") {
                        *kind = text("bad_request");
                    }
                });
            },
        ),
        Mutant::says(
            "no-scope-in-the-challenge",
            "does not say which scope is missing",
            |_, _, r| {
                if r.status == 403 {
                    drop_header(&mut r.headers, "www-authenticate");
                }
            },
        ),
        Mutant::acts(
            "body-before-scope",
            "reads the body before it looks at scopes",
            |server, request| {
                let response = server.send(request)?;
                if response.status == 403
                    && server.is_write(request)
                    && !is_key(server, request)
                    && path(request) == server.suite.profile
                {
                    let own = as_user(server, request)?;
                    if own.status == 400 {
                        return Ok(own);
                    }
                }
                Ok(response)
            },
        ),
    ]
}

fn files() -> Vec<Mutant> {
    vec![
        Mutant::hears(
            "files-of-any-kind",
            "takes files of any kind",
            |_, request| {
                if request.method == "POST" {
                    change_sent(request, |node| {
                        if let Some(Node::Text(name)) = at_mut(node, "/filename") {
                            *name = name.replace(".pdf", ".png");
                        }
                    });
                }
            },
        ),
        Mutant::hears("any-visibility", "takes any visibility", |_, request| {
            if request.method == "POST" {
                change_sent(request, |node| {
                    take(node, "/visibility");
                });
            }
        }),
        Mutant::says(
            "unsigned-uploads",
            "takes files at addresses that it did not sign",
            |_, request, r| {
                if request.method == "PUT" && r.status == 403 {
                    r.status = 200;
                    r.body = b"{}".to_vec();
                }
            },
        ),
        Mutant::hears(
            "pictures-of-anybody",
            "takes a file that nobody has uploaded",
            |server, request| {
                if server.is_write(request) {
                    change_sent(request, |node| {
                        let id = node.at("/profile_picture/id").cloned();
                        if matches!(id, Some(Node::Text(id)) if id.starts_with("file_")) {
                            take(node, "/profile_picture");
                        }
                    });
                }
            },
        ),
        Mutant::says(
            "no-picture-at-all",
            "shows no picture where there always is one",
            |_, request, r| {
                if request.method == "GET" {
                    change_shown(r, |node| {
                        if let Some(picture @ Node::Object(_)) = at_mut(node, "/profile_picture") {
                            *picture = null();
                        }
                    });
                }
            },
        ),
        Mutant::says(
            "addresses-of-the-client",
            "makes addresses of the client's headers",
            |_, request, r| {
                if let Some(host) = request.header("x-forwarded-host") {
                    change_shown(r, |node| {
                        if let Some(url) = at_mut(node, "/profile_picture/url") {
                            *url = text(&format!("https://{host}/x"));
                        }
                    });
                }
            },
        ),
    ]
}
