//! `manyface dev`, for developers of clients.

use std::fs;

use manyface_testing::http;
use serde_json::{Value, json};

use crate::host::{Host, Place};

const IMAGE: &[u8] = include_bytes!("../../../media/tests/pngsuite/basn2c08.png");

impl Place {
    /// Starts `manyface dev` on a free port.
    fn dev(&self, words: &str) -> Host {
        self.start(&format!("dev --listen 127.0.0.1:0 {words}"))
    }
}

/// Returns the tokens of a server by user and dialect.
fn tokens(place: &Place, host: &Host) -> Value {
    let words = format!("dev tokens --format json --url {}", host.url());
    serde_json::from_str(&place.print(&words)).unwrap()
}

fn token<'a>(tokens: &'a Value, username: &str, dialect: &str) -> &'a Value {
    let find = |list: &'a Value, key: &str, value: &str| {
        let mut list = list.as_array().unwrap().iter();
        list.find(|one| one[key] == value).unwrap()
    };
    let user = find(&tokens["users"], "username", username);
    find(&user["tokens"], "dialect", dialect)
}

fn movieknight(tokens: &Value, username: &str) -> String {
    let token = &token(tokens, username, "movieknight")["token"];
    token.as_str().unwrap().to_owned()
}

#[test]
fn ids_and_tokens_are_the_same_on_every_machine() {
    let places = [Place::empty(), Place::empty()];
    let [one, other] = places.map(|place| {
        let host = place.dev("--in-memory");
        let known = tokens(&place, &host);
        let profile = host.get(&movieknight(&known, "ada"));
        assert_eq!(profile.status, 200, "{}", profile.body);
        // The server removes its folder.
        host.terminate();
        assert!(host.wait().success());
        (known, profile.body)
    });
    assert_eq!(one, other);
    assert!(one.1.contains("66a1f2c4e5b3aaaaaaaaaaaa"));
    assert_eq!(one.0["users"].as_array().unwrap().len(), 3);
}

#[test]
fn tokens_of_all_kinds_are_ready() {
    let place = Place::empty();
    let host = place.dev("");
    let known = tokens(&place, &host);
    let expired = token(&known, "ada", "movieknight")["expired_token"].as_str();
    assert_eq!(host.get(expired.unwrap()).status, 401);
    let key = known["api_keys"][0].as_str().unwrap();
    let path = "/api/v1/users/user_unknown";
    let response = host.send("GET", path, &format!("Authorization: Bearer {key}\r\n"), "");
    assert_eq!(response.status, 404, "{}", response.body);
    let env = place.print(&format!("dev tokens --format env --url {}", host.url()));
    let expected = format!("ADA_MOVIEKNIGHT_TOKEN={}", movieknight(&known, "ada"));
    assert!(env.lines().any(|line| line == expected), "{env}");
    let text = place.print(&format!("dev tokens --url {}", host.url()));
    assert!(text.contains(&movieknight(&known, "grace")), "{text}");
}

