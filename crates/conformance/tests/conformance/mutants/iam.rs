//! Servers that speak iam wrongly.

#![expect(clippy::too_many_lines, reason = "lists of mutants are long")]

use manyface_conformance::{Node, Response};

use super::{
    edit::{
        at_mut, change_header, change_sent, change_shown, drop_header, last_text, path, sent,
        set_header, take, text, walk,
    },
    mutant::Mutant,
};

const DETAILS: &str = "/api/v1/iam/iamuserdetails/me/";
const EXISTENCE: &str = "/api/v1/iam/check-user-existence/";

pub(crate) fn mutants() -> Vec<Mutant> {
    let groups = [failures(), paths(), names(), details()];
    let all = groups.into_iter().flatten();
    all.map(|mutant| mutant.only(&["iam"])).collect()
}

fn refused(r: &mut Response, change: impl FnOnce(&mut Node)) {
    if r.status == 400 {
        change_shown(r, change);
    }
}

fn failures() -> Vec<Mutant> {
    vec![
        Mutant::says(
            "first-field-only",
            "tells of the first wrong field only",
            |_, _, r| {
                refused(r, |node| {
                    walk(node, &mut |_, node| {
                        if let Node::Object(entries) = node {
                            entries.truncate(1);
                        }
                    });
                });
            },
        ),
        Mutant::says(
            "mistakes-are-texts",
            "tells mistakes as texts, not as lists",
            |_, _, r| {
                refused(r, |node| {
                    walk(node, &mut |_, node| {
                        if let Node::Array(items) = node
                            && let [Node::Text(only)] = &items[..]
                        {
                            *node = text(&only.clone());
                        }
                    });
                });
            },
        ),
        Mutant::says(
            "flat-mistakes",
            "tells mistakes in the details flat",
            |_, _, r| {
                refused(r, |node| {
                    if let Some(Node::Object(details)) = node.at("/details").cloned() {
                        take(node, "/details");
                        if let Node::Object(entries) = node {
                            entries.extend(details);
                        }
                    }
                });
            },
        ),
        Mutant::says(
            "mistakes-in-detail",
            "tells every mistake under detail",
            |_, _, r| {
                refused(r, |node| {
                    let inner = node.clone();
                    if inner.at("/detail").is_none() {
                        *node = Node::Object(vec![("detail".to_owned(), inner)]);
                    }
                });
            },
        ),
        Mutant::says(
            "no-code",
            "tells a bad token without its code",
            |_, _, r| {
                if r.status == 401 {
                    change_shown(r, |node| {
                        take(node, "/code");
                    });
                }
            },
        ),
        Mutant::says(
            "no-messages",
            "tells a bad token without its messages",
            |_, _, r| {
                if r.status == 401 {
                    change_shown(r, |node| {
                        take(node, "/messages");
                    });
                }
            },
        ),
        Mutant::says(
            "other-place-of-a-mistake",
            "counts from one where a body cannot be read",
            |_, _, r| {
                refused(r, |node| {
                    last_text(node, |words| words.replace("(char 5)", "(char 6)"));
                });
            },
        ),
        Mutant::says("no-realm", "challenges without its realm", |_, _, r| {
            change_header(&mut r.headers, "www-authenticate", |value| {
                value.replace("api", "")
            });
        }),
        Mutant::says("406-in-words", "says 406 as a text", |_, _, r| {
            if r.status == 406 {
                r.body = b"\"Not Acceptable\"".to_vec();
            }
        }),
    ]
}

fn paths() -> Vec<Mutant> {
    vec![
        Mutant::says("moved-for-now", "moves a path by 302", |_, _, r| {
            if r.status == 301 {
                r.status = 302;
            }
        }),
        Mutant::says(
            "moved-without-its-query",
            "loses the query where it moves a path",
            |_, _, r| {
                change_header(&mut r.headers, "location", |to| {
                    to.split('?').next().unwrap_or_default().to_owned()
                });
            },
        ),
        Mutant::says(
            "moved-nowhere",
            "does not say where a path has moved",
            |_, _, r| {
                drop_header(&mut r.headers, "location");
            },
        ),
        Mutant::hears(
            "answers-without-a-slash",
            "answers where it should move",
            |server, request| {
                if format!("{}/", path(request)) == server.suite.profile {
                    request.path = request.path.replacen("/profile", "/profile/", 1);
                }
            },
        ),
        Mutant::hears(
            "accepts-nothing-else",
            "answers 406 to whoever prefers something else",
            |_, request| {
                change_header(&mut request.headers, "accept", |accepted| {
                    accepted.split(',').next().unwrap_or_default().to_owned()
                });
            },
        ),
        Mutant::acts(
            "token-before-accept",
            "asks who sends it before it looks at Accept",
            |server, request| {
                let response = server.send(request)?;
                if response.status == 406 && request.header("authorization").is_none() {
                    let mut heard = request.clone();
                    drop_header(&mut heard.headers, "accept");
                    return server.send(&heard);
                }
                Ok(response)
            },
        ),
    ]
}

