//! Tenants: the commands, and their isolation.

use std::time::Duration;

use manyface::DevelopmentKey;
use manyface_auth::Mint;
use manyface_core::{TenantId, Timestamp};

use manyface_testing::http::Response;

use crate::host::{Host, Place, Words};

/// The path of tenant's only resource.
pub(crate) const PROFILE: &str = "/v1/users/me/profile";

const UNKNOWN_CALLER_BODY: &str = r#"{"code":"unauthenticated","message":"invalid token"}"#;

/// Sends a request to tenant's only resource.
pub(crate) fn ask(host: &Host, method: &str, token: &str, tenant: &str, body: &str) -> Response {
    let headers = format!(
        "Authorization: Bearer {token}\r\nX-Tenant-ID: {tenant}\r\nContent-Type: application/json\r\n"
    );
    host.send(method, PROFILE, &headers, body)
}

/// Returns a string of a printed JSON object.
pub(crate) fn text<'a>(json: &'a str, key: &str) -> &'a str {
    let (_, rest) = json.split_once(&format!("\"{key}\":\"")).unwrap();
    rest.split('"').next().unwrap()
}

/// Adds a tenant and returns its id.
pub(crate) fn tenant(place: &Place, name: &str) -> String {
    let added = place.print(&format!("tenant add --name {name}"));
    text(&added, "id").to_owned()
}

/// Adds a user, with further arguments, and returns its id.
pub(crate) fn user(place: &Place, name: &str, more: &[&str]) -> String {
    let email = format!("{name}@example.com");
    let words = ["user", "add", "--username", name, "--email", &email];
    let added = place.print(&[&words, more].concat());
    text(&added, "id").to_owned()
}

fn failed(place: &Place, words: &(impl Words + ?Sized), status: i32, said: &str) {
    let output = place.run(words);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{stderr}");
    assert!(stderr.contains(said), "{stderr}");
}

