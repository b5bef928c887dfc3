//! Servers that speak movieknight wrongly.

#![expect(clippy::too_many_lines, reason = "lists of mutants are long")]

use manyface_conformance::{Node, Request};

use super::{
    edit::{at_mut, change_sent, change_shown, sent, take, text},
    mutant::Mutant,
    server::Server,
};

const USER: &str = "/data/user";

pub(crate) fn mutants() -> Vec<Mutant> {
    let groups = [countries(), pictures(), users()];
    let all = groups.into_iter().flatten();
    all.map(|mutant| mutant.only(&["movieknight"])).collect()
}

/// Changes the text that a write sends for `key`.
fn heard(server: &Server<'_>, request: &mut Request, key: &str, change: impl Fn(&str) -> String) {
    if server.is_write(request) {
        change_sent(request, |node| {
            if let Some(Node::Text(text)) = at_mut(node, &format!("/{key}")) {
                *text = change(text);
            }
        });
    }
}

fn countries() -> Vec<Mutant> {
    vec![
        Mutant::says(
            "country-in-lower-case",
            "shows countries in lower case",
            |_, _, r| {
                change_shown(r, |node| {
                    if let Some(Node::Text(code)) = at_mut(node, &format!("{USER}/countryCode")) {
                        *code = code.to_lowercase();
                    }
                });
            },
        ),
        Mutant::says(
            "country-in-three-letters",
            "shows countries as alpha-3",
            |_, _, r| {
                change_shown(r, |node| {
                    if let Some(Node::Text(code)) = at_mut(node, &format!("{USER}/countryCode")) {
                        *code = code.replace("US", "USA").replace("DE", "DEU");
                    }
                });
            },
        ),
        Mutant::hears(
            "takes-three-letters",
            "takes alpha-3 codes",
            |server, request| {
                heard(server, request, "countryCode", |code| {
                    code.replace("USA", "US")
                });
            },
        ),
        Mutant::hears(
            "takes-unassigned-codes",
            "takes codes that are not assigned",
            |server, request| {
                let unassigned = ["ZZ", "XX", "AA", "QQ", "XK"];
                heard(server, request, "countryCode", |code| {
                    if unassigned.contains(&code) {
                        "US".to_owned()
                    } else {
                        code.to_owned()
                    }
                });
            },
        ),
        Mutant::hears(
            "takes-reserved-codes",
            "takes codes that are reserved",
            |server, request| {
                heard(server, request, "countryCode", |code| {
                    code.replace("UK", "GB").replace("EU", "DE")
                });
            },
        ),
        Mutant::hears(
            "codes-in-one-case",
            "refuses codes in lower case",
            |server, request| {
                heard(server, request, "countryCode", |code| {
                    if code.chars().any(char::is_lowercase) {
                        "??".to_owned()
                    } else {
                        code.to_owned()
                    }
                });
            },
        ),
        Mutant::hears(
            "codes-untrimmed",
            "refuses codes with blanks",
            |server, request| {
                heard(server, request, "countryCode", |code| {
                    if code.trim() == code || code.trim().is_empty() {
                        code.to_owned()
                    } else {
                        "??".to_owned()
                    }
                });
            },
        ),
    ]
}

fn pictures() -> Vec<Mutant> {
    vec![
        Mutant::says(
            "unset-picture-is-empty",
            "shows an unset picture as an empty text",
            |server, request, r| {
                if server.is_profile(request, r) {
                    change_shown(r, |node| {
                        if let Some(Node::Object(entries)) = at_mut(node, USER)
                            && !entries.iter().any(|(key, _)| key == "avatarUrl")
                        {
                            let place = entries.iter().position(|(key, _)| key == "createdAt");
                            entries.insert(
                                place.unwrap_or_default(),
                                ("avatarUrl".to_owned(), text("")),
                            );
                        }
                    });
                }
            },
        ),
        Mutant::says(
            "address-in-lower-case",
            "shows addresses in lower case",
            |_, _, r| {
                change_shown(r, |node| {
                    if let Some(Node::Text(url)) = at_mut(node, &format!("{USER}/avatarUrl")) {
                        *url = url.to_lowercase();
                    }
                });
            },
        ),
        Mutant::acts(
            "data-url-is-kept",
            "shows the data URL that was sent",
            |server, request| {
                let data = sent(request).and_then(|body| body.at("/avatarUrl").cloned());
                let data =
                    data.filter(|data| matches!(data, Node::Text(url) if url.starts_with("data:")));
                let mut response = server.send(request)?;
                if response.status == 200
                    && let Some(data) = data
                {
                    server.remember("data", data);
                }
                if let Some(data) = server.remembered("data") {
                    change_shown(&mut response, |node| {
                        if let Some(url) = at_mut(node, &format!("{USER}/avatarUrl")) {
                            *url = data;
                        }
                    });
                }
                Ok(response)
            },
        ),
        Mutant::hears(
            "takes-any-scheme",
            "takes addresses of any scheme",
            |server, request| {
                heard(server, request, "avatarUrl", |url| {
                    ["ftp:", "javascript:", "file:", "ws:"].into_iter().fold(
                        url.to_owned(),
                        |url, scheme| {
                            if url.starts_with(scheme) {
                                "https://a.example/".to_owned()
                            } else {
                                url
                            }
                        },
                    )
                });
            },
        ),
        Mutant::hears(
            "takes-users",
            "takes addresses with a user",
            |server, request| {
                heard(server, request, "avatarUrl", |url| {
                    match url.split_once("://") {
                        Some((scheme, rest)) if rest.contains('@') => {
                            format!("{scheme}://{}", rest.rsplit('@').next().unwrap_or_default())
                        }
                        _ => url.to_owned(),
                    }
                });
            },
        ),
        Mutant::hears(
            "takes-blanks",
            "takes addresses with blanks",
            |server, request| {
                heard(server, request, "avatarUrl", |url| {
                    if url.starts_with("http") {
                        url.trim().replace([' ', '\t', '\n'], "%20")
                    } else {
                        url.to_owned()
                    }
                });
            },
        ),
        Mutant::hears(
            "takes-no-host",
            "takes addresses without a host",
            |server, request| {
                heard(server, request, "avatarUrl", |url| match url {
                    "http://" | "https://" | "https:///x" | "https:" | "http:/x" => {
                        "https://a.example/".to_owned()
                    }
                    other => other.to_owned(),
                });
            },
        ),
        Mutant::hears(
            "takes-svg",
            "takes whatever calls itself a picture",
            |server, request| {
                heard(server, request, "avatarUrl", |url| {
                    if url.starts_with("data:image/svg") {
                        String::new()
                    } else {
                        url.to_owned()
                    }
                });
            },
        ),
        Mutant::hears("takes-loose-base64", "mends base64", |server, request| {
            heard(server, request, "avatarUrl", |url| {
                let is_loose = url.starts_with("data:image/png;base64,AA");
                if is_loose {
                    String::new()
                } else {
                    url.to_owned()
                }
            });
        }),
        Mutant::hears(
            "takes-half-a-picture",
            "takes damaged pictures",
            |server, request| {
                heard(server, request, "avatarUrl", |url| {
                    let is_cut = url.starts_with("data:image/png;base64,iVBOR")
                        && !url.contains("ElFTkSuQmCC")
                        && !url.contains("AElFTkSuQmCC")
                        && !url.contains("AASUVORK5CYII");
                    if is_cut {
                        String::new()
                    } else {
                        url.to_owned()
                    }
                });
            },
        ),
    ]
}