#[test]
fn a_reset_restores_the_seed() {
    let place = Place::empty();
    fs::write(place.folder.path().join("ada.png"), IMAGE).unwrap();
    let seed = place.file(
        "seed.toml",
        "[[users]]\nusername = 'ada'\navatar_file = 'ada.png'\nskills = []\nbio = 'I count.'\n",
    );
    let host = place.dev(&format!("--seed {seed}"));
    let known = tokens(&place, &host);
    let ada = movieknight(&known, "ada");
    let seeded = host.get(&ada);
    assert!(seeded.body.contains("/media/"), "{}", seeded.body);
    for _ in 0..2 {
        let changed = host.patch(&ada, r#"{"bio":"x","name":"y","countryCode":"US"}"#);
        assert_eq!(changed.status, 200, "{}", changed.body);
        assert_ne!(host.get(&ada).body, seeded.body);
        place.print(&format!("dev reset --url {}", host.url()));
        let reset = host.get(&ada);
        assert_eq!(reset.body, seeded.body);
        assert_eq!(reset.header("etag"), seeded.header("etag"));
    }
    assert_eq!(tokens(&place, &host), known);
    let json: Value = serde_json::from_str(&seeded.body).unwrap();
    let avatar = json["data"]["user"]["avatarUrl"].as_str().unwrap();
    assert_eq!(host.ask(host.path_of(avatar)).status, 200);
}

#[test]
fn failures_and_delays_are_simulated_on_request() {
    let place = Place::empty();
    let host = place.dev("");
    let ada = movieknight(&tokens(&place, &host), "ada");
    for (failure, status) in [("429", 429), ("500", 500), ("503", 503), ("nonsense", 200)] {
        let header = format!("X-Manyface-Fail: {failure}\r\n");
        let response = host.patch_if(&ada, r#"{"bio":"x"}"#, &header);
        assert_eq!(response.status, status, "{}", response.body);
        let body: Value = serde_json::from_str(&response.body).unwrap();
        assert_eq!(body["ok"], json!(status == 200));
        assert_eq!(
            response.header("retry-after").is_some(),
            [429, 503].contains(&status)
        );
    }
    let headers = format!("Authorization: Bearer {ada}\r\nX-Manyface-Fail: close\r\n");
    let closed = http::send(&host.authority, "GET", "/api/users/me", &headers, "");
    assert!(closed.is_err());
    let delayed = host.patch_if(&ada, r#"{"bio":"x"}"#, "X-Manyface-Delay: 1\r\n");
    assert_eq!(delayed.status, 200);
}

#[test]
fn nothing_of_it_exists_in_other_servers() {
    let place = Place::sqlite();
    let ada = place.user("ada");
    let host = place.serve();
    let response = host.patch_if(&ada, r#"{"bio":"x"}"#, "X-Manyface-Fail: 500\r\n");
    assert_eq!(response.status, 200);
    assert_eq!(host.send("POST", "/_dev/reset", "", "").status, 404);
    assert_eq!(host.ask("/_dev/tokens").status, 404);
    assert_eq!(host.get(&ada).status, 200);
}

#[test]
fn pages_of_other_sites_cannot_reset_or_read_tokens() {
    let place = Place::empty();
    let host = place.dev("");
    for header in ["Origin: https://evil.example\r\n", "Origin: null\r\n"] {
        assert_eq!(host.send("POST", "/_dev/reset", header, "").status, 403);
        assert_eq!(host.send("GET", "/_dev/tokens", header, "").status, 403);
    }
    let page = "Origin: http://localhost:3000\r\n";
    assert_eq!(host.send("POST", "/_dev/reset", page, "").status, 204);
}

#[test]
fn exchanges_are_shown_without_credentials() {
    let place = Place::empty();
    let host = place.dev("");
    let ada = movieknight(&tokens(&place, &host), "ada");
    host.patch(&ada, r#"{"bio":"seen on the terminal"}"#);
    let said = host.hear("seen on the terminal");
    assert!(said.contains("PATCH /api/users/me"), "{said}");
    assert!(!said.contains(&ada));
}

#[test]
fn the_data_of_other_deployments_is_not_erased() {
    let place = Place::sqlite();
    place.user("ada");
    let (status, said) = place.end("dev --data-dir manyface-data");
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("would erase the deployment"), "{said}");
    assert!(place.print("user list").contains("ada"));
    let (status, said) = place.end("dev --database-url postgres://127.0.0.1:1/x");
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("unset database_url"), "{said}");
}

#[test]
fn errors_in_a_seed_name_the_table() {
    let place = Place::empty();
    for (text, expected) in [
        ("users = 1", "seed.toml: "),
        (
            "[[users]]\nusername = 'x y'\n",
            "[[users]] number 1: username ",
        ),
        (
            "[[users]]\nusername = 'a1b'\n[[users]]\nusername = 'ada'\nnonsense = 1\n",
            "[[users]] number 2: nonsense is not a field",
        ),
        (
            "[[keys]]\nkey = 'short'\n",
            "[[keys]] number 1: key must be mfk_",
        ),
        (
            "[[users]]\nusername = 'ada'\navatar_file = 'missing.png'\n",
            "missing.png",
        ),
        ("signing_key = 'short'\n", "bytes"),
    ] {
        let seed = place.file("seed.toml", text);
        let (status, said) = place.end(&format!("dev --listen 127.0.0.1:0 --seed {seed}"));
        assert_ne!(status, Some(0), "{said}");
        assert!(said.contains(expected), "{text}: {said}");
    }
}

#[test]
fn the_built_in_seed_is_a_seed_file() {
    let place = Place::empty();
    let text = place.print("dev seed");
    let seed = place.file("seed.toml", &text);
    let host = place.dev(&format!("--seed {seed}"));
    let other = Place::empty();
    let built_in = other.dev("");
    assert_eq!(tokens(&place, &host), tokens(&other, &built_in));
}
