//! Bodies that are read too leniently, and paths.

#![expect(clippy::too_many_lines, reason = "lists of mutants are long")]

use manyface_conformance::{Node, Request};
use serde_json::value::RawValue;

use super::{
    edit::{change_header, change_text, drop_header, set_header, walk},
    mutant::Mutant,
    server::Server,
};

const STRICT: &[&str] = &["movieknight", "whop", "tenant"];

pub(crate) fn mutants() -> Vec<Mutant> {
    [bodies(), types(), paths()].into_iter().flatten().collect()
}

/// Reads the body of a write in another way, where it is text.
fn read(server: &Server<'_>, request: &mut Request, how: impl FnOnce(&str) -> Option<String>) {
    if server.is_write(request) && !is_form(request) {
        change_text(request, how);
    }
}

fn is_form(request: &Request) -> bool {
    request
        .header("content-type")
        .is_some_and(|kind| kind.contains("form"))
}

/// Keeps one of the entries that have the same key.
fn keep(server: &Server<'_>, request: &mut Request, is_last_kept: bool) {
    if server.is_write(request) {
        super::edit::change_sent(request, |node| {
            walk(node, &mut |_, node| {
                if let Node::Object(entries) = node {
                    let all = entries.clone();
                    let mut index = 0;
                    entries.retain(|(key, _)| {
                        let others = if is_last_kept {
                            &all[index + 1..]
                        } else {
                            &all[..index]
                        };
                        index += 1;
                        !others.iter().any(|(other, _)| other == key)
                    });
                }
            });
        });
    }
}

fn bodies() -> Vec<Mutant> {
    vec![
        Mutant::hears(
            "last-key-holds",
            "takes the last of two keys",
            |server, request| {
                keep(server, request, true);
            },
        )
        .only(STRICT),
        Mutant::hears(
            "first-key-holds",
            "takes the first of two keys",
            |server, request| {
                keep(server, request, false);
            },
        ),
        Mutant::hears(
            "reads-the-first-value",
            "ignores what stands after the body",
            |server, request| {
                read(server, request, |text| {
                    let mut values =
                        serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
                    let first = values.next()?.ok()?;
                    (first.get().len() < text.trim().len()).then(|| first.get().to_owned())
                });
            },
        ),
        Mutant::hears(
            "skips-a-byte-order-mark",
            "skips a byte order mark",
            |server, request| {
                read(server, request, |text| {
                    text.strip_prefix('\u{feff}').map(str::to_owned)
                });
            },
        ),
        Mutant::hears("reads-nan", "takes NaN for nothing", |server, request| {
            read(server, request, |text| {
                let words = ["NaN", "-Infinity", "Infinity"];
                let word = words
                    .into_iter()
                    .find(|word| text.contains(&format!(":{word}")))?;
                Some(text.replace(&format!(":{word}"), ":null"))
            });
        }),
        Mutant::hears(
            "reads-trailing-commas",
            "skips a comma too many",
            |server, request| {
                read(server, request, |text| {
                    text.contains(",}").then(|| text.replace(",}", "}"))
                });
            },
        ),
        Mutant::hears("reads-comments", "skips comments", |server, request| {
            read(server, request, |text| {
                let (before, rest) = text.split_once("/*")?;
                let (_, after) = rest.split_once("*/")?;
                Some(format!("{before}{after}"))
            });
        }),
        Mutant::hears(
            "reads-raw-controls",
            "takes raw control characters in texts",
            |server, request| {
                read(server, request, |text| {
                    let inner = text.trim();
                    inner
                        .contains(['\n', '\t', '\0'])
                        .then(|| inner.replace(['\n', '\t', '\0'], " "))
                });
            },
        )
        .only(&["movieknight", "whop", "tenant", "iam"]),
        Mutant::hears(
            "reads-a-list",
            "takes an empty list for an object",
            |server, request| {
                read(server, request, |text| {
                    (text.trim() == "[]").then(|| "{}".to_owned())
                });
            },
        ),
        Mutant::hears(
            "reads-null",
            "takes null for an object",
            |server, request| {
                read(server, request, |text| {
                    (text.trim() == "null").then(|| "{}".to_owned())
                });
            },
        ),
        Mutant::hears(
            "reads-nothing",
            "takes no body for an empty object",
            |server, request| {
                read(server, request, |text| {
                    text.is_empty().then(|| "{}".to_owned())
                });
            },
        )
        // Nothing is an empty object there.
        .only(STRICT),
        Mutant::hears(
            "reads-other-bytes",
            "mends what is no UTF-8",
            |server, request| {
                if server.is_write(request)
                    && !is_form(request)
                    && let Some(body) = &request.body
                    && std::str::from_utf8(body).is_err()
                {
                    let mended = String::from_utf8_lossy(body).into_owned();
                    request.body = Some(mended.into_bytes());
                }
            },
        ),
        Mutant::hears(
            "reads-any-depth",
            "reads bodies of any depth",
            |server, request| {
                read(server, request, |text| {
                    text.contains(&"[".repeat(127))
                        .then(|| server.suite.given.clone())
                });
            },
        ),
        Mutant::hears(
            "reads-any-number",
            "reads numbers of any size",
            |server, request| {
                read(server, request, |text| {
                    let text = text
                        .replace("1e400", "1")
                        .replace("123456789012345678901234567890", "1");
                    Some(text)
                });
            },
        ),
    ]
}

