//! Credentials of users and keys that the store does not have, on every route of every dialect.

use std::time::Duration;

use manyface::{DevelopmentKey, dialects};
use manyface_auth::Mint;
use manyface_core::TenantId;
use manyface_dialect::{Credentials, Dialect, Route};
use serde_json::Value;

use manyface_testing::http::Response;

use crate::{
    host::{Host, Place},
    tenants::{now, tenant, text},
};

const BODIES: [&str; 4] = [
    "",
    "{}",
    r#"{"name":"x","filename":"a.png","username":"x"}"#,
    "no JSON",
];
const QUERIES: [&str; 3] = ["", "?account_id=biz_1", "?account_id=no"];
const CONDITIONS: [&str; 3] = ["", "If-Match: \"0\"\r\n", "If-None-Match: *\r\n"];

/// Adds a user of `tenant`.
fn user(place: &Place, name: &str, tenant: &str) -> Value {
    let email = format!("{name}@example.com");
    let words = format!("user add --username {name} --email {email} --tenant {tenant}");
    serde_json::from_str(&place.print(&words)).unwrap()
}

/// Returns a token with all scopes of the dialect.
fn mint(place: &Place, dialect: &Dialect, user: &Value, tenant: &str) -> String {
    mint_for(place, dialect, user, tenant, None)
}

/// Like [`mint`], bound to an account.
fn mint_for(
    place: &Place,
    dialect: &Dialect,
    user: &Value,
    tenant: &str,
    account: Option<&str>,
) -> String {
    let issuer = DevelopmentKey::new(&place.folder.path().join("manyface-data"));
    let scopes = dialect.routes.iter().flat_map(|route| route.scopes);
    let scopes: Vec<_> = scopes.copied().collect();
    let external_id = user["external_ids"][dialect.name].as_str();
    issuer.issuer().unwrap().mint(&Mint {
        dialect: dialect.name,
        subject: external_id.or(user["id"].as_str()).unwrap(),
        scopes: &scopes,
        tenant: Some(tenant.parse::<TenantId>().unwrap()),
        account,
        groups: &[],
        id: None,
        now: now(),
        ttl: Duration::from_secs(3600),
    })
}

/// Returns the paths of a route, with existing and missing names.
fn paths(dialect: &Dialect, route: &Route) -> Vec<String> {
    let names = ["bob", "unknown", "me", "user_1", "file_1"];
    let whole = format!("{}{}", dialect.base, route.path);
    let filled = names.map(|name| whole.replace("{id}", name).replace("{name}", name));
    let mut filled = Vec::from(filled);
    filled.dedup();
    filled
}

/// Sends each possible request with `token` and checks the response with `check`.
fn on_every_route(
    host: &Host,
    dialect: &Dialect,
    tenant: &str,
    token: &str,
    check: impl Fn(&Response) -> bool,
) {
    let routes = dialect.routes.iter();
    for route in routes.filter(|route| route.credentials != Credentials::Ignored) {
        for path in paths(dialect, route) {
            for query in QUERIES {
                for (body, condition) in BODIES.iter().zip(CONDITIONS.iter().cycle()) {
                    let headers = format!(
                        "Authorization: Bearer {token}\r\nX-Tenant-ID: {tenant}\r\n\
                         Content-Type: application/json\r\n{condition}"
                    );
                    let path = format!("{path}{query}");
                    let method = route.method.as_str();
                    let response = host.send(method, &path, &headers, body);
                    assert!(
                        check(&response),
                        "{} {method} {path} {condition}{body}: {response:?}",
                        dialect.name
                    );
                }
            }
        }
    }
}

#[test]
fn unknown_callers_get_401_on_every_route() {
    for place in Place::both() {
        let host = place.serve();
        let (ours, theirs) = (tenant(&place, "ours"), tenant(&place, "theirs"));
        let suspended = tenant(&place, "suspended");
        let [ada, _, gone] = ["ada", "bob", "gone"].map(|name| user(&place, name, &ours));
        let sue = user(&place, "sue", &suspended);
        let never = serde_json::json!({"id": "01890000-0000-7000-8000-000000000000"});
        place.print("user remove gone");
        place.print(&format!("tenant suspend {suspended}"));
        for dialect in dialects() {
            let good = mint(&place, &dialect, &ada, &ours);
            on_every_route(&host, &dialect, &ours, &good, |response| {
                response.status != 401
            });
            for (user, tenant) in [
                (&gone, &ours),
                (&never, &ours),
                (&ada, &theirs),
                (&sue, &suspended),
            ] {
                let token = mint(&place, &dialect, user, tenant);
                for header in [&ours, &theirs, &suspended] {
                    on_every_route(&host, &dialect, header, &token, |response| {
                        response.status == 401
                    });
                }
            }
        }
    }
}

