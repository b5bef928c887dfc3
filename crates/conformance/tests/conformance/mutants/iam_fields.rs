//! Servers that take iam's details for what they are not.

#![expect(clippy::too_many_lines, reason = "lists of mutants are long")]

use manyface_conformance::{Node, Request};

use super::{
    edit::{at_mut, change_sent, change_shown, null, text, walk},
    mutant::{Mutant, Places},
    server::Server,
};

pub(crate) fn mutants() -> Vec<Mutant> {
    let groups = [fields(), lists()];
    let all = groups.into_iter().flatten();
    all.map(|mutant| mutant.only(&["iam"])).collect()
}

/// Changes a detail that a write sends.
fn heard(server: &Server<'_>, request: &mut Request, key: &str, change: impl Fn(&mut Node)) {
    if server.is_write(request) {
        let place = server.sent_as(request, &format!("details.{key}"));
        change_sent(request, |node| {
            if let Some(value) = at_mut(node, &place) {
                change(value);
            }
        });
    }
}

fn mended(
    server: &Server<'_>,
    request: &mut Request,
    key: &str,
    change: impl Fn(&str) -> Option<String>,
) {
    heard(server, request, key, |node| {
        if let Node::Text(words) = node
            && let Some(changed) = change(words)
        {
            *node = text(&changed);
        }
    });
}

fn flags(_: &str) -> &'static [&'static str] {
    &[
        "communication_preferences_phone",
        "communication_preferences_email",
        "platform_features_emails",
        "activity_based_emails",
    ]
}

fn links(_: &str) -> &'static [&'static str] {
    &[
        "linkedin_url",
        "github_url",
        "twitter_url",
        "facebook_url",
        "website_url",
        "portfolio_url",
    ]
}

fn fields() -> Vec<Mutant> {
    vec![
        Mutant::says("country-in-two-letters", "shows countries as alpha-2", |_, _, r| {
            change_shown(r, |node| {
                if let Some(Node::Text(code)) = at_mut(node, "/country") {
                    code.truncate(2);
                }
            });
        }),
        Mutant::hears("countries-as-codes-only", "takes no names of countries", |server, request| {
            mended(server, request, "country", |name| (name.trim().len() > 3).then(|| "??".to_owned()));
        }),
        Mutant::hears("countries-in-upper-case-only", "takes codes in upper case only", |server, request| {
            mended(server, request, "country", |code| {
                (code.len() <= 3 && code != code.to_uppercase()).then(|| "??".to_owned())
            });
        }),
        Mutant::hears("unknown-country-clears", "takes an unknown country for none", |server, request| {
            mended(server, request, "country", |name| {
                ["XX", "EU", "Narnia"].contains(&name).then(String::new)
            });
        }),
        Mutant::hears("born-in-the-future", "takes dates of the future", |server, request| {
            mended(server, request, "dob", |date| date.starts_with("29").then(|| "2000-01-01".to_owned()));
        }),
        Mutant::hears("born-at-a-time", "takes a time for a date", |server, request| {
            mended(server, request, "dob", |date| date.contains('T').then(|| date.chars().take(10).collect()));
        }),
        Mutant::hears("dates-in-one-form", "takes one form of dates only", |server, request| {
            mended(server, request, "dob", |date| {
                (date.len() != 10 && date.starts_with("200")).then(|| "x".to_owned())
            });
        }),
        Mutant::hears("days-that-are-not-there", "takes the 29th of every February", |server, request| {
            mended(server, request, "dob", |date| date.contains("-02-29").then(|| "2023-03-01".to_owned()));
        }),
        Mutant::hears("flags-are-strict", "takes true and false for flags only", |server, request| {
            heard(server, request, server.place, |node| {
                if !matches!(node, Node::Plain(plain) if ["true", "false", "null"].contains(&&**plain)) {
                    *node = text("maybe");
                }
            });
        })
        .at(Places::Listed(flags)),
        Mutant::hears("flags-are-anything", "takes everything for a flag", |server, request| {
            heard(server, request, server.place, |node| {
                if matches!(node, Node::Text(words) if words == "maybe") {
                    *node = Node::Plain("true".to_owned());
                }
            });
        })
        .at(Places::Listed(flags)),
        Mutant::hears("links-of-any-scheme", "takes links of any scheme", |server, request| {
            mended(server, request, server.place, |url| {
                ["javascript:", "data:", "file:"].iter().any(|scheme| url.starts_with(scheme)).then(String::new)
            });
        })
        .at(Places::Listed(links)),
        Mutant::hears("links-without-a-scheme", "adds a scheme to links", |server, request| {
            mended(server, request, server.place, |url| (url == "a.com").then(|| format!("https://{url}")));
        })
        .at(Places::Listed(links)),
        Mutant::hears("any-user-type", "takes every kind of user", |server, request| {
            mended(server, request, "user_type", |kind| (kind == "wizard").then(String::new));
        }),
        Mutant::says("json-is-normalised", "writes numbers of JSON anew", |_, _, r| {
            change_shown(r, |node| {
                walk(node, &mut |_, node| {
                    if let Node::Plain(plain) = node
                        && plain.contains('.') && plain.ends_with('0') && plain.len() > 3
                    {
                        plain.pop();
                    }
                });
            });
        }),
        Mutant::says("json-is-sorted", "sorts the keys of JSON", |_, _, r| {
            change_shown(r, |node| {
                for key in ["/address", "/company_info", "/additional_data"] {
                    if let Some(Node::Object(entries)) = at_mut(node, key) {
                        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
                    }
                }
            });
        }),
        Mutant::hears("json-is-an-object", "takes objects only where any JSON may stand", |server, request| {
            for key in ["address", "company_info", "additional_data"] {
                heard(server, request, key, |node| {
                    if matches!(node, Node::Text(_) | Node::Array(_)) {
                        *node = null();
                    }
                });
            }
        }),
        Mutant::hears("numbers-as-they-are-written", "writes numbers into texts as they stand there", |server, request| {
            heard(server, request, "phone", |node| {
                if let Node::Plain(plain) = node
                    && plain.contains('.')
                {
                    *node = text(plain.clone().as_str());
                }
            });
        }),
        Mutant::says("is-somebody-else", "shows one's own profile as another's", |server, request, r| {
            if server.is_profile(request, r) {
                change_shown(r, |node| {
                    if let Some(own) = at_mut(node, "/is_current_user") {
                        *own = Node::Plain("false".to_owned());
                    }
                });
            }
        }),
    ]
}

