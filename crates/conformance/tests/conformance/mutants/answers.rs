//! Wrong statuses and words.

#![expect(clippy::too_many_lines, reason = "lists of mutants are long")]

use manyface_conformance::{Request, Response};

use super::{
    edit::{change_shown, last_text, set_header, text, texts},
    mutant::Mutant,
};

const STRICT: &[&str] = &["movieknight", "whop", "tenant"];

pub(crate) fn mutants() -> Vec<Mutant> {
    [statuses(), words()].into_iter().flatten().collect()
}

pub(super) fn instead(response: &mut Response, right: u16, wrong: u16) {
    if response.status == right {
        response.status = wrong;
    }
}

fn statuses() -> Vec<Mutant> {
    vec![
        Mutant::says(
            "success-is-201",
            "answers a write with 201",
            |_, request, r| {
                if request.method != "GET" {
                    instead(r, 200, 201);
                }
            },
        ),
        Mutant::says("refusal-is-422", "refuses fields with 422", |_, _, r| {
            instead(r, 400, 422);
        }),
        Mutant::says(
            "refusal-is-500",
            "fails where it should refuse",
            |_, _, r| {
                instead(r, 400, 500);
            },
        ),
        Mutant::says(
            "refusal-is-200",
            "refuses with the status of a success",
            |_, _, r| {
                instead(r, 400, 200);
            },
        ),
        Mutant::says("stranger-is-404", "says 404 to strangers", |_, _, r| {
            instead(r, 401, 404);
        }),
        Mutant::says("stranger-is-403", "says 403 to strangers", |_, _, r| {
            instead(r, 401, 403);
        }),
        Mutant::says(
            "unknown-path-is-405",
            "says 405 of paths that are not there",
            |_, _, r| {
                instead(r, 404, 405);
            },
        ),
        Mutant::says(
            "unknown-path-is-400",
            "says 400 of paths that are not there",
            |_, _, r| {
                instead(r, 404, 400);
            },
        ),
        Mutant::says(
            "wrong-method-is-404",
            "says 404 of methods that are not there",
            |_, _, r| {
                instead(r, 405, 404);
            },
        ),
        Mutant::says(
            "too-large-is-400",
            "refuses long bodies with 400",
            |_, _, r| {
                instead(r, 413, 400);
            },
        ),
        Mutant::says(
            "other-type-is-400",
            "refuses other types with 400",
            |_, _, r| {
                instead(r, 415, 400);
            },
        ),
        Mutant::says(
            "stale-is-409",
            "says 409 where a condition fails",
            |_, _, r| {
                instead(r, 412, 409);
            },
        ),
        Mutant::says(
            "options-is-200",
            "answers OPTIONS with 200",
            |_, request, r| {
                if request.method == "OPTIONS" {
                    instead(r, 204, 200);
                }
            },
        ),
        Mutant::says(
            "forbidden-is-404",
            "says 404 of what is forbidden",
            |_, _, r| {
                instead(r, 403, 404);
            },
        )
        .only(&["movieknight", "whop", "tenant"]),
    ]
}

/// Puts `words` in the place of a refusal's.
fn says(r: &mut Response, statuses: &[u16], words: impl Fn(&str) -> String) {
    if statuses.contains(&r.status) {
        change_shown(r, |node| last_text(node, words));
    }
}

fn mistakes(r: &mut Response, change: impl Fn(&str) -> String) {
    if r.status == 400 {
        change_shown(r, |node| texts(node, change));
    }
}

fn body_of(request: &Request) -> String {
    let body = request.body.as_deref().unwrap_or_default();
    String::from_utf8_lossy(body).chars().take(4_000).collect()
}

fn words() -> Vec<Mutant> {
    vec![
        Mutant::says(
            "page-of-html",
            "answers unknown paths with a page of HTML",
            |_, _, r| {
                if r.status == 404 {
                    r.body = b"<!DOCTYPE html><h1>Not Found</h1>".to_vec();
                    set_header(&mut r.headers, "content-type", "text/html");
                }
            },
        ),
        Mutant::says(
            "page-of-words",
            "refuses bodies in plain words",
            |_, _, r| {
                if r.status == 400 {
                    r.body = b"Json deserialize error: expected value at line 1".to_vec();
                }
            },
        ),
        Mutant::says("nothing-said", "refuses without a body", |_, _, r| {
            if r.status >= 400 {
                r.body.clear();
            }
        }),
        Mutant::says(
            "nothing-said-of-the-method",
            "leaves the body out of 405",
            |_, _, r| {
                if r.status == 405 {
                    r.body.clear();
                }
            },
        ),
        Mutant::says(
            "words-of-a-framework",
            "says what its reader said",
            |_, _, r| {
                says(r, &[400], |_| {
                    "invalid type: integer `7`, expected a string at line 1 column 8".to_owned()
                });
            },
        ),
        Mutant::says(
            "words-of-a-database",
            "says what its database said",
            |_, _, r| {
                says(r, &[400], |_| {
                    "UNIQUE constraint failed: profiles.username".to_owned()
                });
            },
        ),
        Mutant::says("a-cause", "adds a cause to its failures", |_, _, r| {
            if r.status >= 400 {
                change_shown(r, |node| {
                    if let manyface_conformance::Node::Object(entries) = node {
                        entries.push(("stack".to_owned(), text("at update_me.rs:41")));
                    }
                });
            }
        }),
        Mutant::says(
            "repeats-the-value",
            "repeats what it refuses",
            |_, request, r| {
                let body = body_of(request);
                says(r, &[400], |words| format!("{words}: {body}"));
            },
        ),
        Mutant::says(
            "repeats-the-path",
            "repeats the path it does not know",
            |_, request, r| {
                says(r, &[404], |words| format!("{words}: {}", request.path));
            },
        ),
        Mutant::says(
            "repeats-a-bad-token",
            "repeats a token that is none",
            |_, request, r| {
                let token = request.header("authorization").unwrap_or_default();
                says(r, &[401], |words| format!("{words}: {token}"));
            },
        ),
        Mutant::says(
            "repeats-the-type",
            "repeats the type it does not read",
            |_, request, r| {
                let kind = request.header("content-type").unwrap_or_default();
                says(r, &[415], |words| format!("{words}, not {kind}"));
            },
        )
        .only(STRICT),
        Mutant::says(
            "tells-who-exists",
            "tells an invalid token from others",
            |_, _, r| {
                says(r, &[401], |words| {
                    words
                        .replace("invalid token", "user not found")
                        .replace("invalid credential", "unknown user")
                        .replace("is invalid", "is unknown")
                });
            },
        ),
        Mutant::says(
            "first-mistake-only",
            "tells the first mistake only",
            |_, _, r| {
                mistakes(r, |all| {
                    all.split("; ").next().unwrap_or_default().to_owned()
                });
            },
        )
        .only(STRICT),
        Mutant::says(
            "last-mistake-only",
            "tells the last mistake only",
            |_, _, r| {
                mistakes(r, |all| {
                    all.rsplit("; ").next().unwrap_or_default().to_owned()
                });
            },
        )
        .only(STRICT),
        Mutant::says(
            "shape-of-another",
            "fails in the shape of another dialect",
            |_, _, r| {
                if r.status == 405 {
                    r.body = br#"{"status":405,"reason":"Method Not Allowed"}"#.to_vec();
                }
            },
        ),
    ]
}
