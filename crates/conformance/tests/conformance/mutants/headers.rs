//! Wrong headers, and bodies where there are none.

#![expect(clippy::too_many_lines, reason = "lists of mutants are long")]

use manyface_conformance::Response;

use super::{
    answers::instead,
    edit::{change_header, drop_header, set_header},
    mutant::Mutant,
};

fn without(r: &mut Response, name: &str) {
    drop_header(&mut r.headers, name);
}

pub(crate) fn mutants() -> Vec<Mutant> {
    vec![
        Mutant::says(
            "no-allow",
            "does not say which methods there are",
            |_, request, r| {
                if request.method != "OPTIONS" {
                    without(r, "allow");
                }
            },
        ),
        Mutant::says(
            "options-without-allow",
            "answers OPTIONS without Allow",
            |_, request, r| {
                if request.method == "OPTIONS" {
                    without(r, "allow");
                }
            },
        ),
        Mutant::says(
            "allow-of-too-much",
            "lists a method that is not there",
            |_, _, r| {
                change_header(&mut r.headers, "allow", |methods| {
                    format!("{methods}, DELETE")
                });
            },
        ),
        Mutant::says(
            "no-challenge",
            "sends 401 without WWW-Authenticate",
            |_, _, r| {
                without(r, "www-authenticate");
            },
        ),
        Mutant::says(
            "challenge-without-error",
            "challenges a bad token like none",
            |_, _, r| {
                if r.status == 401 {
                    change_header(&mut r.headers, "www-authenticate", |_| "Bearer".to_owned());
                }
            },
        ),
        Mutant::says(
            "may-be-stored",
            "does not forbid caches to store",
            |_, _, r| {
                without(r, "cache-control");
            },
        ),
        Mutant::says(
            "failure-may-be-stored",
            "lets caches store failures",
            |_, _, r| {
                if r.status >= 400 {
                    set_header(&mut r.headers, "cache-control", "max-age=60");
                }
            },
        ),
        Mutant::says("may-be-sniffed", "lets browsers guess types", |_, _, r| {
            without(r, "x-content-type-options");
        }),
        Mutant::says("no-request-id", "sends no request id", |_, _, r| {
            without(r, "x-request-id");
        }),
        Mutant::says(
            "clients-request-id",
            "repeats the client's request id",
            |_, request, r| {
                if let Some(id) = request.header("x-request-id") {
                    set_header(&mut r.headers, "x-request-id", id);
                }
            },
        ),
        Mutant::says("tells-its-server", "names what serves it", |_, _, r| {
            set_header(&mut r.headers, "Server", "actix-web/4");
        }),
        Mutant::says(
            "tells-its-framework",
            "names what it is made with",
            |_, _, r| {
                set_header(&mut r.headers, "X-Powered-By", "Express");
            },
        ),
        Mutant::says("sets-a-cookie", "sets a cookie", |_, _, r| {
            set_header(&mut r.headers, "Set-Cookie", "session=1; HttpOnly");
        }),
        Mutant::says("any-origin", "permits every origin", |_, _, r| {
            set_header(&mut r.headers, "Access-Control-Allow-Origin", "*");
        }),
        Mutant::says(
            "origin-of-a-failure",
            "repeats the origin in failures",
            |_, request, r| {
                if let (401, Some(origin)) = (r.status, request.header("origin")) {
                    set_header(&mut r.headers, "Access-Control-Allow-Origin", origin);
                }
            },
        ),
        Mutant::says("charset", "adds a charset to its type", |_, _, r| {
            change_header(&mut r.headers, "content-type", |_| {
                "application/json; charset=utf-8".to_owned()
            });
        }),
        Mutant::says(
            "problem-json",
            "sends failures as application/problem+json",
            |_, _, r| {
                if r.status >= 400 {
                    set_header(&mut r.headers, "content-type", "application/problem+json");
                }
            },
        ),
        Mutant::says("no-type", "does not say of what type it is", |_, _, r| {
            without(r, "content-type");
        }),
        Mutant::acts(
            "head-with-a-body",
            "sends a body to HEAD",
            |server, request| {
                let mut response = server.send(request)?;
                if request.method == "HEAD" {
                    response.body = server.read(request)?.body;
                }
                Ok(response)
            },
        ),
        Mutant::says("head-is-not-there", "has no HEAD", |_, request, r| {
            if request.method == "HEAD" {
                instead(r, 200, 405);
            }
        }),
        Mutant::says(
            "head-without-a-tag",
            "leaves the ETag out of HEAD",
            |_, request, r| {
                if request.method == "HEAD" {
                    without(r, "etag");
                }
            },
        ),
        Mutant::says(
            "options-with-a-body",
            "sends a body with 204",
            |_, request, r| {
                if request.method == "OPTIONS" && r.status == 204 {
                    r.body = b"{}".to_vec();
                }
            },
        ),
        Mutant::says(
            "header-repeats-the-token",
            "repeats the token in a header",
            |server, _, r| {
                if r.status >= 400 {
                    set_header(&mut r.headers, "x-caller", &server.bearer());
                }
            },
        ),
    ]
}
