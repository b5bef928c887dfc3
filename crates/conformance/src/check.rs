//! Checks that every response must pass.

use crate::{
    Extent, Node, Request, Response, Suite,
    compare::{compare, in_order_of},
    template::Saved,
};

/// If a request contains this string, no header and no error may repeat it.
const CANARY: &str = "manyface-canary";

/// The pattern of bodies without a common shape.
const ANYTHING: &str = "\"[any]\"";

/// Adds the violations of `response` to `problems`, whatever the request.
pub(crate) fn check(
    suite: &Suite,
    extent: Extent,
    token: &str,
    (request, response): (&Request, &Response),
    problems: &mut Vec<String>,
) {
    match extent {
        Extent::Full => {
            check_manyface_headers(response, problems);
            suite.check_described(request, response, problems);
        }
        Extent::Contract => {}
    }
    let body = String::from_utf8_lossy(&response.body);
    let is_failure = response.status >= 400;
    let mut headers = response.headers.iter();
    if headers.any(|(_, value)| value.contains(CANARY) || value.contains(token)) {
        problems.push("a header repeats what was sent".to_owned());
    }
    if is_failure && (body.contains(CANARY) || body.contains(token)) {
        problems.push("the failure repeats what was sent".to_owned());
    }
    if request.method == "HEAD" || matches!(response.status, 204 | 300..400) {
        if !body.is_empty() {
            problems.push("has a body where HTTP allows none".to_owned());
        }
        return;
    }
    if body.is_empty() {
        problems.push("has no body".to_owned());
        return;
    }
    let content_type = response.header("content-type").unwrap_or_default();
    let is_json = match extent {
        Extent::Full => content_type == "application/json",
        Extent::Contract => content_type.starts_with("application/json"),
    };
    if !is_json {
        problems.push(format!("Content-Type is {content_type:?}"));
    }
    let is_profile = request.path.split('?').next() == Some(&*suite.profile);
    let shape = match (is_failure, is_profile) {
        (true, _) => &suite.failure,
        (false, true) => &suite.success,
        // Other operations return other bodies.
        (false, false) => ANYTHING,
    };
    match (Node::parse(shape), Node::parse(&body)) {
        (Ok(shape), Ok(body)) => {
            let body = match extent {
                Extent::Full => body,
                Extent::Contract => in_order_of(&shape, body),
            };
            compare(&shape, &body, &mut Saved::new(), problems);
        }
        (Err(error), _) | (_, Err(error)) => problems.push(format!("is not JSON: {error}")),
    }
}

/// The headers that manyface sends with everything.
fn check_manyface_headers(response: &Response, problems: &mut Vec<String>) {
    for (name, value) in [
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ] {
        let found = response.header(name);
        if found.as_deref() != Some(value) {
            problems.push(format!("{name} is {found:?}, not {value:?}"));
        }
    }
    if response
        .header("X-Request-Id")
        .is_none_or(|id| id.is_empty())
    {
        problems.push("lacks X-Request-Id".to_owned());
    }
    for name in ["Server", "X-Powered-By", "Via"] {
        if let Some(server) = response.header(name) {
            problems.push(format!("reveals the server's software: {server:?}"));
        }
    }
    if let Some(cookie) = response.header("Set-Cookie") {
        problems.push(format!("sets a cookie: {cookie:?}"));
    }
}
