//! The admin API, and the commands that use it.

mod access;
mod catalogue;
mod changes;
mod erasures;
mod search;
mod stream;
mod transfer;
mod webhooks;

use manyface_testing::http::{self, Response};
use serde_json::{Value, json};

use crate::{
    host::{Host, Place},
    tenants::{tenant, text},
};

/// A running admin API.
struct Admin<'a> {
    place: &'a Place,
    authority: String,
    token: String,
}

impl<'a> Admin<'a> {
    fn of(place: &'a Place, host: &Host) -> Self {
        let heard = host.hear("/admin/v1");
        let (_, url) = heard.split_once("admin API at http://").unwrap();
        let authority = url.split('/').next().unwrap().to_owned();
        let token = place.print("admin token add --role write --name grace");
        Self {
            place,
            authority,
            token,
        }
    }

    /// Returns the same API with another token.
    fn with_token(&self, words: &str) -> Admin<'a> {
        Admin {
            authority: self.authority.clone(),
            token: self.place.print(&format!("admin token add {words}")),
            place: self.place,
        }
    }

    fn send_with(&self, method: &str, path: &str, more: &str, body: &str) -> Response {
        let headers = format!("Content-Type: application/json\r\n{more}");
        self.send_headers(method, path, &headers, body)
    }

    /// Sends a body of this media type.
    fn send_as(&self, media_type: &str, method: &str, path: &str, body: &str) -> Response {
        let headers = format!("Content-Type: {media_type}\r\n");
        self.send_headers(method, path, &headers, body)
    }

    fn send_headers(&self, method: &str, path: &str, headers: &str, body: &str) -> Response {
        let token = &self.token;
        let headers = format!("Authorization: Bearer {token}\r\n{headers}");
        http::send(
            &self.authority,
            method,
            &format!("/admin/v1{path}"),
            &headers,
            body,
        )
        .unwrap()
    }

    fn send(&self, method: &str, path: &str, body: &str) -> Response {
        self.send_with(method, path, "", body)
    }

    /// Returns the JSON of a response with this status.
    fn json(&self, method: &str, path: &str, body: &Value, status: u16) -> Value {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let response = self.send(method, path, &body);
        assert_eq!(
            response.status, status,
            "{method} {path}: {}",
            response.body
        );
        serde_json::from_str(&response.body).unwrap_or_default()
    }

    /// Runs a command against the server, and returns its output.
    fn command(&self, words: &str) -> String {
        let file = self.place.file("token", &self.token);
        let server = format!("--server http://{} --token-file {file}", self.authority);
        self.place.print(&format!("{words} {server}"))
    }
}

#[test]
fn operators_change_users_by_http_and_by_command() {
    for place in Place::both() {
        let host = place.serve();
        let admin = Admin::of(&place, &host);
        let new = json!({
            "username": "ada", "email": "Ada@Example.com", "auth_provider": "oidc",
            "given_name": "Ada", "identities": [{ "issuer": "https://id.example", "subject": "1" }],
        });
        let added = admin.json("POST", "/users", &new, 201);
        let id = added["id"].as_str().unwrap();
        assert_eq!(added["identities"], new["identities"]);
        assert_eq!(
            admin.json("GET", &format!("/users/{id}"), &Value::Null, 200),
            added
        );
        assert_eq!(
            admin.command("user show ada"),
            added.to_string_in_order(&admin, id)
        );
        let token = place.token("ada");

        // A field that the identity provider owns.
        let set = admin.json(
            "PATCH",
            "/users/ada",
            &json!({ "given_name": "Grace" }),
            200,
        );
        assert_eq!(
            (&set["given_name"], &set["version"]),
            (&json!("Grace"), &json!(2))
        );
        let again = admin.json(
            "PATCH",
            "/users/ada",
            &json!({ "given_name": "Grace" }),
            200,
        );
        assert_eq!(again["version"], 2);
        place.print("user set ada bio=Hello skills:=[] auth_provider=local --clear given_name");
        let shown: Value =
            serde_json::from_str(&admin.command("user rename ada Lovelace")).unwrap();
        assert_eq!(shown["username"], "Lovelace");
        assert_eq!(
            (&shown["bio"], &shown["given_name"]),
            (&json!("Hello"), &Value::Null)
        );

        let wrong = json!({ "email": "x", "boi": 1, "version": 9 });
        let problem = admin.json("PATCH", "/users/lovelace", &wrong, 422);
        assert_eq!(
            problem["errors"],
            json!([
                { "pointer": "/boi", "detail": "is not a field" },
                { "pointer": "/email", "detail": "is not an address" },
                { "pointer": "/version", "detail": "never changes" },
            ])
        );
        assert_eq!(
            admin.json("GET", "/users/lovelace", &Value::Null, 200),
            shown
        );

        suspended_users_are_rejected(&admin, &host, id, &token);
        let views = admin.json("GET", &format!("/users/{id}/views"), &Value::Null, 200);
        let read: Value = serde_json::from_str(&host.get(&token).body).unwrap();
        assert_eq!(views["movieknight"], json!({ "status": 200, "body": read }));
        for dialect in ["whop", "tenant", "iam"] {
            assert_eq!(views[dialect]["status"], 200, "{dialect}");
        }
        assert!(place.print("user views lovelace").contains("Hello"));

        let identity = json!({ "issuer": "https://id.example", "subject": "1" });
        admin.json(
            "POST",
            &format!("/users/{id}/identities/remove"),
            &identity,
            200,
        );
        admin.json(
            "POST",
            &format!("/users/{id}/identities/remove"),
            &identity,
            404,
        );
        admin.command("user identity add lovelace https://id.example#2");
        let found = place.print("user list --identity https://id.example#2");
        assert!(found.contains(id), "{found}");
        assert_eq!(place.print("user list --identity https://id.example#1"), "");

        let second = tenant(&place, "second");
        let moved = admin.command(&format!("user move lovelace --tenant {second}"));
        assert_eq!(text(&moved, "tenant_id"), second);
        assert_eq!(admin.send("DELETE", "/users/lovelace", "").status, 204);
        assert_eq!(admin.send("GET", "/users/lovelace", "").status, 404);
        assert_eq!(host.get(&token).status, 401);
    }
}

