//! Wrong bodies of successes.

#![expect(clippy::too_many_lines, reason = "lists of mutants are long")]

use manyface_conformance::{Node, Response};

use super::{
    edit::{at_mut, change_shown, is_empty, is_null, null, take, text, walk},
    mutant::{Mutant, Places},
    server::Server,
};

/// Changes a profile that is shown.
fn shown(
    server: &Server<'_>,
    (request, r): (&manyface_conformance::Request, &mut Response),
    change: impl FnOnce(&mut Node),
) {
    if server.is_profile(request, r) {
        change_shown(r, change);
    }
}

pub(crate) fn mutants() -> Vec<Mutant> {
    [fields(), types(), facts()].into_iter().flatten().collect()
}

fn fields() -> Vec<Mutant> {
    vec![
        Mutant::says(
            "drops-what-it-shows",
            "leaves a field out of its answer",
            |server, request, r| {
                shown(server, (request, r), |node| {
                    take(node, server.shown_at());
                });
            },
        )
        .at(Places::Fields),
        Mutant::says(
            "shows-null",
            "shows null for a value",
            |server, request, r| {
                shown(server, (request, r), |node| {
                    if let Some(value) = at_mut(node, server.shown_at()) {
                        *value = null();
                    }
                });
            },
        )
        .at(Places::Fields),
        Mutant::says(
            "hides-what-was-set",
            "shows a field as unset",
            |server, request, r| {
                shown(server, (request, r), |node| {
                    if let Some(value) = at_mut(node, server.shown_at()) {
                        *value = match value {
                            Node::Plain(plain) if plain == "true" => {
                                Node::Plain("false".to_owned())
                            }
                            Node::Array(_) => Node::Array(Vec::new()),
                            Node::Text(_) if server.dialect() != "whop" => text(""),
                            Node::Plain(_) | Node::Text(_) | Node::Object(_) => null(),
                        };
                    }
                });
            },
        )
        .at(Places::Fields),
        Mutant::says(
            "other-unset",
            "shows an unset text as null, or null as an empty one",
            |server, request, r| {
                shown(server, (request, r), |node| {
                    walk(node, &mut |_, node| {
                        if is_empty(node) {
                            *node = null();
                        } else if is_null(node) {
                            *node = text("");
                        }
                    });
                });
            },
        ),
        Mutant::says(
            "leaves-null-out",
            "leaves out what is null or empty",
            |server, request, r| {
                shown(server, (request, r), |node| {
                    walk(node, &mut |_, node| {
                        if let Node::Object(entries) = node {
                            entries.retain(|(_, value)| !is_null(value) && !is_empty(value));
                        }
                    });
                });
            },
        ),
        Mutant::says(
            "further-key",
            "shows a key beyond the documented ones",
            |server, request, r| {
                shown(server, (request, r), |node| {
                    walk(node, &mut |key, node| {
                        if let (Node::Object(entries), "" | "user") = (node, key)
                            && entries.len() > 2
                        {
                            entries.push(("password_hash".to_owned(), text("$2b$10$")));
                        }
                    });
                });
            },
        ),
        Mutant::says(
            "other-order",
            "shows its keys in another order",
            |server, request, r| {
                shown(server, (request, r), |node| {
                    walk(node, &mut |_, node| {
                        if let Node::Object(entries) = node {
                            entries.reverse();
                        }
                    });
                });
            },
        ),
        Mutant::says("key-twice", "shows a key twice", |server, request, r| {
            shown(server, (request, r), |node| {
                walk(node, &mut |key, node| {
                    if let (Node::Object(entries), "" | "user") = (node, key)
                        && let Some(first) = entries.first().cloned()
                    {
                        entries.push(first);
                    }
                });
            });
        }),
        Mutant::says(
            "other-envelope",
            "wraps its answer once more",
            |server, request, r| {
                shown(server, (request, r), |node| {
                    let inner = node.clone();
                    *node = Node::Object(vec![("data".to_owned(), inner)]);
                });
            },
        ),
        Mutant::says(
            "camel-case",
            "spells keys in another case",
            |server, request, r| {
                shown(server, (request, r), |node| {
                    walk(node, &mut |_, node| {
                        if let Node::Object(entries) = node {
                            for (key, _) in entries {
                                *key = other_case(key);
                            }
                        }
                    });
                });
            },
        ),
        Mutant::says("cut-off", "cuts its answer off", |server, request, r| {
            if server.is_profile(request, r) {
                r.body.pop();
            }
        }),
    ]
}

/// `countryCode` as `country_code` and `full_name` as `fullName`.
fn other_case(key: &str) -> String {
    let mut other = String::new();
    let mut is_after_line = false;
    for letter in key.chars() {
        if letter.is_ascii_uppercase() {
            other.push('_');
        }
        if letter == '_' {
            is_after_line = true;
        } else if is_after_line {
            other.push(letter.to_ascii_uppercase());
            is_after_line = false;
        } else {
            other.push(letter.to_ascii_lowercase());
        }
    }
    other
}

fn is_number(plain: &str) -> bool {
    plain.parse::<f64>().is_ok()
}