#[test]
fn credentials_of_removed_accounts_and_apps_get_401_on_every_route() {
    for place in Place::both() {
        let host = place.serve();
        let (ours, theirs) = (tenant(&place, "ours"), tenant(&place, "theirs"));
        let suspended = tenant(&place, "suspended");
        let [ada, gone] = ["ada", "gone"].map(|name| user(&place, name, &ours));
        let sue = user(&place, "sue", &suspended);
        let keys = |tenant: &str| {
            let words = format!("key add --tenant {tenant} --account biz_1");
            [
                place.print(&words),
                place.print(&format!("{words} --app app_1")),
            ]
        };
        let [revoked, dead] = [&ours, &suspended].map(|tenant| keys(tenant));
        place.print("user remove gone");
        place.print(&format!("tenant suspend {suspended}"));
        let all = dialects();
        let whop = all.iter().find(|dialect| dialect.name == "whop").unwrap();
        for key in &revoked {
            on_every_route(&host, whop, &ours, key, |response| response.status != 401);
        }
        for dialect in all.iter().filter(|dialect| dialect.name != "whop") {
            for key in &revoked {
                on_every_route(&host, dialect, &ours, key, |response| {
                    response.status == 401
                });
            }
        }
        let listed = place.print("key list");
        for line in listed.lines().filter(|line| line.contains(&ours)) {
            place.print(&["key", "revoke", text(line, "id")]);
        }
        for key in revoked.iter().chain(&dead) {
            on_every_route(&host, whop, &ours, key, |response| response.status == 401);
        }
        for dialect in &all {
            for (user, tenant) in [(&gone, &ours), (&ada, &theirs), (&sue, &suspended)] {
                let token = mint_for(&place, dialect, user, tenant, Some("biz_1"));
                let rejected = |response: &Response| response.status == 401;
                on_every_route(&host, dialect, tenant, &token, rejected);
            }
        }
    }
}

#[test]
fn only_signed_uploads_ignore_credentials() {
    let all = dialects();
    let mut routes = all.iter().flat_map(|dialect| {
        let ignored = |route: &&Route| route.credentials == Credentials::Ignored;
        let routes = dialect.routes.iter().filter(ignored);
        routes.map(|route| (dialect.name, route.method.as_str(), route.path))
    });
    let upload = ("whop", "PUT", "/files/{id}/content");
    assert_eq!((routes.next(), routes.next()), (Some(upload), None));
}

#[test]
fn account_tokens_change_no_profile_in_any_dialect() {
    for place in Place::both() {
        let host = place.serve();
        let acme = tenant(&place, "Acme");
        let ada = user(&place, "ada", &acme);
        let before = place.print("user show ada");
        let names = place.print("catalogue list");
        for dialect in dialects() {
            let token = mint_for(&place, &dialect, &ada, &acme, Some("biz_1"));
            let headers = format!(
                "Authorization: Bearer {token}\r\nX-Tenant-ID: {acme}\r\n\
                 Content-Type: application/json\r\n"
            );
            let example = dialect.example;
            let path = format!("{}{}", dialect.base, example.path);
            let ask = |method: &str, body: &str| host.send(method, &path, &headers, body).status;
            assert_eq!(ask("GET", ""), 200, "{}", dialect.name);
            assert_eq!(ask(example.method, example.body), 403, "{}", dialect.name);
        }
        assert_eq!(place.print("user show ada"), before);
        assert_eq!(place.print("catalogue list"), names);
    }
}

/// Sends a request to whop with any credential.
fn ask(host: &Host, method: &str, target: &str, credential: &str, more: &str) -> Response {
    let headers =
        format!("Authorization: Bearer {credential}\r\nContent-Type: application/json\r\n{more}");
    let body = match method {
        "POST" => r#"{"filename":"a.png"}"#,
        "PATCH" => r#"{"name":"x"}"#,
        _ => "",
    };
    let path = format!("/api/v1{target}");
    host.send(method, &path, &headers, body)
}

