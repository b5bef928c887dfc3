//! Private values, and writes to an account that is named in the body.

use super::app::TestApp;
use crate::{BALANCE_READ, EMAIL_READ, PROFILE_UPDATE};

const V: &str = "2026-07-01";

#[tokio::test]
async fn private_values_are_shown_to_the_user_only() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let operator_data =
        r#"{"balances":[{"symbol":"USD","name":"Dollar","kind":"cash","balance":"5"}]}"#;
    ada.set_operator_data(operator_data).await;
    let total = |response: &super::app::TestResponse| response.body["total_usd"].clone();
    assert_eq!(total(&ada.get("/users/me", V).await), "5.00");
    let newest = ada.get("/users/me", "2026-10-15-1").await;
    assert_eq!(
        newest.body["email"].as_str(),
        Some(ada.profile().await.email.as_str())
    );
    assert_eq!(newest.body["balance"]["total_usd"], "5.00");

    let bob = app.user("bob").await;
    let key = app.key("biz_1");
    for (response, why) in [
        (ada.get("/users/ada", V).await, "not `me`"),
        (
            ada.get("/users/me?include_balance=false", V).await,
            "not requested",
        ),
        (ada.patch("/users/me", V, "{}").await, "a write"),
        (bob.get("/users/ada", V).await, "another user"),
        (key.get("/users/ada", V).await, "an API key"),
        (
            key.get("/users/user_ada?account_id=biz_1", V).await,
            "an API key",
        ),
    ] {
        assert_eq!(response.status, 200, "{why}");
        assert!(total(&response).is_null(), "{why}");
        assert_eq!(response.body["balances"], serde_json::json!([]), "{why}");
    }
    for reader in [&bob, &key] {
        let newest = reader.get("/users/ada", "2026-10-15-1").await;
        assert!(newest.body["email"].is_null() && newest.body["balance"].is_null());
    }
    let ada = ada.with_scopes(&[PROFILE_UPDATE]);
    let newest = ada.get("/users/me", "2026-10-15-1").await;
    assert!(newest.body["email"].is_null() && newest.body["balance"].is_null());
    let ada = ada.with_scopes(&[BALANCE_READ]);
    assert_eq!(total(&ada.get("/users/me", V).await), "5.00");
}

#[tokio::test]
async fn a_write_has_the_etag_of_the_next_read() {
    let app = TestApp::new().await;
    for (name, scopes) in [
        ("ada", &[PROFILE_UPDATE, BALANCE_READ, EMAIL_READ][..]),
        ("bob", &[PROFILE_UPDATE, EMAIL_READ]),
        ("eve", &[PROFILE_UPDATE]),
    ] {
        let user = app.user(name).await.with_scopes(scopes);
        for target in [
            "/users/me".to_owned(),
            "/users/me?include_balance=false".to_owned(),
            "/users/me?account_id=biz_1".to_owned(),
            format!("/users/{name}"),
        ] {
            for version in ["2025-01-01", V, "2026-10-15-1"] {
                let written = user.patch(&target, version, r#"{"bio":"x"}"#).await;
                let tag = &written.headers["etag"];
                let read = user.get(&target, version).await;
                assert_eq!((written.status, read.status), (200, 200), "{target}");
                assert_eq!(tag, &read.headers["etag"], "{name} {target} {version}");
                let headers = [
                    ("api-version-date", version),
                    ("if-none-match", tag.to_str().unwrap()),
                ];
                let (caller, line) = (user.caller.clone(), format!("GET {target}"));
                let again = app.send(caller, &line, &headers, b"").await;
                assert_eq!(again.status, 304, "{name} {target} {version}");
            }
        }
    }
}

/// No exchange can show this, because a read at the path of the write does not return the override.
#[tokio::test]
async fn a_company_in_the_body_is_an_account_in_the_original_version() {
    let app = TestApp::new().await;
    let user = app.user("ada").await;
    let (original, here) = ("2025-01-01", "/users/me?account_id=biz_1");
    let body = r#"{"company_id":"biz_1","name":"Here"}"#;
    let written = user.patch("/users/me", original, body).await;
    assert_eq!(written.body["name"], "Here");
    assert_eq!(user.get(here, original).await.body["name"], "Here");
    assert!(user.get("/users/me", original).await.body["name"].is_null());
}
