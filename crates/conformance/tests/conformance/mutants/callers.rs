//! Credentials that are judged wrongly.

#![expect(clippy::too_many_lines, reason = "lists of mutants are long")]

use manyface_conformance::{Request, Response};

use super::{
    edit::{query, set_header},
    mutant::{Answer, Mutant},
    server::Server,
};

pub(crate) fn mutants() -> Vec<Mutant> {
    [credentials(), order()].into_iter().flatten().collect()
}

fn lines(request: &Request) -> Vec<&str> {
    let headers = request.headers.iter();
    let own = headers.filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    own.map(|(_, value)| value.as_str()).collect()
}

/// Takes the request as the user's own where `is_taken` says so.
fn taken(server: &Server<'_>, request: &Request, is_taken: impl Fn(&[&str]) -> bool) -> Answer {
    let response = server.send(request)?;
    if response.status == 401 && is_taken(&lines(request)) {
        return own(server, request);
    }
    Ok(response)
}

fn own(server: &Server<'_>, request: &Request) -> Answer {
    let mut heard = request.clone();
    set_header(&mut heard.headers, "authorization", &server.bearer());
    server.send(&heard)
}

fn is_bearer(line: &str) -> bool {
    let scheme = line.split(' ').next().unwrap_or_default();
    scheme.eq_ignore_ascii_case("bearer")
}

fn credentials() -> Vec<Mutant> {
    vec![
        Mutant::acts("needs-no-token", "needs no token", |server, request| {
            taken(server, request, |lines| lines.is_empty())
        }),
        Mutant::acts(
            "reads-without-a-token",
            "shows a profile to strangers",
            |server, request| {
                taken(server, request, |lines| {
                    lines.is_empty() && request.method == "GET"
                })
            },
        ),
        Mutant::acts("any-token", "takes any token", |server, request| {
            taken(
                server,
                request,
                |lines| matches!(lines, [line] if is_bearer(line) && line.split(' ').count() == 2),
            )
        }),
        Mutant::acts("any-scheme", "takes any scheme", |server, request| {
            taken(
                server,
                request,
                |lines| matches!(lines, [line] if !is_bearer(line)),
            )
        }),
        Mutant::acts(
            "a-scheme-alone",
            "takes a scheme without a token",
            |server, request| {
                taken(
                    server,
                    request,
                    |lines| matches!(lines, [line] if line.trim() == "Bearer"),
                )
            },
        )
        .only(&["movieknight", "iam"]),
        Mutant::acts(
            "two-tokens",
            "takes the first of two credentials",
            |server, request| taken(server, request, |lines| lines.len() > 1),
        ),
        Mutant::acts(
            "three-words",
            "skips what stands after a token",
            |server, request| {
                taken(
                    server,
                    request,
                    |lines| matches!(lines, [line] if line.split(' ').count() > 2),
                )
            },
        ),
        Mutant::acts(
            "token-in-the-query",
            "takes a token from the query",
            |server, request| {
                taken(server, request, |lines| {
                    lines.is_empty() && query(request).contains("token=")
                })
            },
        ),
        Mutant::acts(
            "token-in-another-header",
            "takes a token from X-API-Key",
            |server, request| {
                taken(server, request, |lines| {
                    lines.is_empty() && request.header("x-api-key").is_some()
                })
            },
        ),
        Mutant::acts(
            "token-in-a-cookie",
            "takes a token from a cookie",
            |server, request| {
                taken(server, request, |lines| {
                    lines.is_empty() && request.header("cookie").is_some()
                })
            },
        ),
        Mutant::acts(
            "scheme-in-one-case",
            "reads the scheme in one case only",
            |server, request| {
                let is_other = lines(request)
                    .iter()
                    .any(|line| is_bearer(line) && !line.starts_with("Bearer"));
                if is_other {
                    let mut heard = request.clone();
                    set_header(&mut heard.headers, "authorization", "Bearer none");
                    return server.send(&heard);
                }
                server.send(request)
            },
        ),
        Mutant::acts(
            "old-tokens",
            "takes tokens that have expired",
            |server, request| {
                let is_old = request.header("authorization").is_some_and(|line| {
                    let old = server.other("expired");
                    !old.is_empty() && line.ends_with(&old)
                });
                if is_old {
                    own(server, request)
                } else {
                    server.send(request)
                }
            },
        ),
        Mutant::acts(
            "old-is-invalid",
            "tells an expired token from none other",
            |server, request| {
                let response = server.send(request)?;
                let old = server.other("expired");
                let is_old =
                    !old.is_empty() && lines(request).iter().any(|line| line.ends_with(&old));
                if response.status == 401 && is_old {
                    let mut heard = request.clone();
                    set_header(&mut heard.headers, "authorization", "Bearer none");
                    return server.send(&heard);
                }
                Ok(response)
            },
        ),
    ]
}

/// The answer to the user's own request, where it has one of these statuses.
fn sooner(server: &Server<'_>, request: &Request, right: Response, statuses: &[u16]) -> Answer {
    let own = own(server, request)?;
    Ok(if statuses.contains(&own.status) {
        own
    } else {
        right
    })
}

fn order() -> Vec<Mutant> {
    vec![
        Mutant::acts(
            "body-before-token",
            "reads the body before it asks who sends it",
            |server, request| {
                let response = server.send(request)?;
                if response.status == 401 && request.body.is_some() && lines(request).len() < 2 {
                    return sooner(server, request, response, &[400]);
                }
                Ok(response)
            },
        ),
        Mutant::acts(
            "type-before-token",
            "looks at the type before it asks who sends it",
            |server, request| {
                let response = server.send(request)?;
                if response.status == 401 && request.body.is_some() {
                    return sooner(server, request, response, &[415]);
                }
                Ok(response)
            },
        ),
        Mutant::acts(
            "method-before-token",
            "tells strangers which methods there are",
            |server, request| {
                let response = server.send(request)?;
                if response.status == 401 {
                    return sooner(server, request, response, &[405]);
                }
                Ok(response)
            },
        )
        .only(&["iam"]),
        Mutant::acts(
            "token-before-method",
            "asks who sends it before it looks at the method",
            |server, request| {
                let mut response = server.send(request)?;
                if response.status == 405 && lines(request).is_empty() {
                    let asked = Request {
                        method: "GET".to_owned(),
                        ..request.clone()
                    };
                    response = server.send(&asked)?;
                }
                Ok(response)
            },
        )
        .only(&["movieknight", "whop", "tenant"]),
        Mutant::acts(
            "options-needs-a-token",
            "asks who sends OPTIONS",
            |server, request| {
                if request.method == "OPTIONS" && lines(request).is_empty() {
                    let asked = Request {
                        method: "GET".to_owned(),
                        ..request.clone()
                    };
                    return server.send(&asked);
                }
                server.send(request)
            },
        ),
    ]
}
