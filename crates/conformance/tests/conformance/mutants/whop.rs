//! Servers that speak whop's versions wrongly, or take accounts for what they are not.

#![expect(clippy::too_many_lines, reason = "lists of mutants are long")]

use manyface_conformance::{Node, Request};

use super::{
    edit::{change_header, change_sent, drop_header, null, path, query, set_header, take},
    mutant::{Answer, Mutant, Places},
    server::Server,
};

const VERSION: &str = "api-version-date";
const FIRST: &str = "2025-01-01";
const NEWEST: &str = "2026-10-15-1";
/// The versions in which something changed, each after the one before it and before the next.
const CHANGES: [(&str, &str, &str); 7] = [
    ("2025-01-01", "2026-06-08", "2026-06-09"),
    ("2026-07-01", "2026-07-08", "2026-07-08-1"),
    ("2026-08-12", "2026-08-13", "2026-08-14"),
    ("2026-08-14", "2026-08-21", "2026-08-21-1"),
    ("2026-08-21", "2026-08-21-1", "2026-08-25"),
    ("2026-10-08", "2026-10-13-1", "2026-10-15-1"),
    ("2026-10-13-1", "2026-10-15-1", "2026-10-15-1"),
];

pub(crate) fn mutants() -> Vec<Mutant> {
    let groups = [versions(), accounts()];
    let all = groups.into_iter().flatten();
    all.map(|mutant| mutant.only(&["whop"])).collect()
}

/// Answers in another version, and says that it is the one that was asked for.
fn spoken(server: &Server<'_>, request: &Request, other: &str) -> Answer {
    let asked = request.header(VERSION).unwrap_or(FIRST).to_owned();
    let mut heard = request.clone();
    set_header(&mut heard.headers, VERSION, other);
    let mut response = server.send(&heard)?;
    change_header(&mut response.headers, VERSION, |_| asked.clone());
    change_header(&mut response.headers, "etag", |tag| {
        tag.replace(other, &asked)
    });
    Ok(response)
}

/// The versions at which what this kit's users have looks otherwise.
fn seen(_: &str) -> &'static [&'static str] {
    &["2026-06-08", "2026-07-08", "2026-08-21", "2026-10-13-1"]
}

fn versions() -> Vec<Mutant> {
    vec![
        Mutant::acts(
            "a-version-late",
            "changes one version too late",
            |server, request| {
                let change = CHANGES.iter().find(|(_, since, _)| *since == server.place);
                match change {
                    Some((before, since, _)) if request.header(VERSION) == Some(since) => {
                        spoken(server, request, before)
                    }
                    _ => server.send(request),
                }
            },
        )
        .at(Places::Listed(seen)),
        Mutant::acts(
            "a-version-early",
            "changes one version too early",
            |server, request| {
                let change = CHANGES.iter().find(|(_, since, _)| *since == server.place);
                match change {
                    Some((before, since, _)) if request.header(VERSION) == Some(before) => {
                        spoken(server, request, since)
                    }
                    _ => server.send(request),
                }
            },
        )
        // Nobody asks for the first version by its name but by asking for none.
        .at(Places::Listed(|_| {
            &["2026-07-08", "2026-08-21", "2026-10-13-1"]
        })),
        Mutant::acts(
            "newest-for-all",
            "answers in the newest version",
            |server, request| {
                if request.header(VERSION).is_none() {
                    return spoken(server, request, NEWEST);
                }
                server.send(request)
            },
        ),
        Mutant::acts(
            "oldest-for-all",
            "answers in the oldest version",
            |server, request| match request.header(VERSION) {
                Some(version) if version.starts_with("2026-") => spoken(server, request, FIRST),
                _ => server.send(request),
            },
        ),
        Mutant::acts(
            "unknown-is-newest",
            "takes an unknown version for the newest",
            |server, request| {
                let response = server.send(request)?;
                let is_unknown =
                    String::from_utf8_lossy(&response.body).contains("Unknown Api-Version-Date");
                if is_unknown {
                    spoken(server, request, NEWEST)
                } else {
                    Ok(response)
                }
            },
        ),
        Mutant::says(
            "no-version",
            "does not say which version it speaks",
            |_, _, r| {
                drop_header(&mut r.headers, VERSION);
            },
        ),
        Mutant::says(
            "no-version-of-failures",
            "does not say which version fails",
            |_, _, r| {
                if r.status >= 400 {
                    drop_header(&mut r.headers, VERSION);
                }
            },
        ),
        Mutant::says(
            "one-tag-of-all-versions",
            "sends one ETag for all versions",
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
    ]
}

/// The query without one parameter.
pub(super) fn without(request: &mut Request, is_dropped: impl Fn(&str) -> bool) {
    let kept: Vec<_> = query(request)
        .split('&')
        .filter(|pair| !is_dropped(pair))
        .collect();
    let (path, query) = (path(request), kept.join("&"));
    request.path = if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    };
}

