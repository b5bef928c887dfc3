//! Users who are created at their first sign-in.

use std::{sync::Barrier, thread};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::{
    host::{Host, Place},
    tenants::tenant,
};

const SECRET: &str = "a secret of more than thirty-two bytes";

/// Returns a token of the provider with further claims.
pub(crate) fn token(subject: &str, claims: &Value) -> String {
    #[expect(clippy::disallowed_methods, reason = "tokens expire in real time")]
    let now = manyface_core::Timestamp::now().as_second();
    let mut all = json!({
        "iss": "https://id.example", "aud": "movieknight", "sub": subject, "iat": now,
        "exp": now + 600, "jti": format!("{claims}"),
    });
    let more = claims.as_object().unwrap().clone();
    all.as_object_mut().unwrap().extend(more);
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    encode(&Header::new(Algorithm::HS256), &all, &key).unwrap()
}

/// Starts a server whose issuer has these further settings.
pub(crate) fn serve(place: &Place, settings: &str) -> Host {
    let secret = place.file("secret", SECRET);
    place.serve_with(&format!(
        "[[dialects.movieknight.issuers]]\nissuer = \"https://id.example\"\n\
         audience = [\"movieknight\"]\nalgorithms = [\"HS256\"]\nsecret_file = \"{secret}\"\n\
         {settings}"
    ))
}

const PROVISION: &str = "subject = \"identity\"\nprovision = { username = \
     \"preferred_username\", email = \"email\", given_name = \"given_name\" }\n";

fn shown(place: &Place, user: &str) -> Value {
    serde_json::from_str(&place.print(&format!("user show {user}"))).unwrap()
}

#[test]
fn a_user_is_created_at_the_first_request_and_follows_the_claims() {
    for place in Place::both() {
        let host = serve(&place, PROVISION);
        let claims = json!({
            "preferred_username": "ada", "email": "ada@example.com", "given_name": "Ada",
        });
        let first = token("1", &claims);
        assert_eq!(host.get(&first).status, 200);
        let created = shown(&place, "ada");
        assert_eq!(
            created["identities"],
            json!([{ "issuer": "https://id.example", "subject": "1" }])
        );
        assert_eq!(created["auth_provider"], "oidc");
        assert_eq!(created["given_name"], "Ada");
        assert_eq!(host.patch(&first, r#"{"bio":"mine"}"#).status, 200);

        // The same claims change nothing; other claims change the fields that the provider owns.
        let mut same = claims.clone();
        same["nonce"] = json!("x");
        assert_eq!(host.get(&token("1", &same)).status, 200);
        assert_eq!(shown(&place, "ada")["version"], 2);
        let mut married = claims;
        married["given_name"] = json!("Augusta");
        married["email"] = json!("augusta@example.com");
        married["preferred_username"] = json!("augusta");
        assert_eq!(host.get(&token("1", &married)).status, 200);
        let changed = shown(&place, "ada");
        assert_eq!(changed["version"], 3);
        assert_eq!(changed["given_name"], "Augusta");
        assert_eq!(changed["email"], "augusta@example.com");
        assert_eq!(changed["bio"], "mine");

        // A suspended user stays suspended, and a taken name gets a suffix.
        place.print("user suspend ada");
        let again = token(
            "1",
            &json!({ "preferred_username": "x", "email": "x@example.com" }),
        );
        assert_eq!(host.get(&again).status, 401);
        assert_eq!(shown(&place, "ada")["email"], "augusta@example.com");
        let other = token(
            "2",
            &json!({ "preferred_username": "Ada", "email": "b@example.com" }),
        );
        assert_eq!(host.get(&other).status, 200);
        let found = place.print("user list --identity https://id.example#2");
        assert!(found.contains("\"username\":\"Ada-"), "{found}");
    }
}

#[test]
fn concurrent_first_requests_create_one_user() {
    for place in Place::both() {
        let host = serve(&place, PROVISION);
        let start = Barrier::new(8);
        thread::scope(|scope| {
            for number in 0..8 {
                let (host, start) = (&host, &start);
                scope.spawn(move || {
                    let token = token("race", &json!({ "preferred_username": "eve", "email": "e@example.com", "n": number }),
                    );
                    start.wait();
                    assert_eq!(host.get(&token).status, 200);
                });
            }
        });
        // The demo user is the other one.
        assert_eq!(place.print("user list").lines().count(), 2);
        assert_eq!(shown(&place, "eve")["version"], 1);
    }
}

#[test]
fn claims_that_make_no_user_create_none() {
    for place in Place::both() {
        let host = serve(&place, PROVISION);
        let second = tenant(&place, "second");
        for claims in [
            json!({}),
            json!({ "preferred_username": "ada" }),
            json!({ "preferred_username": "ada", "email": "x" }),
            json!({ "preferred_username": "admin", "email": "a@example.com" }),
            json!({ "preferred_username": 7, "email": "a@example.com" }),
            json!({
                "preferred_username": "ada", "email": "a@example.com",
                "tenant_id": "2489e9ad-2ee2-8e00-8ec9-32d5f69181c0",
            }),
        ] {
            assert_eq!(host.get(&token("1", &claims)).status, 401, "{claims}");
            assert_eq!(place.print("user list").lines().count(), 1, "{claims}");
        }
        let claims = json!({
            "preferred_username": "ada", "email": "a@example.com", "tenant_id": second,
        });
        place.print(&format!("tenant suspend {second}"));
        assert_eq!(host.get(&token("1", &claims)).status, 401);
        assert_eq!(place.print("user list").lines().count(), 1);
        place.print(&format!("tenant resume {second}"));
        assert_eq!(host.get(&token("1", &claims)).status, 200);
        assert_eq!(shown(&place, "ada")["tenant_id"], second.as_str());
    }
}

#[test]
fn provisioning_is_off_by_default_and_checked() {
    let place = Place::sqlite();
    let host = serve(&place, "subject = \"identity\"\n");
    let claims = json!({ "preferred_username": "ada", "email": "ada@example.com" });
    assert_eq!(host.get(&token("1", &claims)).status, 401);
    for (settings, reason) in [
        (
            "subject = \"identity\"\nprovision = { email = \"email\" }\n",
            "username",
        ),
        (
            "subject = \"profile_id\"\nprovision = { username = \"u\", email = \"e\" }\n",
            "subject",
        ),
    ] {
        let secret = place.file("secret", SECRET);
        let file = place.file(
            "wrong.toml",
            &format!(
                "[[dialects.movieknight.issuers]]\nissuer = \"i\"\naudience = [\"a\"]\n\
                 algorithms = [\"HS256\"]\nsecret_file = \"{secret}\"\n{settings}"
            ),
        );
        let (status, printed) = place.end(&format!("serve --config {file}"));
        assert_eq!(status, Some(2), "{printed}");
        assert!(printed.contains(reason), "{printed}");
    }
}
