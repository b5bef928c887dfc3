//! Accounts of whop: API keys, overrides and rate limits.

use std::thread;

use manyface_testing::http::Response;

use crate::host::{Host, Place};

fn ask(host: &Host, method: &str, target: &str, credential: &str, body: &str) -> Response {
    host.json(method, &format!("/api/v1{target}"), credential, body)
}

#[test]
fn a_key_works_until_it_is_revoked() {
    for place in Place::both() {
        let host = place.serve();
        place.user("ada");
        let key = place.print("key add --account biz_1");
        assert!(key.starts_with("mfk_") && key.len() == 47, "{key}");
        let other = place.print("key add --account biz_2 --scope user:profile:update --scope x --api-version 2026-07-01");
        let here = "/users/ada?account_id=biz_1";
        let written = ask(&host, "PATCH", here, &key, r#"{"name":"Here"}"#);
        assert_eq!(written.status, 200, "{}", written.body);
        assert_eq!(written.header("api-version-date"), Some("2025-01-01"));
        let there = "/users/ada?account_id=biz_2";
        assert_eq!(ask(&host, "PATCH", there, &key, "{}").status, 403);
        let pinned = ask(&host, "PATCH", there, &other, r#"{"name":"There"}"#);
        assert_eq!(pinned.header("api-version-date"), Some("2026-07-01"));

        let listed = place.print("key list");
        assert_eq!(listed.lines().count(), 2);
        assert!(!listed.contains("mfk_"));
        assert!(
            listed.contains(r#""scopes":["user:profile:update","x"],"api_version":"2026-07-01""#)
        );
        let id = listed.split('"').nth(3).unwrap();
        assert_eq!(place.print(&format!("key revoke {id}")), "");
        let rejected = ask(&host, "PATCH", here, &key, "{}");
        assert_eq!(rejected.status, 401);
        assert_eq!(ask(&host, "GET", there, &other, "").status, 200);
        // Other dialects reject the key.
        assert_eq!(host.get(&other).status, 401);

        let shown = place.print("user show ada");
        assert!(
            shown.contains(r#""overrides":{"biz_1":{"display_name":"Here""#),
            "{shown}"
        );
        place.print("user remove ada");
        assert_eq!(ask(&host, "GET", there, &other, "").status, 404);
    }
}

#[test]
fn invalid_key_options_are_reported() {
    let place = Place::sqlite();
    for (words, code, said) in [
        (
            ["key", "add", "--account", "ada"],
            1,
            "accounts must be biz_",
        ),
        (
            ["key", "add", "--account", "biz_a-b"],
            1,
            "accounts must be biz_",
        ),
    ] {
        let output = place.run(&words);
        assert_eq!(output.status.code(), Some(code));
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(text.contains(said), "{text}");
        assert!(output.stdout.is_empty());
    }
    let words = [
        "key",
        "add",
        "--account",
        "biz_1",
        "--api-version",
        "2026-07-02",
    ];
    assert_eq!(place.run(&words).status.code(), Some(1));
    let output = place.run("key revoke key_unknown");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn concurrent_first_writes_of_an_override_are_merged() {
    for place in Place::both() {
        let host = place.serve();
        place.user("ada");
        let token = place.token_for("whop", "ada");
        let here = "/users/me?account_id=biz_1";
        thread::scope(|scope| {
            for body in [r#"{"name":"Here"}"#, r#"{"bio":"There"}"#].repeat(8) {
                let (host, token) = (&host, &token);
                scope.spawn(move || {
                    let response = ask(host, "PATCH", here, token, body);
                    assert_eq!(response.status, 200, "{}", response.body);
                });
            }
        });
        let body = ask(&host, "GET", here, &token, "").body;
        assert!(
            body.contains(r#""name":"Here""#) && body.contains(r#""bio":"There""#),
            "{body}"
        );
        let global = ask(&host, "GET", "/users/me", &token, "").body;
        assert!(global.contains(r#""name":null"#) && global.contains(r#""bio":null"#));
    }
}

#[test]
fn acknowledged_overrides_are_durable() {
    for place in Place::both() {
        let host = place.serve();
        place.user("ada");
        let token = place.token_for("whop", "ada");
        let here = "/users/me?account_id=biz_1";
        assert_eq!(
            ask(&host, "PATCH", here, &token, r#"{"name":"Here"}"#).status,
            200
        );
        host.kill();
        let host = place.serve();
        let body = ask(&host, "GET", here, &token, "").body;
        assert!(body.contains(r#""name":"Here""#), "{body}");
    }
}

#[test]
fn requests_beyond_the_rate_limit_get_429() {
    let place = Place::sqlite();
    let text = "[dialects.whop]\nrequests_per_minute = 3\n";
    let host = place.serve_with(text);
    place.user("ada");
    place.user("bob");
    let (ada, bob) = (
        place.token_for("whop", "ada"),
        place.token_for("whop", "bob"),
    );
    for left in [2, 1, 0] {
        let response = ask(&host, "GET", "/users/me", &ada, "");
        assert_eq!(response.status, 200);
        assert_eq!(
            response.header("ratelimit-policy"),
            Some("\"default\";q=3;w=60")
        );
        let limit = response.header("ratelimit").unwrap();
        assert!(
            limit.starts_with(&format!("\"default\";r={left};t=")),
            "{limit}"
        );
    }
    let rejected = ask(&host, "GET", "/users/me", &ada, "");
    assert_eq!(rejected.status, 429);
    let start = r#"{"error":{"type":"rate_limit_exceeded","message":"Try again in "#;
    assert!(rejected.body.starts_with(start), "{}", rejected.body);
    let wait: u64 = rejected.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=20).contains(&wait));
    // Tokens of one user share an allowance; other users and operations have separate ones.
    assert_eq!(
        ask(
            &host,
            "GET",
            "/users/me",
            &place.token_for("whop", "ada"),
            ""
        )
        .status,
        429
    );
    assert_eq!(ask(&host, "GET", "/users/me", &bob, "").status, 200);
    assert_eq!(ask(&host, "PATCH", "/users/me", &ada, "{}").status, 200);
    // In development, there are no rate limits by default.
    let free = Place::sqlite().serve();
    assert_eq!(free.ask("/api/v1/users/me").header("ratelimit"), None);
}