fn named(_: &str) -> &'static [&'static str] {
    &[
        "skills",
        "investment_interests",
        "technical_interests",
        "focus_area",
    ]
}

fn lists() -> Vec<Mutant> {
    vec![
        Mutant::hears("lists-are-sorted", "sorts lists", |server, request| {
            heard(server, request, server.place, |node| {
                if let Node::Array(items) = node {
                    items.sort_by_key(ToString::to_string);
                }
            });
        })
        .at(Places::Listed(named)),
        Mutant::hears("lists-lose-their-last", "loses the last entry of lists", |server, request| {
            heard(server, request, server.place, |node| {
                if let Node::Array(items) = node {
                    items.pop();
                }
            });
        })
        .at(Places::Listed(named)),
        Mutant::says("names-for-ids", "shows names where ids are", |server, request, r| {
            if server.is_profile(request, r) {
                change_shown(r, |node| {
                    if let Some(Node::Array(items)) = at_mut(node, &format!("/{}", server.place)) {
                        for item in items {
                            *item = text("Rust");
                        }
                    }
                });
            }
        })
        .at(Places::Listed(named)),
        Mutant::says("nothing-of-the-names", "shows ids without their names", |server, request, r| {
            if server.is_profile(request, r) {
                change_shown(r, |node| {
                    if let Some(Node::Array(items)) = at_mut(node, &format!("/{}_data", server.place)) {
                        items.clear();
                    }
                });
            }
        })
        .at(Places::Listed(named)),
        Mutant::hears("any-id", "skips ids that are not there", |server, request| {
            heard(server, request, server.place, |node| {
                if let Node::Array(items) = node {
                    items.retain(|item| !matches!(item, Node::Plain(plain) if plain.len() > 5 || plain.starts_with('-')));
                }
            });
        })
        .at(Places::Listed(|_| &["skills", "focus_area"])),
        Mutant::hears("a-text-is-a-list", "takes a text for a list of it", |server, request| {
            heard(server, request, server.place, |node| {
                if let Node::Text(_) = node {
                    *node = Node::Array(vec![node.clone()]);
                }
            });
        })
        .at(Places::Listed(named)),
        Mutant::hears("one-entry-too-many", "takes 101 entries", |server, request| {
            heard(server, request, server.place, |node| {
                if let Node::Array(items) = node {
                    items.truncate(100);
                }
            });
        })
        .at(Places::Listed(|_| &["skills"])),
        Mutant::hears("one-entry-too-few", "refuses 100 entries", |server, request| {
            heard(server, request, server.place, |node| {
                if let Node::Array(items) = node
                    && items.len() == 100
                {
                    items.push(text("one more"));
                }
            });
        })
        .at(Places::Listed(|_| &["skills"])),
        Mutant::hears("blank-entries-are-skipped", "skips blank entries", |server, request| {
            heard(server, request, server.place, |node| {
                if let Node::Array(items) = node {
                    items.retain(|item| !matches!(item, Node::Text(words) if words.trim().is_empty()));
                }
            });
        })
        .at(Places::Listed(|_| &["skills"])),
    ]
}