fn types() -> Vec<Mutant> {
    vec![
        Mutant::hears("any-type", "reads bodies of any type", |server, request| {
            let is_other = request
                .header("content-type")
                .is_some_and(|kind| !kind.contains("json"));
            if server.is_write(request)
                && is_other
                && (!is_form(request) || server.dialect() != "iam")
            {
                set_header(&mut request.headers, "content-type", "application/json");
            }
        }),
        Mutant::hears(
            "no-type-needed",
            "reads bodies of no type",
            |server, request| {
                if server.is_write(request)
                    && request.body.is_some()
                    && request.header("content-type").is_none()
                {
                    set_header(&mut request.headers, "content-type", "application/json");
                }
            },
        ),
        Mutant::hears(
            "any-json-type",
            "reads other types of JSON",
            |server, request| {
                if server.is_write(request) {
                    change_header(&mut request.headers, "content-type", |kind| {
                        kind.replace("application/merge-patch+json", "application/json")
                    });
                }
            },
        ),
        Mutant::hears(
            "any-charset",
            "reads other charsets as UTF-8",
            |_, request| {
                change_header(&mut request.headers, "content-type", |kind| {
                    if kind.starts_with("application/json") {
                        "application/json".to_owned()
                    } else {
                        kind.to_owned()
                    }
                });
            },
        ),
        Mutant::hears(
            "any-coding",
            "reads compressed bodies as they are",
            |_, request| {
                drop_header(&mut request.headers, "content-encoding");
            },
        ),
        Mutant::hears(
            "method-override",
            "takes the method from a header",
            |server, request| {
                if let Some(method) = request.header("x-http-method-override")
                    && request.method == "POST"
                {
                    let method = method.to_owned();
                    drop_header(&mut request.headers, "x-http-method-override");
                    request.method = method;
                    let _ = server;
                }
            },
        ),
        Mutant::hears(
            "methods-in-any-case",
            "reads methods in any case",
            |_, request| {
                request.method = request.method.to_ascii_uppercase();
            },
        ),
    ]
}

/// Sends what is for another path to this one.
fn moved(request: &mut Request, how: impl FnOnce(&str) -> String) {
    let (path, query) = match request.path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (&*request.path, None),
    };
    let path = how(path);
    request.path = match query {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
}

fn paths() -> Vec<Mutant> {
    vec![
        Mutant::hears(
            "slash-too-many",
            "skips a slash at the end",
            |server, request| {
                if server.dialect() != "iam" || super::edit::path(request).ends_with("//") {
                    moved(request, |path| {
                        path.strip_suffix('/').unwrap_or(path).to_owned()
                    });
                }
            },
        ),
        Mutant::hears("slashes-within", "joins slashes", |_, request| {
            moved(request, |path| path.replace("//", "/"));
        }),
        Mutant::hears(
            "paths-in-any-case",
            "reads paths in any case",
            |server, request| {
                let profile = server.suite.profile.clone();
                moved(request, |path| {
                    if path.eq_ignore_ascii_case(&profile) {
                        profile
                    } else {
                        path.to_owned()
                    }
                });
            },
        )
        // A user name there may be in any case, and `ME` is one.
        .only(&["movieknight", "tenant", "iam"]),
        Mutant::hears(
            "escaped-slashes",
            "takes an escaped slash for one",
            |_, request| {
                moved(request, |path| path.replace("%2f", "/"));
            },
        )
        .only(&["movieknight", "tenant", "iam"]),
        Mutant::acts(
            "any-path-below",
            "answers below its path",
            |server, request| {
                let mut response = server.send(request)?;
                if response.status == 404 && request.path.starts_with(&server.suite.profile) {
                    let shorter = Request {
                        path: server.suite.profile.clone(),
                        ..request.clone()
                    };
                    response = server.send(&shorter)?;
                }
                Ok(response)
            },
        ),
    ]
}