fn types() -> Vec<Mutant> {
    vec![
        Mutant::says(
            "number-as-text",
            "shows numbers as texts",
            |server, request, r| {
                shown(server, (request, r), |node| {
                    walk(node, &mut |_, node| {
                        if let Node::Plain(plain) = node
                            && is_number(plain)
                        {
                            *node = Node::Text(plain.clone());
                        }
                    });
                });
            },
        )
        .only(&["movieknight", "iam"]),
        Mutant::says(
            "number-with-a-point",
            "shows whole numbers with a point",
            |server, request, r| {
                shown(server, (request, r), |node| {
                    walk(node, &mut |_, node| {
                        if let Node::Plain(plain) = node
                            && plain.parse::<i64>().is_ok()
                        {
                            plain.push_str(".0");
                        }
                    });
                });
            },
        )
        .only(&["movieknight", "iam"]),
        Mutant::says(
            "text-as-number",
            "shows texts of digits as numbers",
            |server, request, r| {
                shown(server, (request, r), |node| {
                    walk(node, &mut |_, node| {
                        if let Node::Text(text) = node
                            && text.parse::<i64>().is_ok()
                        {
                            *node = Node::Plain(text.clone());
                        }
                    });
                });
            },
        )
        .only(&["iam"]),
        Mutant::says(
            "flag-as-number",
            "shows flags as 0 and 1",
            |server, request, r| {
                shown(server, (request, r), |node| {
                    walk(node, &mut |_, node| {
                        if let Node::Plain(plain) = node {
                            *plain = plain.replace("true", "1").replace("false", "0");
                        }
                    });
                });
            },
        )
        .only(&["movieknight", "iam"]),
        Mutant::says(
            "time-in-seconds",
            "shows times without milliseconds",
            |server, request, r| {
                shown(server, (request, r), |node| {
                    times(node, |text| {
                        format!("{}Z", text.split(['.', 'Z']).next().unwrap_or_default())
                    });
                });
            },
        )
        .only(&["movieknight", "whop"]),
        Mutant::says(
            "time-with-an-offset",
            "shows times with an offset",
            |server, request, r| {
                shown(server, (request, r), |node| {
                    times(node, |text| text.replace('Z', "+00:00"))
                });
            },
        )
        .only(&["movieknight", "whop", "iam"]),
        Mutant::says(
            "time-as-a-number",
            "shows times as numbers",
            |server, request, r| {
                shown(server, (request, r), |node| {
                    walk(node, &mut |key, node| {
                        if key.starts_with("created") {
                            *node = Node::Plain("1782383400000".to_owned());
                        }
                    });
                });
            },
        )
        .only(&["movieknight", "whop", "iam"]),
    ]
}

/// Changes every text that looks like a time.
fn times(node: &mut Node, change: impl Fn(&str) -> String) {
    walk(node, &mut |key, node| {
        if let Node::Text(text) = node
            && key.starts_with("created")
        {
            *text = change(text);
        }
    });
}

fn facts() -> Vec<Mutant> {
    vec![
        Mutant::says(
            "id-of-another-form",
            "shows an id of another form",
            |server, request, r| {
                shown(server, (request, r), |node| {
                    ids(node, |id| format!("urn:{id}"))
                });
            },
        ),
        Mutant::says(
            "id-in-upper-case",
            "shows its id in upper case",
            |server, request, r| {
                shown(server, (request, r), |node| ids(node, str::to_uppercase));
            },
        ),
        Mutant::says(
            "id-of-the-moment",
            "shows another id each time",
            |server, request, r| {
                shown(server, (request, r), |node| {
                    let count = server.remembered("count").map_or(1, |count| {
                        count.to_string().parse::<u32>().unwrap_or_default() + 1
                    });
                    server.remember("count", Node::Plain(count.to_string()));
                    ids(node, |id| {
                        format!("{}{:02}", &id[..id.len() - 2], count % 100)
                    });
                });
            },
        ),
        Mutant::says(
            "mail-of-nobody",
            "shows no mail address",
            |server, request, r| {
                shown(server, (request, r), |node| {
                    walk(node, &mut |key, node| {
                        if key == "email" && matches!(node, Node::Text(_)) {
                            *node = text("");
                        }
                    });
                });
            },
        )
        .only(&["movieknight", "tenant", "iam"]),
        Mutant::says(
            "name-for-a-username",
            "shows a name as the user name",
            |server, request, r| {
                shown(server, (request, r), |node| {
                    walk(node, &mut |key, node| {
                        if key == "username" {
                            *node = text("Movie Fan");
                        }
                    });
                });
            },
        )
        .only(&["movieknight", "whop", "iam"]),
        Mutant::says(
            "escapes-markup",
            "escapes texts for HTML",
            |server, request, r| {
                shown(server, (request, r), |node| {
                    super::edit::texts(node, |text| text.replace('<', "&lt;").replace('>', "&gt;"));
                });
            },
        ),
    ]
}

fn ids(node: &mut Node, change: impl Fn(&str) -> String) {
    walk(node, &mut |key, node| {
        if let ("id" | "user_id", Node::Text(text)) = (key, node) {
            *text = change(text);
        }
    });
}