/// Suspends and resumes a user, by command and by HTTP.
fn suspended_users_are_rejected(admin: &Admin<'_>, host: &Host, id: &str, token: &str) {
    for is_command in [true, false] {
        let run = |verb: &str| {
            if is_command {
                admin.command(&format!("user {verb} {id}"));
            } else {
                admin.json("POST", &format!("/users/{id}/{verb}"), &Value::Null, 200);
            }
        };
        run("suspend");
        assert_eq!(host.get(token).status, 401);
        assert_eq!(host.patch(token, r#"{"bio":"no"}"#).status, 401);
        let listed = admin.place.print("user list --status suspended");
        assert!(listed.contains(id), "{listed}");
        run("resume");
        assert_eq!(host.get(token).status, 200);
    }
}

trait InOrder {
    fn to_string_in_order(&self, admin: &Admin<'_>, id: &str) -> String;
}

impl InOrder for Value {
    /// Returns the text that the server sends, whose members have another order than in a map.
    fn to_string_in_order(&self, admin: &Admin<'_>, id: &str) -> String {
        let text = admin.send("GET", &format!("/users/{id}"), "").body;
        assert_eq!(&serde_json::from_str::<Self>(&text).unwrap(), self);
        text
    }
}

#[test]
fn requests_have_preconditions_and_problems() {
    for place in Place::both() {
        let host = place.serve();
        let admin = Admin::of(&place, &host);
        place.user("ada");
        let read = admin.send("GET", "/users/ada", "");
        let etag = read.header("etag").unwrap().to_owned();
        let condition = format!("If-Match: {etag}\r\n");
        let set = |body: &str| admin.send_with("PATCH", "/users/ada", &condition, body);
        let written = set(r#"{"bio":"one"}"#);
        assert_eq!(written.status, 200);
        assert_ne!(written.header("etag"), Some(&*etag));
        let stale = set(r#"{"bio":"two"}"#);
        assert_eq!(stale.status, 412);
        assert_eq!(
            stale.header("content-type"),
            Some("application/problem+json")
        );
        assert_eq!(
            admin
                .send_with("PATCH", "/users/ada", "If-Match: *\r\n", "{}")
                .status,
            200
        );

        for (body, status) in [
            ("", 400),
            ("[]", 400),
            ("{\"bio\":", 400),
            (r#"{"bio":"a","bio":"b"}"#, 400),
            (r#"{"bio":1}"#, 422),
            (r#"{"bio":"\u0000"}"#, 422),
            (r#"{"additional_data":"\u0000"}"#, 422),
        ] {
            assert_eq!(
                admin.send("PATCH", "/users/ada", body).status,
                status,
                "{body}"
            );
        }
        let large = format!(r#"{{"bio":"{}"}}"#, "a".repeat(1024 * 1024));
        assert_eq!(admin.send("PATCH", "/users/ada", &large).status, 413);
        let headers = format!(
            "Authorization: Bearer {}\r\nContent-Type: text/plain\r\n",
            admin.token
        );
        let path = "/admin/v1/users/ada";
        let text = http::send(&admin.authority, "PATCH", path, &headers, "{}").unwrap();
        assert_eq!(text.status, 415);
        let wrong = admin.send("PUT", "/users", "{}");
        assert_eq!(
            (wrong.status, wrong.header("allow")),
            (405, Some("GET, POST"))
        );
        assert_eq!(admin.send("GET", "/nothing", "").status, 404);
        assert_eq!(admin.send("GET", "/users/a%2Fb", "").status, 404);
        for path in [
            "/users/%ff",
            "/users/%00",
            "/users?email=%00",
            "/usage?client=%00",
        ] {
            assert_eq!(admin.send("GET", path, "").status, 400, "{path}");
        }
        let document =
            http::send(&admin.authority, "GET", "/admin/v1/openapi.json", "", "").unwrap();
        assert_eq!(document.status, 200);
        assert_eq!(document.body.trim(), {
            let printed: Value = serde_json::from_str(&place.print("admin openapi")).unwrap();
            printed.to_string()
        });
    }
}

#[test]
fn the_admin_api_is_off_in_production_unless_configured() {
    for (listen, is_served) in [("", false), ("[admin]\nlisten = \"127.0.0.1:0\"\n", true)] {
        let place = Place::sqlite();
        let secret = place.file("secret", &"s".repeat(40));
        let text = format!(
            "profile = \"production\"\npublic_url = \"https://id.example.com\"\n\
             [[dialects.movieknight.issuers]]\nissuer = \"i\"\naudience = [\"movieknight\"]\n\
             algorithms = [\"HS256\"]\nsecret_file = \"{secret}\"\n{listen}"
        );
        let host = place.serve_with(&text);
        let heard = host.hear("ready");
        assert_eq!(heard.contains("admin API at"), is_served, "{heard}");
    }
}

#[test]
fn openapi_document_of_the_repository_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/admin-openapi.json");
    let printed = Place::empty().print("admin openapi") + "\n";
    if std::env::var_os("MANYFACE_GENERATE").is_some() {
        std::fs::write(path, &printed).unwrap();
    }
    let stored = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        stored == printed,
        "docs/admin-openapi.json is out of date; run `just generate`"
    );
}