fn users() -> Vec<Mutant> {
    vec![
        Mutant::says("no-ok", "does not say that it is well", |_, _, r| {
            change_shown(r, |node| {
                take(node, "/ok");
            });
        }),
        Mutant::says(
            "ok-anyway",
            "says of failures that it is well",
            |_, _, r| {
                if r.status >= 400 {
                    change_shown(r, |node| {
                        if let Some(ok) = at_mut(node, "/ok") {
                            *ok = Node::Plain("true".to_owned());
                        }
                    });
                }
            },
        ),
        Mutant::says("error-is-an-object", "fails with an object", |_, _, r| {
            change_shown(r, |node| {
                if let Some(error) = at_mut(node, "/error") {
                    *error = Node::Object(vec![("message".to_owned(), error.clone())]);
                }
            });
        }),
        Mutant::says(
            "unset-name-is-empty",
            "shows no name where none was set",
            |server, request, r| {
                if server.is_profile(request, r) {
                    change_shown(r, |node| {
                        let username = node.at(&format!("{USER}/username")).cloned();
                        let name = at_mut(node, &format!("{USER}/name"));
                        if let (Some(name), Some(username)) = (name, username)
                            && *name == username
                        {
                            *name = text("");
                        }
                    });
                }
            },
        ),
        Mutant::hears(
            "empty-name-is-kept",
            "keeps the name where an empty one is sent",
            |server, request| {
                if server.is_write(request) {
                    change_sent(request, |node| {
                        let name = node.at("/name").cloned();
                        if matches!(name, Some(Node::Text(name)) if name.trim().is_empty()) {
                            take(node, "/name");
                        }
                    });
                }
            },
        ),
        Mutant::acts(
            "nothing-is-enough",
            "takes a body without any field",
            |server, request| {
                let response = server.send(request)?;
                let is_empty = sent(request) == Some(Node::Object(Vec::new()));
                if server.is_write(request) && is_empty && response.status == 400 {
                    return server.read(request);
                }
                Ok(response)
            },
        ),
        Mutant::acts(
            "unknown-is-enough",
            "takes a body of unknown keys",
            |server, request| {
                let response = server.send(request)?;
                let is_other =
                    matches!(sent(request), Some(Node::Object(entries)) if !entries.is_empty());
                let is_told = String::from_utf8_lossy(&response.body).contains("at least one of");
                if is_other && is_told {
                    server.read(request)
                } else {
                    Ok(response)
                }
            },
        ),
        Mutant::says(
            "nothing-remains",
            "says that no AI actions remain",
            |_, _, r| {
                change_shown(r, |node| {
                    if let Some(remaining) = at_mut(node, &format!("{USER}/aiUsage/remaining")) {
                        *remaining = Node::Plain("0".to_owned());
                    }
                });
            },
        ),
        Mutant::says(
            "born-without-a-time",
            "shows a date of birth without a time",
            |_, _, r| {
                change_shown(r, |node| {
                    if let Some(Node::Text(born)) = at_mut(node, &format!("{USER}/dateOfBirth")) {
                        born.truncate(10);
                    }
                });
            },
        ),
        Mutant::says(
            "born-a-day-early",
            "shows a date of birth in another time zone",
            |_, _, r| {
                change_shown(r, |node| {
                    if let Some(Node::Text(born)) = at_mut(node, &format!("{USER}/dateOfBirth")) {
                        *born = born.replace("20T00", "19T23");
                    }
                });
            },
        ),
    ]
}
