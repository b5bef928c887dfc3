//! Texts that are measured, trimmed or kept wrongly.

use manyface_conformance::{Node, Request};

use super::{
    edit::{at_mut, change_sent, change_shown, change_text, put, sent, text, texts},
    mutant::{Answer, Mutant, Places},
    server::Server,
};

pub(crate) fn mutants() -> Vec<Mutant> {
    [limits(), blanks(), characters()]
        .into_iter()
        .flatten()
        .collect()
}

/// The texts that have a limit.
fn limited(dialect: &str) -> &'static [&'static str] {
    match dialect {
        "movieknight" => &["bio", "name", "avatarUrl"],
        "whop" => &["bio", "name", "username"],
        "tenant" => &["first_name", "last_name", "display_name"],
        _ => &[
            "full_name",
            "username",
            "details.bio",
            "details.phone",
            "details.linkedin_url",
            "details.github_url",
            "details.twitter_url",
            "details.facebook_url",
            "details.website_url",
            "details.portfolio_url",
            "details.resume",
            "details.profile_picture",
        ],
    }
}

/// The texts that may have any characters.
fn free(dialect: &str) -> &'static [&'static str] {
    match dialect {
        "movieknight" | "whop" => &["bio", "name"],
        "tenant" => &["first_name", "last_name", "display_name"],
        _ => &["full_name", "details.bio", "details.phone"],
    }
}

fn limit(server: &Server<'_>) -> usize {
    match (server.dialect(), server.place) {
        ("movieknight", "avatarUrl") => 1_572_864,
        (_, "details.profile_picture") => 2048,
        ("whop", "bio") => 1000,
        ("whop", "username") => 42,
        ("iam", "full_name") => 255,
        ("iam", "username") => 150,
        ("iam", "details.bio") => 10_000,
        ("iam", "details.phone") => 32,
        ("movieknight", "bio") | ("iam", _) => 200,
        (_, _) => 100,
    }
}

/// The text that is sent where the mutant is wrong.
fn written(server: &Server<'_>, request: &Request) -> Option<String> {
    if !server.is_write(request) {
        return None;
    }
    match sent(request)?.at(&server.sent_at(request)) {
        Some(Node::Text(text)) if !text.starts_with("data:") => Some(text.clone()),
        _ => None,
    }
}

fn with(server: &Server<'_>, request: &Request, value: &str) -> Request {
    let mut changed = request.clone();
    let place = server.sent_at(request);
    change_sent(&mut changed, |node| put(node, &place, text(value)));
    changed
}

/// What the right server says of a text that is too long.
fn too_long(server: &Server<'_>, request: &Request) -> Answer {
    let long = "x".repeat(limit(server) + 1);
    server.send(&with(server, request, &long))
}

fn measured(
    server: &Server<'_>,
    request: &Request,
    is_too_long: impl Fn(&str, usize) -> bool,
) -> Answer {
    let text = written(server, request);
    if text.is_some_and(|text| is_too_long(&text, limit(server))) {
        return too_long(server, request);
    }
    server.send(request)
}

fn is_within(text: &str, limit: usize) -> bool {
    text.trim().chars().count() <= limit
}

fn limits() -> Vec<Mutant> {
    vec![
        Mutant::acts(
            "one-too-many",
            "takes a text that is one character too long",
            |server, request| {
                let limit = limit(server);
                let Some(long) =
                    written(server, request).filter(|t| t.chars().count() == limit + 1)
                else {
                    return server.send(request);
                };
                let fits: String = long.chars().take(limit).collect();
                let mut response = server.send(&with(server, request, &fits))?;
                change_shown(&mut response, |node| {
                    if let Some(shown) = at_mut(node, server.shown_at()) {
                        *shown = text(&long);
                    }
                });
                Ok(response)
            },
        )
        .at(Places::Listed(limited)),
        Mutant::acts(
            "one-too-few",
            "refuses a text of the longest length",
            |server, request| {
                measured(server, request, |text, limit| text.chars().count() == limit)
            },
        )
        .at(Places::Listed(limited)),
        Mutant::acts("counts-bytes", "counts bytes", |server, request| {
            measured(server, request, |text, limit| {
                is_within(text, limit) && text.trim().len() > limit
            })
        })
        .at(Places::Listed(free)),
        Mutant::acts("counts-utf-16", "counts UTF-16 units", |server, request| {
            measured(server, request, |text, limit| {
                is_within(text, limit) && text.trim().encode_utf16().count() > limit
            })
        })
        .at(Places::Listed(free)),
        Mutant::acts(
            "counts-blanks",
            "measures before it trims",
            |server, request| {
                measured(server, request, |text, limit| {
                    is_within(text, limit) && text.chars().count() > limit
                })
            },
        )
        .at(Places::Listed(free)),
        Mutant::acts(
            "counts-before-composing",
            "measures before it composes",
            |server, request| {
                measured(server, request, |text, limit| {
                    text.contains('\u{301}') && text.trim().chars().count() > limit
                })
            },
        )
        .at(Places::Listed(|dialect| &free(dialect)[..1])),
        Mutant::acts(
            "cuts-off",
            "cuts off what is too long",
            |server, request| {
                let limit = limit(server);
                match written(server, request).filter(|text| text.trim().chars().count() > limit) {
                    Some(long) => {
                        let fits: String = long.trim().chars().take(limit).collect();
                        server.send(&with(server, request, &fits))
                    }
                    None => server.send(request),
                }
            },
        )
        .at(Places::Listed(free)),
    ]
}