#[test]
fn tenants_are_added_shown_and_removed() {
    for place in Place::both() {
        let id = "2489E9AD-2EE2-8E00-8EC9-32D5F69181C0";
        let added = place.print(&["tenant", "add", "--name", " Acme ", "--id", id]);
        let id = &id.to_lowercase();
        assert!(added.starts_with(&format!(
            r#"{{"id":"{id}","name":"Acme","is_default":false,"#
        )));
        assert_eq!(place.print("tenant list").lines().count(), 2);
        assert!(place.print("tenant list").contains(&added));
        let with = |users: u32| added.replace('}', &format!(r#","users":{users}}}"#));
        assert_eq!(place.print(&format!("tenant show {id}")), with(0));
        user(&place, "ada", &["--tenant", id]);
        assert_eq!(place.print(&format!("tenant show {id}")), with(1));
        let listed = place.print(&format!("user list --tenant {id}"));
        assert_eq!(listed.lines().count(), 1);
        assert_eq!(text(&listed, "username"), "ada");

        let again = ["tenant", "add", "--name", "x", "--id", id];
        failed(&place, &again, 1, "tenant_id is taken");
        failed(
            &place,
            &["tenant", "add", "--name", " "],
            1,
            "name must not be empty",
        );
        failed(&place, &format!("tenant remove {id}"), 1, "has users");
        assert!(place.run("user remove ada").status.success());
        assert!(place.run(&format!("tenant remove {id}")).status.success());
        for word in ["show", "suspend", "resume", "remove"] {
            failed(
                &place,
                &format!("tenant {word} {id}"),
                1,
                "there is no tenant",
            );
        }
        failed(&place, "tenant show acme", 2, "UUID");
        let default = place.print("tenant list");
        let default = text(&default, "id");
        failed(
            &place,
            &format!("tenant remove {default}"),
            1,
            "is the default tenant",
        );
    }
}

#[test]
fn users_of_a_suspended_tenant_are_rejected_in_every_dialect() {
    for place in Place::both() {
        let host = place.serve();
        let id = tenant(&place, "Acme");
        user(&place, "ada", &["--tenant", &id]);
        let token = |dialect| place.print(&format!("token --dialect {dialect} --user ada"));
        let (ours, theirs) = (token("tenant"), token("movieknight"));
        let written = ask(&host, "PUT", &ours, &id, r#"{"first_name":"Ada"}"#);
        assert_eq!(written.status, 200);
        let suspended = place.print(&format!("tenant suspend {id}"));
        assert!(text(&suspended, "suspended_at").starts_with("20"));
        for method in ["GET", "PUT"] {
            let response = ask(&host, method, &ours, &id, r#"{"first_name":"Eve"}"#);
            assert_eq!(
                (response.status, response.body.as_str()),
                (401, UNKNOWN_CALLER_BODY)
            );
        }
        assert_eq!(host.get(&theirs).status, 401);
        assert_eq!(host.patch(&theirs, r#"{"bio":"x"}"#).status, 401);
        // Operators still see them.
        assert!(
            place
                .print("user show ada")
                .contains(r#""given_name":"Ada""#)
        );
        assert!(
            place
                .print(&format!("tenant resume {id}"))
                .contains(r#""suspended_at":null"#)
        );
        assert_eq!(ask(&host, "GET", &ours, &id, "").body, written.body);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the server that the tokens are for has the system's clock"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// Checks all combinations of credential, header and id. A credential that claims another tenant
/// than its user's is rejected, whatever the header.
#[test]
fn tenants_are_isolated() {
    for place in Place::both() {
        let host = place.serve();
        let tenants = [tenant(&place, "one"), tenant(&place, "two")];
        let nobodys = "2489e9ad-2ee2-8e00-8ec9-32d5f69181c0".to_owned();
        // Users of both tenants have the same email address.
        let shared = |name: &str, tenant: &str| {
            let words = [
                "user",
                "add",
                "--username",
                name,
                "--email",
                "a@example.com",
            ];
            let added = place.print(&[&words[..], &["--tenant", tenant]].concat());
            text(&added, "id").to_owned()
        };
        let users = [shared("ada", &tenants[0]), shared("eve", &tenants[1])];
        let shown = || ["ada", "eve"].map(|name| place.print(&format!("user show {name}")));
        let issuer = DevelopmentKey::new(&place.folder.path().join("manyface-data"));
        let issuer = issuer.issuer().unwrap();
        let mint = |user: &str, tenant: Option<&String>| {
            issuer.mint(&Mint {
                dialect: "tenant",
                subject: user,
                scopes: &[],
                tenant: tenant.map(|id| id.parse::<TenantId>().unwrap()),
                account: None,
                groups: &[],
                id: None,
                now: now(),
                ttl: Duration::from_secs(3600),
            })
        };
        let everywhere = [&tenants[0], &tenants[1], &nobodys];
        let mut count = 0;
        for (own, user) in users.iter().enumerate() {
            let credentials = everywhere.map(Some);
            for credential in credentials.into_iter().chain([None]) {
                let token = mint(user, credential);
                for header in everywhere {
                    let is_good = credential == Some(header) && *header == tenants[own];
                    let is_contradicted = credential.is_some_and(|id| *id != tenants[own]);
                    let expected = match (is_good, is_contradicted) {
                        (true, _) => 200,
                        (false, true) => 401,
                        (false, false) => 403,
                    };
                    let before = shown();
                    count += 1;
                    let body = format!(r#"{{"first_name":"by {count}"}}"#);
                    for method in ["GET", "PUT"] {
                        let response = ask(&host, method, &token, header, &body);
                        assert_eq!(response.status, expected, "{user} {credential:?} {header}");
                        if expected == 200 {
                            assert!(response.body.contains(&format!(r#"{{"id":"{user}""#)));
                        } else {
                            for secret in ["example.com", &users[0], &users[1]] {
                                assert!(!response.body.contains(secret), "{}", response.body);
                            }
                        }
                    }
                    let after = shown();
                    let other = 1 - own;
                    assert_eq!(after[other], before[other]);
                    assert_eq!(after[own] != before[own], is_good);
                }
            }
        }
        assert_eq!(count, 24);
    }
}

#[test]
fn responses_do_not_reveal_whether_a_tenant_exists() {
    let place = Place::sqlite();
    let host = place.serve();
    let ours = tenant(&place, "one");
    let theirs = tenant(&place, "two");
    user(&place, "ada", &["--tenant", &ours]);
    let token = place.print("token --dialect tenant --user ada");
    let known = ask(&host, "GET", &token, &theirs, "");
    let unknown = ask(
        &host,
        "GET",
        &token,
        "2489e9ad-2ee2-8e00-8ec9-32d5f69181c0",
        "",
    );
    assert_eq!((known.status, &known.body), (403, &unknown.body));
    assert_eq!(text(&known.body, "code"), "tenant_mismatch");
}

#[test]
fn users_added_to_another_tenant_have_a_new_profile() {
    for place in Place::both() {
        let host = place.serve();
        let tenants = [tenant(&place, "one"), tenant(&place, "two")];
        let first = user(
            &place,
            "ada",
            &["--tenant", &tenants[0], "--given-name", "Ada"],
        );
        let token = place.print("token --dialect tenant --user ada");
        assert_eq!(ask(&host, "GET", &token, &tenants[0], "").status, 200);
        assert!(place.run("user remove ada").status.success());
        let free = place.file("free.toml", "username_rest_days = 0\n");
        let second = user(&place, "ada", &["--tenant", &tenants[1], "--config", &free]);
        assert_ne!(first, second);
        assert_eq!(ask(&host, "GET", &token, &tenants[0], "").status, 401);
        let token = place.print("token --dialect tenant --user ada");
        let response = ask(&host, "GET", &token, &tenants[1], "");
        assert!(
            response.body.contains(r#""first_name":null"#),
            "{}",
            response.body
        );
    }
}