fn names() -> Vec<Mutant> {
    vec![
        Mutant::says(
            "every-name-is-free",
            "says that every name is free",
            |_, request, r| {
                if path(request) == EXISTENCE && r.status == 200 {
                    r.body = br#"{"available":true}"#.to_vec();
                }
            },
        ),
        Mutant::says(
            "no-name-is-free",
            "says that no name is free",
            |_, request, r| {
                if path(request) == EXISTENCE && r.status == 200 {
                    r.body = br#"{"available":false}"#.to_vec();
                }
            },
        ),
        Mutant::hears(
            "ones-own-name-is-not-free",
            "does not know whose name it is",
            |_, request| {
                if path(request) == EXISTENCE
                    && request
                        .header("authorization")
                        .is_some_and(|line| line.len() > 20)
                {
                    drop_header(&mut request.headers, "authorization");
                }
            },
        ),
        Mutant::hears(
            "existence-needs-a-token",
            "asks who wants to know",
            |_, request| {
                if path(request) == EXISTENCE && request.header("authorization").is_none() {
                    set_header(&mut request.headers, "authorization", "Bearer none");
                }
            },
        ),
        Mutant::hears(
            "existence-takes-any-token",
            "skips a bad token where none is needed",
            |server, request| {
                if path(request) == EXISTENCE
                    && request.header("authorization") != Some(&server.bearer())
                {
                    drop_header(&mut request.headers, "authorization");
                }
            },
        ),
        Mutant::acts(
            "taken-names-are-given",
            "gives a name that is taken",
            |server, request| {
                let response = server.send(request)?;
                if response.status == 400
                    && String::from_utf8_lossy(&response.body).contains("already exists")
                {
                    return server.read(request);
                }
                Ok(response)
            },
        ),
        Mutant::hears(
            "look-alikes-are-names",
            "takes look-alikes for user names",
            |server, request| {
                if server.is_write(request) {
                    change_sent(request, |node| {
                        if let Some(Node::Text(name)) = at_mut(node, "/username") {
                            *name = name.replace('\u{430}', "a-name-");
                        }
                    });
                }
            },
        ),
        Mutant::hears(
            "names-of-any-letters",
            "mends user names",
            |server, request| {
                if server.is_write(request) {
                    change_sent(request, |node| {
                        if let Some(Node::Text(name)) = at_mut(node, "/username") {
                            *name = name.replace([' ', '/', ',', '!'], "");
                        }
                    });
                }
            },
        ),
    ]
}

fn details() -> Vec<Mutant> {
    vec![
        Mutant::says(
            "details-hide-the-kind",
            "does not show the kind of user",
            |_, request, r| {
                if path(request) == DETAILS {
                    change_shown(r, |node| {
                        take(node, "/user_type");
                    });
                }
            },
        ),
        Mutant::says(
            "details-are-never-null",
            "shows empty texts in the details alone",
            |_, request, r| {
                if path(request) == DETAILS {
                    change_shown(r, |node| {
                        for key in ["/bio", "/phone", "/github_url"] {
                            if let Some(value @ Node::Plain(_)) = at_mut(node, key) {
                                *value = text("");
                            }
                        }
                    });
                }
            },
        ),
        Mutant::says(
            "details-show-ids",
            "shows ids in the details alone",
            |_, request, r| {
                if path(request) == DETAILS {
                    change_shown(r, |node| {
                        for key in ["/skills", "/focus_area"] {
                            if let Some(Node::Array(items)) = at_mut(node, key) {
                                for item in items {
                                    *item = Node::Plain("1".to_owned());
                                }
                            }
                        }
                    });
                }
            },
        ),
        Mutant::hears(
            "details-take-names",
            "writes the name through the details alone",
            |server, request| {
                if server.is_write(request)
                    && path(request) == DETAILS
                    && sent(request).is_some_and(|body| body.at("/full_name").is_some())
                {
                    // The name is written by the other operation, the details are lost.
                    request.path.clone_from(&server.suite.profile);
                }
            },
        ),
        Mutant::says(
            "details-are-wrapped",
            "wraps mistakes in the details alone",
            |_, request, r| {
                if path(request) == DETAILS {
                    refused(r, |node| {
                        let inner = node.clone();
                        *node = Node::Object(vec![("details".to_owned(), inner)]);
                    });
                }
            },
        ),
        Mutant::says(
            "one-tag-for-both-views",
            "sends one ETag for both views",
            |_, _, r| {
                change_header(&mut r.headers, "etag", |tag| {
                    let mut parts = tag.splitn(3, '-');
                    let (number, time) = (
                        parts.next().unwrap_or_default(),
                        parts.next().unwrap_or_default(),
                    );
                    format!("{number}-{time}\"")
                });
            },
        ),
        Mutant::hears("forms-are-not-read", "reads no forms", |server, request| {
            if server.is_write(request) {
                change_header(&mut request.headers, "content-type", |kind| {
                    kind.replace("application/x-www-form-urlencoded", "text/plain")
                });
            }
        }),
        Mutant::hears(
            "multipart-is-not-read",
            "reads no multipart forms",
            |server, request| {
                if server.is_write(request) {
                    change_header(&mut request.headers, "content-type", |kind| {
                        kind.replace("multipart/form-data", "text/plain")
                    });
                }
            },
        ),
        Mutant::says(
            "strangers-resumes",
            "serves résumés to strangers",
            |_, request, r| {
                if path(request).contains("/resume/") && r.status == 401 {
                    r.status = 404;
                }
            },
        ),
    ]
}
