//! Operator tokens: roles, tenants and revocation.

use serde_json::{Value, json};

use super::Admin;
use crate::{
    host::{ME, Place},
    tenants::{tenant, text},
};

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
        let identity = r#"{"issuer":"i","subject":"s"}"#;
        assert_eq!(
            own.send("POST", "/users/eve/identities", identity).status,
            403
        );
        let new = json!({
            "username": "bo", "email": "b@example.com",
            "identities": [{ "issuer": "i", "subject": "s" }],
        });
        own.json("POST", "/users", &new, 403);
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