#[test]
fn keys_belong_to_a_tenant_and_are_removed_with_it() {
    for place in Place::both() {
        let host = place.serve();
        let acme = tenant(&place, "Acme");
        user(&place, "ada", &acme);
        place.print("user add --username bob --email b@example.com");
        let add = |words: &str| place.print(&format!("key add --tenant {acme} {words}"));
        let keys = [
            add("--account biz_1"),
            add("--app app_1 --account biz_1 --account biz_2"),
        ];
        let listed = place.print("key list");
        let last: Value = serde_json::from_str(listed.lines().last().unwrap()).unwrap();
        assert_eq!(last["app"], "app_1");
        assert_eq!(last["accounts"], serde_json::json!(["biz_1", "biz_2"]));
        assert_eq!(last["tenant_id"], acme.as_str());
        for (key, second) in [(&keys[0], 403), (&keys[1], 200)] {
            for (target, status) in [
                ("/users/ada?account_id=biz_1", 200),
                ("/users/ada?account_id=biz_2", second),
                ("/users/ada?account_id=biz_3", 403),
                ("/users/bob?account_id=biz_1", 404),
                ("/users/ada", 400),
                ("/users/me", 400),
            ] {
                assert_eq!(
                    ask(&host, "PATCH", target, key, "").status,
                    status,
                    "{target}"
                );
            }
            assert_eq!(ask(&host, "GET", "/users/ada", key, "").status, 200);
            assert_eq!(ask(&host, "GET", "/users/bob", key, "").status, 404);
            assert_eq!(ask(&host, "POST", "/files", key, "").status, 200);
        }
        let sent = |file: &Response| {
            let url = file.text_after("\"upload_url\":\"");
            let headers = "Content-Type: image/png\r\n";
            host.send("PUT", host.path_of(url), headers, "no image")
                .status
        };
        let files = [(); 2].map(|()| ask(&host, "POST", "/files", &keys[0], ""));
        assert_eq!(sent(&files[0]), 400, "the body is checked");
        place.print(&format!("tenant suspend {acme}"));
        for key in &keys {
            for (method, target) in [
                ("GET", "/users/ada"),
                ("GET", "/users/ada?account_id=biz_1"),
                ("PATCH", "/users/ada?account_id=biz_1"),
                ("POST", "/files"),
                ("GET", "/files/file_1"),
            ] {
                assert_eq!(ask(&host, method, target, key, "").status, 401, "{target}");
            }
        }
        assert_eq!(sent(&files[1]), 403);
        let removed = place.run(&format!("tenant remove {acme}"));
        assert_eq!(removed.status.code(), Some(1));
        let nowhere = "--account biz_1 --tenant 2489e9ad-2ee2-8e00-8ec9-32d5f69181c0";
        for (words, code) in [
            ("--app biz_1", 1),
            ("--account biz_1 --account biz_2", 1),
            (nowhere, 1),
            ("", 2),
        ] {
            let output = place.run(&format!("key add {words}"));
            assert_eq!(output.status.code(), Some(code), "{words:?}");
        }
    }
}

/// Returns the parts of a response that do not differ between requests.
fn seen(response: &Response) -> (u16, String, String) {
    let lines = response.head.lines().filter(|line| {
        let name = line.split(':').next().unwrap_or_default();
        !["date", "x-request-id"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
    });
    // The order of headers is random.
    let mut lines: Vec<_> = lines.collect();
    lines.sort_unstable();
    (response.status, lines.join("\n"), response.body.clone())
}

#[test]
fn users_of_other_tenants_count_as_missing() {
    for place in Place::both() {
        let theirs = tenant(&place, "Contoso");
        let folder = place.folder.path().join("policies");
        std::fs::create_dir_all(folder.join("tenants").join(&theirs)).unwrap();
        std::fs::write(
            folder.join("1.cedar"),
            "permit (principal, action, resource);",
        )
        .unwrap();
        let hold =
            "@notice(\"Contoso is under litigation hold\")\nforbid (principal, action, resource);";
        std::fs::write(folder.join("tenants").join(&theirs).join("2.cedar"), hold).unwrap();
        let host = place.serve_with("[policies]\ndir = \"policies\"\n");
        let secret = user(&place, "secret", &theirs);
        let tag = secret["external_ids"]["whop"].as_str().unwrap();
        let ada = place.print("user add --username ada --email a@example.com");
        assert!(!text(&ada, "id").is_empty());
        let credentials = [
            place.token_for("whop", "ada"),
            place.print("key add --account biz_1"),
            place.print("key add --app app_1 --account biz_1"),
        ];
        let conditions = [
            "",
            "If-None-Match: *\r\n",
            "If-Match: *\r\n",
            "If-Match: \"1-1-whop-2025-01-01-biz_1\", \"2-1-whop-2025-01-01-biz_1\"\r\n",
            "If-None-Match: \"1-1-whop-2025-01-01\", \"2-1-whop-2025-01-01-biz_1\"\r\n",
            "Api-Version-Date: 2026-07-01\r\n",
        ];
        for credential in &credentials {
            for method in ["GET", "HEAD", "PATCH", "OPTIONS", "DELETE"] {
                for query in ["", "?account_id=biz_1", "?account_id=biz_2"] {
                    for condition in conditions {
                        let ask = |name: &str| {
                            let target = format!("/users/{name}{query}");
                            ask(&host, method, &target, credential, condition)
                        };
                        for (there, missing) in
                            [("secret", "unknown"), (tag, "user_00000000000000")]
                        {
                            let (there, missing) = (ask(there), ask(missing));
                            assert_eq!(seen(&there), seen(&missing), "{method}{query} {condition}");
                            assert!(!there.body.contains("Contoso"), "{}", there.body);
                        }
                    }
                }
            }
        }
    }
}
