//! The admin API, and the commands that use it.

use manyface_testing::http::{self, Response};
use serde_json::{Value, json};

use crate::{
    host::{Host, ME, Place},
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
        let token = &self.token;
        let headers =
            format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n{more}");
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

        for (suspend, resume) in [(true, false), (false, true)] {
            let run = |verb: &str, is_command: bool| match is_command {
                true => drop(admin.command(&format!("user {verb} lovelace"))),
                false => {
                    drop(admin.json("POST", &format!("/users/{id}/{verb}"), &Value::Null, 200))
                }
            };
            run("suspend", suspend);
            assert_eq!(host.get(&token).status, 401);
            assert_eq!(host.patch(&token, r#"{"bio":"no"}"#).status, 401);
            let listed = place.print("user list --status suspended");
            assert!(listed.contains(id), "{listed}");
            run("resume", resume);
            assert_eq!(host.get(&token).status, 200);
        }

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
fn users_are_searched() {
    for place in Place::both() {
        let host = place.serve();
        let admin = Admin::of(&place, &host);
        for name in ["carl", "bob", "bobby"] {
            place.user(name);
        }
        let names = |query: &str| {
            let page = admin.json("GET", &format!("/users{query}"), &Value::Null, 200);
            let items = page["items"].as_array().unwrap().clone();
            let names = items
                .iter()
                .map(|user| user["username"].as_str().unwrap().to_owned());
            (
                names.collect::<Vec<_>>(),
                page["next"].as_str().map(str::to_owned),
            )
        };
        assert_eq!(names("?username=BO").0, ["bob", "bobby"]);
        assert_eq!(names("?email=bob%40").0, ["bob"]);
        let (first, next) = names("?username=b&limit=1");
        assert_eq!(first, ["bob"]);
        let (second, end) = names(&format!("?username=b&limit=1&cursor={}", next.unwrap()));
        assert_eq!((second, end), (vec!["bobby".to_owned()], None));
        let changed = "?changed_since=2020-01-01T00:00:00Z&limit=1000";
        host.patch(&place.token("bob"), r#"{"bio":"changed"}"#);
        assert_eq!(names(changed).0.last().unwrap(), "bob");
        for wrong in [
            "?limit=0",
            "?limit=1001",
            "?cursor=x",
            "?status=x",
            "?tenant=x",
            "?username=a&email=b",
            "?username=a&username=b",
            "?nope=1",
            "?identity=x",
        ] {
            let response = admin.send("GET", &format!("/users{wrong}"), "");
            assert_eq!(response.status, 400, "{wrong}");
        }
        // The demo user is one of them.
        assert_eq!(place.print("user list").lines().count(), 4);
        assert_eq!(admin.command("user list --limit 2").lines().count(), 2);
    }
}

#[test]
fn a_token_grants_only_its_role_and_tenant() {
    for place in Place::both() {
        let host = place.serve();
        let admin = Admin::of(&place, &host);
        place.user("ada");
        let second = tenant(&place, "second");
        place.print(&format!(
            "user add --username eve --email e@example.com --tenant {second}"
        ));
        let reader = admin.with_token("--role read");
        assert_eq!(reader.send("GET", "/users/ada", "").status, 200);
        for (method, path) in [
            ("POST", "/users"),
            ("PATCH", "/users/ada"),
            ("DELETE", "/users/ada"),
            ("POST", "/users/ada/suspend"),
            ("POST", "/tenants"),
            ("POST", "/keys"),
            ("POST", "/tokens"),
        ] {
            assert_eq!(
                reader.send(method, path, "{}").status,
                403,
                "{method} {path}"
            );
        }
        let own = admin.with_token(&format!("--role write --tenant {second}"));
        let (missing, other) = ("no-such-user", "ada");
        for (method, path, body) in [
            ("GET", "", ""),
            ("PATCH", "", r#"{"bio":"x"}"#),
            ("DELETE", "", ""),
            ("POST", "/suspend", ""),
            ("POST", "/identities", r#"{"issuer":"i","subject":"s"}"#),
        ] {
            let response = |user: &str| {
                let response = own.send(method, &format!("/users/{user}{path}"), body);
                (response.status, response.body)
            };
            assert_eq!(response(other), response(missing), "{method} {path}");
            assert_eq!(response(other).0, 404);
        }
        let listed = own.json("GET", "/users", &Value::Null, 200);
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
        let default = text(&place.print("user show ada"), "tenant_id").to_owned();
        let query = format!("/users?tenant={default}");
        assert_eq!(
            own.json("GET", &query, &Value::Null, 200)["items"],
            json!([])
        );
        let new = json!({ "username": "bob", "email": "b@example.com", "tenant_id": default });
        own.json("POST", "/users", &new, 422);
        assert_eq!(own.send("POST", "/users/eve/move", "{}").status, 403);
        assert_eq!(own.send("GET", "/tokens", "").status, 403);
        let new = json!({ "username": "bob", "email": "b@example.com" });
        assert_eq!(
            own.json("POST", "/users", &new, 201)["tenant_id"],
            second.as_str()
        );

        // The public listener accepts no operator token.
        let headers = format!("Authorization: Bearer {}\r\n", admin.token);
        assert_eq!(host.send("GET", ME, &headers, "").status, 401);
        assert_eq!(
            host.send("GET", "/admin/v1/users", &headers, "").status,
            404
        );
        let id = place
            .print("admin token list")
            .lines()
            .next()
            .map(|line| text(line, "id").to_owned());
        place.run(&format!("admin token revoke {}", id.unwrap()));
        let rejected = admin.send("GET", "/users", "");
        assert_eq!(
            (rejected.status, rejected.header("www-authenticate")),
            (401, Some("Bearer"))
        );
    }
}

#[test]
fn requests_have_preconditions_and_problems() {
    let place = Place::sqlite();
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
    assert_eq!(admin.send("GET", "/users/%ff", "").status, 400);
    let document = http::send(&admin.authority, "GET", "/admin/v1/openapi.json", "", "").unwrap();
    assert_eq!(document.status, 200);
    assert_eq!(document.body.trim(), {
        let printed: Value = serde_json::from_str(&place.print("admin openapi")).unwrap();
        printed.to_string()
    });
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