pub(super) fn is_account(pair: &str) -> bool {
    pair.starts_with("account_id=") || pair.starts_with("company_id=")
}

fn accounts() -> Vec<Mutant> {
    vec![
        Mutant::hears(
            "writes-for-nobody",
            "writes an account's values to the user's own profile",
            |server, request| {
                if server.is_write(request) {
                    without(request, is_account);
                }
            },
        ),
        Mutant::acts(
            "writes-for-both",
            "writes an account's values to the user's own profile as well",
            |server, request| {
                let response = server.send(request)?;
                if server.is_write(request)
                    && response.status == 200
                    && query(request).contains("account_id=")
                {
                    let mut again = request.clone();
                    without(&mut again, is_account);
                    server.send(&again)?;
                }
                Ok(response)
            },
        ),
        Mutant::hears(
            "reads-for-nobody",
            "shows the user's own values for an account",
            |_, request| {
                if request.method == "GET" {
                    without(request, is_account);
                }
            },
        ),
        Mutant::hears(
            "one-account-for-all",
            "keeps one value for all accounts",
            |_, request| {
                request.path = request.path.replace("account_id=biz_2", "account_id=biz_1");
            },
        ),
        Mutant::acts(
            "copies-to-an-account",
            "copies the user's values to an account at its first write",
            |server, request| {
                if server.is_write(request)
                    && query(request).contains("account_id=biz_")
                    && request.header("authorization") == Some(&server.bearer())
                {
                    let mut own = request.clone();
                    without(&mut own, is_account);
                    let shown = super::edit::json(&server.read(&own)?.body);
                    // A value of the account's own first: what it shows already is no change.
                    let mut before = request.clone();
                    before.body = Some(b"{\"bio\":\"another\"}".to_vec());
                    server.send(&before)?;
                    let mut heard = request.clone();
                    change_sent(&mut heard, |node| {
                        if let (Some(bio), Node::Object(entries)) =
                            (shown.and_then(|node| node.at("/bio").cloned()), node)
                            && entries.iter().any(|(key, _)| key == "name")
                            && !entries
                                .iter()
                                .any(|(key, _)| key == "bio" || key == "username")
                        {
                            entries.push(("bio".to_owned(), bio));
                        }
                    });
                    return server.send(&heard);
                }
                server.send(request)
            },
        ),
        Mutant::hears(
            "skips-odd-accounts",
            "skips a parameter that is nearly account_id",
            |_, request| {
                without(request, |pair| {
                    let name = pair.split('=').next().unwrap_or_default();
                    name != "account_id" && name.to_lowercase().starts_with("account")
                });
            },
        ),
        Mutant::hears(
            "skips-empty-accounts",
            "skips an empty account_id",
            |_, request| {
                without(request, |pair| pair == "account_id=");
            },
        ),
        Mutant::hears(
            "first-account-holds",
            "takes the first of two accounts",
            |_, request| {
                if query(request).matches("account_id=").count() > 1 {
                    let first = query(request)
                        .split('&')
                        .next()
                        .unwrap_or_default()
                        .to_owned();
                    request.path = format!("{}?{first}", path(request));
                }
            },
        ),
        Mutant::hears(
            "any-account",
            "takes whatever stands there for an account",
            |_, request| {
                if query(request).contains("account_id=user_")
                    || query(request).contains("account_id=BIZ_")
                {
                    request.path = format!("{}?account_id=biz_1", path(request));
                }
            },
        ),
        Mutant::hears(
            "company-is-skipped",
            "skips company_id in later versions",
            |_, request| {
                if request
                    .header(VERSION)
                    .is_some_and(|version| version > FIRST)
                {
                    without(request, |pair| pair.starts_with("company_id="));
                    change_sent(request, |node| {
                        take(node, "/company_id");
                    });
                }
            },
        ),
        Mutant::hears(
            "company-is-account",
            "takes company_id in every version",
            |_, request| {
                if request
                    .header(VERSION)
                    .is_some_and(|version| version > FIRST)
                {
                    request.path = request.path.replace("company_id=", "account_id=");
                }
            },
        ),
        Mutant::hears(
            "username-of-an-account",
            "drops a user name that is for an account",
            |server, request| {
                if server.is_write(request) && query(request).contains("account_id=") {
                    change_sent(request, |node| {
                        take(node, "/username");
                    });
                }
            },
        ),
        Mutant::hears(
            "null-keeps-for-an-account",
            "keeps an account's value on null",
            |server, request| {
                if server.is_write(request) && query(request).contains("account_id=") {
                    change_sent(request, |node| {
                        if let Node::Object(entries) = node {
                            entries.retain(|(_, value)| *value != null());
                        }
                    });
                }
            },
        ),
    ]
}