/// Shows from then on what was sent, where `is_kept` says that the mutant keeps it so.
fn kept(server: &Server<'_>, request: &Request, is_kept: fn(&str) -> bool) -> Answer {
    let mut response = server.send(request)?;
    if response.status != 200 {
        return Ok(response);
    }
    if server.is_write(request)
        && sent(request).is_some_and(|body| body.at(&server.sent_at(request)).is_some())
    {
        let raw = written(server, request).filter(|text| is_kept(text));
        match raw {
            Some(raw) => server.remember("raw", text(&raw)),
            None => {
                server.memory.borrow_mut().remove("raw");
            }
        }
    }
    if let Some(raw) = server.remembered("raw") {
        change_shown(&mut response, |node| {
            if let Some(shown) = at_mut(node, server.shown_at()) {
                *shown = raw;
            }
        });
    }
    Ok(response)
}

fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{200b}' | '\u{2060}' | '\u{feff}')
}

fn blanks() -> Vec<Mutant> {
    vec![
        Mutant::acts(
            "does-not-trim",
            "keeps blanks around a text",
            |server, request| {
                kept(server, request, |text| {
                    text.starts_with(is_blank) || text.ends_with(is_blank)
                })
            },
        )
        .at(Places::Listed(free)),
        Mutant::acts(
            "trims-ascii",
            "trims ASCII's blanks only",
            |server, request| {
                kept(server, request, |text| {
                    let is_wide = |letter: char| is_blank(letter) && !letter.is_ascii();
                    text.starts_with(is_wide) || text.ends_with(is_wide)
                })
            },
        )
        .at(Places::Listed(|dialect| &free(dialect)[..2])),
        Mutant::acts(
            "keeps-blank-texts",
            "keeps a text of blanks",
            |server, request| {
                kept(server, request, |text| {
                    !text.is_empty() && text.chars().all(is_blank)
                })
            },
        )
        .at(Places::Listed(|dialect| match dialect {
            // A name there cannot be blank.
            "movieknight" => &["bio"],
            other => free(other),
        })),
        Mutant::hears(
            "trims-too-much",
            "joins blanks within a text",
            |server, request| {
                if server.is_write(request) {
                    change_sent(request, |node| {
                        texts(node, |text| {
                            let mut joined = text.to_owned();
                            while joined.trim().contains("  ") {
                                joined = joined.replace("  ", " ");
                            }
                            joined
                        });
                    });
                }
            },
        ),
        Mutant::hears(
            "one-line-only",
            "takes line breaks out of texts",
            |server, request| {
                if server.is_write(request) {
                    change_sent(request, |node| {
                        texts(node, |text| text.replace(['\n', '\t'], " "));
                    });
                }
            },
        ),
    ]
}

/// Takes characters out of what is written.
fn taken(server: &Server<'_>, request: &mut Request, is_taken: fn(char) -> bool) {
    if server.is_write(request) {
        change_sent(request, |node| {
            texts(node, |text| text.replace(is_taken, ""));
        });
    }
}

fn characters() -> Vec<Mutant> {
    vec![
        Mutant::acts(
            "does-not-compose",
            "keeps texts as they were typed",
            |server, request| {
                kept(server, request, |text| {
                    text.contains(['\u{301}', '\u{308}'])
                })
            },
        )
        .at(Places::Listed(|dialect| &free(dialect)[..1])),
        Mutant::hears(
            "takes-out-nul",
            "takes NUL out of texts",
            |server, request| {
                taken(server, request, |letter| letter == '\0');
            },
        ),
        Mutant::hears(
            "takes-out-controls",
            "takes control characters out of texts",
            |server, request| {
                taken(server, request, |letter| letter == '\u{1b}');
            },
        ),
        Mutant::hears(
            "takes-out-overrides",
            "takes direction overrides out of texts",
            |server, request| {
                taken(server, request, |letter| {
                    matches!(letter, '\u{202d}' | '\u{202e}')
                });
            },
        ),
        Mutant::hears(
            "takes-out-joiners",
            "takes joiners out of texts",
            |server, request| {
                taken(server, request, |letter| letter == '\u{200d}');
            },
        ),
        Mutant::hears(
            "takes-out-emoji",
            "takes what is beyond 16 bits out of texts",
            |server, request| {
                taken(server, request, |letter| letter > '\u{ffff}');
            },
        ),
        Mutant::hears(
            "takes-out-markup",
            "takes markup out of texts",
            |server, request| {
                if server.is_write(request) {
                    change_sent(request, |node| {
                        texts(node, |text| {
                            text.replace("<script>", "").replace("</script>", "")
                        });
                    });
                }
            },
        ),
        Mutant::hears(
            "half-a-pair",
            "takes half a surrogate pair for a question mark",
            |server, request| {
                if server.is_write(request) {
                    change_text(request, |text| {
                        let halves = ["\\ud800", "\\udc00", "\\uD800", "\\uDC00"];
                        let half = halves.into_iter().find(|half| text.contains(half))?;
                        Some(text.replace(half, "?"))
                    });
                }
            },
        ),
        Mutant::hears(
            "lower-case",
            "writes texts in lower case",
            |server, request| {
                if server.is_write(request) {
                    change_sent(request, |node| texts(node, str::to_lowercase));
                }
            },
        ),
    ]
}
