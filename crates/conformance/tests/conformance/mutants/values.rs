//! Null, empty texts and other types that are taken for something else.

use manyface_conformance::{Node, Request};

use super::{
    edit::{at_mut, change_sent, is_empty, is_null, null, take, text},
    mutant::{Mutant, Places},
    server::Server,
};

pub(crate) fn mutants() -> Vec<Mutant> {
    vec![
        Mutant::hears(
            "null-is-absence",
            "takes null for absence",
            |server, request| {
                replaced(server, request, is_null, None);
            },
        )
        .at(Places::Listed(null_is_not_absence)),
        Mutant::hears(
            "null-is-empty",
            "takes null for an empty text",
            |server, request| {
                replaced(server, request, is_null, Some(text("")));
            },
        )
        .at(Places::Listed(null_is_not_empty)),
        Mutant::hears(
            "null-is-a-word",
            "takes null for the word",
            |server, request| {
                replaced(server, request, is_null, Some(text("null")));
            },
        ),
        Mutant::hears(
            "empty-is-absence",
            "keeps what an empty text should clear",
            |server, request| {
                replaced(server, request, is_empty, None);
            },
        )
        .at(Places::Listed(empty_clears)),
        Mutant::hears(
            "empty-is-null",
            "takes an empty text for null",
            |server, request| {
                replaced(server, request, is_empty, Some(null()));
            },
        )
        .at(Places::Listed(null_is_not_empty)),
        Mutant::hears(
            "number-is-text",
            "takes a number for its text",
            |server, request| {
                let is_number =
                    |node: &Node| matches!(node, Node::Plain(text) if text.parse::<f64>().is_ok());
                coerced(server, request, is_number);
            },
        )
        .only(&["movieknight", "whop", "tenant"])
        .at(Places::Listed(strings)),
        Mutant::hears(
            "flag-is-text",
            "takes a flag for its text",
            |server, request| {
                coerced(
                    server,
                    request,
                    |node| matches!(node, Node::Plain(text) if text == "true" || text == "false"),
                );
            },
        )
        .at(Places::Listed(strings)),
        Mutant::hears(
            "list-is-text",
            "takes a list for its first entry",
            |server, request| {
                if server.is_write(request) {
                    let place = server.sent_at(request);
                    change_sent(request, |node| {
                        if let Some(value) = at_mut(node, &place)
                            && let Node::Array(items) = value
                        {
                            *value = items.first().cloned().unwrap_or_else(|| text(""));
                        }
                    });
                }
            },
        )
        .at(Places::Listed(strings)),
        Mutant::hears(
            "object-is-text",
            "takes an object for its text",
            |server, request| {
                coerced(server, request, |node| matches!(node, Node::Object(_)));
            },
        )
        .at(Places::Listed(strings)),
    ]
}

/// Puts something in the place of a field that is sent.
fn replaced(
    server: &Server<'_>,
    request: &mut Request,
    is_meant: fn(&Node) -> bool,
    by: Option<Node>,
) {
    if !server.is_write(request) {
        return;
    }
    let places: Vec<_> = if server.place.is_empty() {
        let keys = server.suite.restore.keys();
        keys.map(|key| server.sent_as(request, key)).collect()
    } else {
        vec![server.sent_at(request)]
    };
    change_sent(request, |node| {
        for place in places {
            match (at_mut(node, &place).filter(|value| is_meant(value)), &by) {
                (Some(value), Some(by)) => *value = by.clone(),
                (Some(_), None) => {
                    take(node, &place);
                }
                (None, _) => {}
            }
        }
    });
}

/// The fields in which null and absence differ.
fn null_is_not_absence(dialect: &str) -> &'static [&'static str] {
    match dialect {
        "movieknight" => &["bio", "name", "avatarUrl", "countryCode"],
        "whop" => &["bio", "name"],
        "tenant" => &["first_name", "last_name", "display_name", "avatar_base64"],
        _ => &[
            "full_name",
            "username",
            "details.bio",
            "details.phone",
            "details.address",
            "details.company_info",
            "details.additional_data",
            "details.country",
            "details.dob",
            "details.linkedin_url",
            "details.github_url",
            "details.twitter_url",
            "details.facebook_url",
            "details.website_url",
            "details.portfolio_url",
            "details.skills",
            "details.investment_interests",
            "details.technical_interests",
            "details.focus_area",
            "details.resume",
            "details.profile_picture",
        ],
    }
}

/// The fields in which null and an empty text differ.
fn null_is_not_empty(dialect: &str) -> &'static [&'static str] {
    match dialect {
        "movieknight" => &["bio", "avatarUrl", "countryCode"],
        "whop" => &["bio", "name"],
        "tenant" => &["first_name", "last_name", "display_name", "avatar_base64"],
        _ => &[
            "full_name",
            "details.country",
            "details.resume",
            "details.profile_picture",
            "details.dob",
            "details.technical_interests",
            "details.focus_area",
        ],
    }
}

/// The fields that an empty text clears.
fn empty_clears(dialect: &str) -> &'static [&'static str] {
    match dialect {
        "movieknight" => &["bio", "avatarUrl", "countryCode"],
        "whop" => &["bio", "name"],
        "tenant" => &["first_name", "last_name", "display_name"],
        _ => &[
            "full_name",
            "details.bio",
            "details.phone",
            "details.country",
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

/// The fields that are texts and nothing else.
fn strings(dialect: &str) -> &'static [&'static str] {
    match dialect {
        "movieknight" => &["bio", "name", "avatarUrl", "countryCode"],
        "whop" => &["bio", "name", "username"],
        "tenant" => &["first_name", "last_name", "display_name"],
        _ => &["full_name", "username", "details.bio", "details.phone"],
    }
}

fn coerced(server: &Server<'_>, request: &mut Request, is_meant: fn(&Node) -> bool) {
    if server.is_write(request) {
        let place = server.sent_at(request);
        change_sent(request, |node| {
            if let Some(value) = at_mut(node, &place).filter(|value| is_meant(value)) {
                *value = text(&value.to_string());
            }
        });
    }
}
