//! Usage counts and deprecations.

use serde_json::{Value, json};

use crate::{
    host::{Host, ME, Place},
    provisioning::{serve, token},
};

fn usage(place: &Place, words: &str) -> Vec<Value> {
    let printed = place.print(&format!("usage {words}"));
    let lines = printed.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Stops a server, which stores its counts.
fn stop(host: Host) {
    host.terminate();
    assert!(host.wait().success());
}

#[test]
fn operations_and_fields_are_counted_by_client() {
    for place in Place::both() {
        place.print(&[
            "user",
            "add",
            "--username",
            "ada",
            "--email",
            "a@example.com",
            "--identity",
            "https://id.example#1",
        ]);
        let host = serve(&place, "subject = \"identity\"\n");
        let web = token("1", &json!({ "azp": "web" }));
        let app = token("1", &json!({ "azp": "app" }));
        let send = |token: &str, agent: &str, method: &str, body: &str| {
            let headers = format!(
                "Authorization: Bearer {token}\r\nUser-Agent: {agent}\r\n\
                 Content-Type: application/json\r\n"
            );
            host.send(method, ME, &headers, body).status
        };
        for _ in 0..3 {
            assert_eq!(send(&web, "Mozilla/5.0 (X11)", "GET", ""), 200);
        }
        assert_eq!(
            send(&app, "okhttp/4.9", "PATCH", r#"{"bio":"x","name":"y"}"#),
            200
        );
        assert_eq!(send(&app, "okhttp/4.9", "PATCH", r#"{"bio":1}"#), 400);
        assert_eq!(send("x", "curl/8", "GET", ""), 401);
        stop(host);

        let counted = usage(&place, "");
        let seen: Vec<_> = counted
            .iter()
            .map(|row| ["field", "client", "agent", "requests"].map(|key| row[key].clone()))
            .collect();
        let expected = [
            [json!("bio"), json!("app"), json!(""), json!(1)],
            [json!("display_name"), json!("app"), json!(""), json!(1)],
            [json!(""), json!("web"), json!("Mozilla"), json!(3)],
            [json!(""), json!("app"), json!("okhttp"), json!(1)],
        ];
        assert_eq!(seen, expected);
        let of_field = usage(&place, "--dialect movieknight --field bio");
        assert_eq!(of_field.len(), 1);
        assert_eq!(of_field[0]["dialect"], "movieknight");
        assert_eq!(usage(&place, "--client web").len(), 1);
        assert_eq!(usage(&place, "--dialect iam").len(), 0);

        // Counts are added to the stored ones.
        let host = serve(&place, "subject = \"identity\"\n");
        host.get(&web);
        stop(host);
        let again = usage(&place, "--client web");
        let total: u64 = again
            .iter()
            .map(|row| row["requests"].as_u64().unwrap())
            .sum();
        assert_eq!(total, 4);
    }
}

#[test]
fn deprecated_operations_and_versions_are_announced() {
    let place = Place::sqlite();
    let host = place.serve_with(
        "[[dialects.movieknight.deprecations]]\nsince = \"2026-01-01T00:00:00Z\"\n\
         sunset = \"2027-01-01T00:00:00Z\"\nlink = \"https://docs.example.com/move\"\n\
         [[dialects.whop.deprecations]]\napi_version = \"2025-01-01\"\n\
         since = \"2026-01-01T00:00:00Z\"\n",
    );
    let response = host.get(&place.token("moviefan"));
    assert_eq!(response.header("deprecation"), Some("@1767225600"));
    assert_eq!(
        response.header("sunset"),
        Some("Fri, 01 Jan 2027 00:00:00 GMT")
    );
    let link = "<https://docs.example.com/move>; rel=\"deprecation\"";
    assert_eq!(response.header("link"), Some(link));
    let token = place.token_for("whop", "moviefan");
    for (version, expected) in [("2025-01-01", Some("@1767225600")), ("2026-07-01", None)] {
        let headers = format!("Authorization: Bearer {token}\r\nApi-Version-Date: {version}\r\n");
        let response = host.send("GET", "/api/v1/users/me", &headers, "");
        assert_eq!(response.header("deprecation"), expected, "{version}");
    }
    let file = place.file(
        "wrong.toml",
        "[[dialects.iam.deprecations]]\noperation = \"nope\"\nsince = \"2026-01-01T00:00:00Z\"\n",
    );
    let words = format!("serve --listen 127.0.0.1:0 --config {file}");
    let (status, printed) = place.end(&words);
    assert_eq!(status, Some(2), "{printed}");
    assert!(printed.contains("there is no operation nope"), "{printed}");
}
