//! User names on a running server: availability and rejections.

use manyface_testing::http::Response;

use crate::{
    host::{Host, Place},
    tenants::{tenant, user},
};

fn ask(host: &Host, method: &str, path: &str, token: Option<&str>, body: &str) -> Response {
    match token {
        Some(token) => host.json(method, path, token, body),
        None => host.send(method, path, "Content-Type: application/json\r\n", body),
    }
}

fn body(name: &str) -> String {
    serde_json::json!({ "username": name }).to_string()
}

fn is_available(host: &Host, token: Option<&str>, name: &str) -> bool {
    let path = "/api/v1/iam/check-user-existence/";
    let response = ask(host, "POST", path, token, &body(name));
    assert_eq!(response.status, 200, "{}", response.body);
    response.body == r#"{"available":true}"#
}

fn rename_in_iam(host: &Host, token: &str, name: &str) -> Response {
    let path = "/api/v1/iam/user/profile/";
    ask(host, "PATCH", path, Some(token), &body(name))
}

fn rename_in_whop(host: &Host, token: &str, name: &str) -> Response {
    let path = "/api/v1/users/me";
    ask(host, "PATCH", path, Some(token), &body(name))
}

fn add(place: &Place, name: &str) -> Option<i32> {
    let words = [
        "user",
        "add",
        "--email",
        "a@example.com",
        "--username",
        name,
    ];
    place.run(&words).status.code()
}

struct Tokens {
    iam: String,
    whop: String,
}

fn tokens(place: &Place, name: &str) -> Tokens {
    Tokens {
        iam: place.token_for("iam", name),
        whop: place.token_for("whop", name),
    }
}

#[test]
fn confusable_names_are_taken_in_every_dialect() {
    for place in Place::both() {
        let suspended = tenant(&place, "suspended");
        user(&place, "alice", &[]);
        user(&place, "mark", &["--tenant", &suspended]);
        user(&place, "bob", &[]);
        place.print(&format!("tenant suspend {suspended}"));
        let Tokens { iam, whop } = tokens(&place, "bob");
        let host = place.serve();
        for name in [
            "alice",
            "ALICE",
            "a1ice",
            "al\u{131}ce",
            "\u{1d00}\u{29f}\u{26a}\u{1d04}\u{1d07}",
            "mark",
            "rnark",
            "admin",
            "adm\u{131}n",
            "\u{1d00}\u{1d05}\u{1d0d}\u{26a}\u{274}",
            "\u{430}\u{501}\u{43c}\u{456}\u{43d}",
            "0190d2a4-5d3c-7cc3-9a1b-000000000000",
            "66a1f2c4e5b3a1234567890a",
            "user_x9F0aMwTz3bQk1",
        ] {
            assert!(!is_available(&host, None, name), "{name}");
            assert!(!is_available(&host, Some(&iam), name), "{name}");
            let rejected = rename_in_iam(&host, &iam, name);
            assert_eq!(rejected.status, 400, "{name}");
            let sentence = r#"{"username":["A user with that username already exists."]}"#;
            assert_eq!(rejected.body, sentence, "{name}");
            assert_eq!(add(&place, name), Some(1), "{name}");
        }
        for name in ["alice", "A1ICE", "rnark", "admin", "r00t"] {
            let rejected = rename_in_whop(&host, &whop, name);
            assert_eq!(rejected.status, 400, "{name}: {}", rejected.body);
        }
        for name in ["B0b", "BOB", "bob"] {
            assert!(is_available(&host, Some(&iam), name), "{name}");
            let renamed = rename_in_iam(&host, &iam, name);
            assert_eq!(renamed.status, 200, "{name}: {}", renamed.body);
        }
        assert!(is_available(&host, None, "boris"));
    }
}

#[test]
fn released_names_are_reserved() {
    for place in Place::both() {
        for name in ["ada", "bob"] {
            place.user(name);
        }
        let (ada, bob) = (tokens(&place, "ada"), tokens(&place, "bob"));
        let host = place.serve();
        assert_eq!(rename_in_whop(&host, &ada.whop, "countess").status, 200);
        for name in ["ada", "\u{1d00}da"] {
            assert!(!is_available(&host, Some(&bob.iam), name));
            assert_eq!(rename_in_iam(&host, &bob.iam, name).status, 400);
            assert_eq!(add(&place, name), Some(1));
        }
        assert!(is_available(&host, Some(&ada.iam), "ada"));
        assert_eq!(rename_in_iam(&host, &ada.iam, "ada").status, 200);
        place.print("user remove ada");
        for name in ["ada", "countess"] {
            assert!(!is_available(&host, Some(&bob.iam), name));
            assert_eq!(rename_in_iam(&host, &bob.iam, name).status, 400);
        }
        let free = place.file("free.toml", "username_rest_days = 0\n");
        let words = "user add --username ada --email a@example.com --config";
        place.print(&format!("{words} {free}"));
    }
}
