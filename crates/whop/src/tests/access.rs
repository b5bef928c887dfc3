//! Who may do what.

use manyface_core::{Caller, ProfileRef, TenantId, behaviour};

use super::desk::Desk;
use crate::{BALANCE_READ, EMAIL_READ, NAME, PROFILE_UPDATE};

const V: &str = "2026-07-01";

#[tokio::test]
async fn a_write_needs_its_scope_to_the_letter() {
    let desk = Desk::new().await;
    for scopes in [
        &[][..],
        &["user:profile"],
        &["user:profile:update2"],
        &["USER:PROFILE:UPDATE"],
        &["user:profile:update user:x"],
    ] {
        let user = desk.user(&format!("u{}", scopes.concat().len())).await;
        let user = user.with_scopes(scopes);
        for target in ["/users/me", "/users/me?account_id=biz_1", "/users/nobody"] {
            let answer = user.patch(target, V, "not even JSON").await;
            assert_eq!(answer.status, 403, "{target} {scopes:?}");
            assert_eq!(answer.body["error"]["type"], "forbidden");
            assert!(
                answer
                    .message()
                    .ends_with("Required permission: user:profile:update")
            );
            let challenge = &answer.headers["www-authenticate"];
            assert!(challenge.to_str().unwrap().contains("insufficient_scope"));
        }
        assert_eq!(user.get("/users/me", V).await.status, 200);
        assert_eq!(user.profile().await.version, 1);
    }
}

#[tokio::test]
async fn a_user_is_addressed_by_three_names() {
    let desk = Desk::new().await;
    let ada = desk.user("Ada").await;
    desk.user("bob").await;
    for (target, status) in [
        ("/users/me", 200),
        ("/users/user_Ada", 200),
        ("/users/ada", 200),
        ("/users/ADA", 200),
        ("/users/user_ada", 403),
        ("/users/ME", 403),
        ("/users/bob", 403),
        ("/users/user_bob", 403),
        ("/users/nobody", 403),
        ("/users/user_nobody", 403),
        ("/users/..", 403),
    ] {
        let answer = ada.patch(target, V, r#"{"bio":"mine"}"#).await;
        assert_eq!(answer.status, status, "{target}");
        if status == 200 {
            assert_eq!(answer.body["username"], "Ada");
        }
        let account = format!("{target}?account_id=biz_1");
        let answer = ada.get(&account, V).await;
        assert_eq!(answer.status, status, "{account}");
    }
    let bob = ada.get("/users/BOB", V).await;
    assert_eq!(
        (bob.status, &bob.body["bio"]),
        (200, &serde_json::Value::Null)
    );
    for target in [
        "/users/nobody",
        "/users/user_ada",
        "/users/ME",
        "/users/a%00",
    ] {
        let answer = ada.get(target, V).await;
        assert_eq!(
            (answer.status, answer.message()),
            (404, "This User was not found")
        );
    }
}

#[tokio::test]
async fn what_is_shown_to_the_user_alone_is_shown_to_nobody_else() {
    let desk = Desk::new().await;
    let ada = desk.user("ada").await;
    let facts = r#"{"balances":[{"symbol":"USD","name":"Dollar","kind":"cash","balance":"5"}]}"#;
    ada.state(facts).await;
    let total = |answer: &super::desk::Answer| answer.body["total_usd"].clone();
    assert_eq!(total(&ada.get("/users/me", V).await), "5.00");
    let newest = ada.get("/users/me", "2026-10-15-1").await;
    assert_eq!(
        newest.body["email"].as_str(),
        Some(ada.profile().await.email.as_str())
    );
    assert_eq!(newest.body["balance"]["total_usd"], "5.00");

    let bob = desk.user("bob").await;
    let key = desk.key("biz_1");
    for (answer, why) in [
        (ada.get("/users/ada", V).await, "not `me`"),
        (
            ada.get("/users/me?include_balance=false", V).await,
            "not asked for",
        ),
        (ada.patch("/users/me", V, "{}").await, "a write"),
        (bob.get("/users/ada", V).await, "another user"),
        (key.get("/users/ada", V).await, "an API key"),
        (
            key.get("/users/user_ada?account_id=biz_1", V).await,
            "an API key",
        ),
    ] {
        assert_eq!(answer.status, 200, "{why}");
        assert!(total(&answer).is_null(), "{why}");
        assert_eq!(answer.body["balances"], serde_json::json!([]), "{why}");
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
async fn a_write_has_the_tag_of_the_read_after_it() {
    let desk = Desk::new().await;
    for (name, scopes) in [
        ("ada", &[PROFILE_UPDATE, BALANCE_READ, EMAIL_READ][..]),
        ("bob", &[PROFILE_UPDATE, EMAIL_READ]),
        ("eve", &[PROFILE_UPDATE]),
    ] {
        let user = desk.user(name).await.with_scopes(scopes);
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
                let again = desk.send(caller, &line, &headers, b"").await;
                assert_eq!(again.status, 304, "{name} {target} {version}");
            }
        }
    }
}

#[tokio::test]
async fn an_api_key_acts_in_its_own_account_only() {
    let desk = Desk::new().await;
    let ada = desk.user("ada").await;
    let key = desk.key("biz_1");
    for (target, status, message) in [
        ("/users/me", 400, "API keys cannot update a global profile"),
        (
            "/users/me?account_id=biz_1",
            400,
            "API keys cannot update a global profile",
        ),
        (
            "/users/ada",
            400,
            "API keys cannot update a global profile; account_id is required",
        ),
        (
            "/users/ada?account_id=biz_2",
            403,
            "You do not have permission to perform this action.",
        ),
        (
            "/users/nobody?account_id=biz_2",
            403,
            "You do not have permission to perform this action.",
        ),
        (
            "/users/ada?account_id=BIZ_1",
            400,
            "account_id must be the id of an account",
        ),
        (
            "/users/nobody?account_id=biz_1",
            404,
            "This User was not found",
        ),
    ] {
        let answer = key.patch(target, V, r#"{"name":"x"}"#).await;
        assert_eq!(
            (answer.status, answer.message()),
            (status, message),
            "{target}"
        );
    }
    assert_eq!(ada.profile().await.version, 1);
    let written = key
        .patch("/users/user_ada?account_id=biz_1", V, r#"{"name":"Ours"}"#)
        .await;
    assert_eq!(
        (written.status, &written.body["name"]),
        (200, &"Ours".into())
    );
    assert!(ada.get("/users/me", V).await.body["name"].is_null());
    let seen = ada.get("/users/me?account_id=biz_1", V).await;
    assert_eq!(seen.body["name"], "Ours");
    assert_eq!(key.get("/users/ada?account_id=biz_2", V).await.status, 403);
    assert_eq!(key.get("/users/me", V).await.status, 400);
    assert_eq!(
        key.with_scopes(&[])
            .patch("/users/ada?account_id=biz_1", V, "{}")
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn a_token_of_one_account_writes_only_what_that_account_shows() {
    let desk = Desk::new().await;
    let mut ada = desk.user("ada").await;
    ada.caller.account = Some("biz_1".to_owned());
    for target in ["/users/me", "/users/ada", "/users/user_ada"] {
        for body in [r#"{"name":"x"}"#, r#"{"username":"renamed"}"#, "{}"] {
            let answer = ada.patch(target, V, body).await;
            assert_eq!(answer.status, 403, "{target}");
            assert_eq!(
                answer.message(),
                "the credential is bound to an account and changes nothing else"
            );
        }
        assert_eq!(ada.get(target, V).await.status, 200, "{target}");
        for (account, status) in [("biz_1", 200), ("biz_2", 403)] {
            let target = format!("{target}?account_id={account}");
            let answer = ada.patch(&target, V, r#"{"name":"x"}"#).await;
            assert_eq!(answer.status, status, "{target}");
            assert_eq!(ada.get(&target, V).await.status, status, "{target}");
        }
    }
    let stored = ada.profile().await;
    assert_eq!((stored.version, stored.display_name), (2, None));
}

#[tokio::test]
async fn another_tenants_user_is_a_missing_one() {
    let desk = Desk::new().await;
    let ada = desk.user("ada").await;
    let bob = desk.user("bob").await;
    let eve = desk.user_of("eve", 2).await;
    let (key, mut foreign) = (desk.key("biz_1"), desk.key("biz_1"));
    foreign.caller.subject = Desk::key_of("biz_1", 2);
    let id = |name: &str| ["/users/", "/users/user_"].map(|start| format!("{start}{name}"));
    for target in id("ada") {
        assert_eq!(bob.get(&target, V).await.status, 200);
        assert_eq!(key.get(&target, V).await.status, 200);
    }
    for reader in [&eve, &foreign] {
        for (theirs, missing) in id("ada").iter().zip(&id("nobody")) {
            for query in ["", "?account_id=biz_1"] {
                let [theirs, missing] = [theirs, missing].map(|path| format!("{path}{query}"));
                let (theirs_read, missing_read) =
                    (reader.get(&theirs, V).await, reader.get(&missing, V).await);
                assert_eq!(theirs_read.all(), missing_read.all(), "GET {theirs}");
                assert!(matches!(theirs_read.status, 403 | 404), "GET {theirs}");
                let body = r#"{"name":"x"}"#;
                let (theirs_write, missing_write) = (
                    reader.patch(&theirs, V, body).await,
                    reader.patch(&missing, V, body).await,
                );
                assert_eq!(theirs_write.all(), missing_write.all(), "PATCH {theirs}");
                assert!(theirs_write.status >= 400, "PATCH {theirs}");
            }
        }
    }
    assert_eq!(ada.profile().await.version, 1);
}

#[tokio::test]
async fn a_token_that_claims_another_tenant_proves_nothing() {
    let desk = Desk::new().await;
    let ada = desk.user("ada").await;
    let _ = desk.user_of("eve", 2).await;
    let mut liar = desk.user("bob").await;
    liar.caller.tenant = Some(TenantId(uuid::Uuid::from_u128(2)));
    for target in [
        "/users/me",
        "/users/bob",
        "/users/ada",
        "/users/eve",
        "/users/nobody",
    ] {
        for query in ["", "?account_id=biz_1", "?account_id=no", "?company_id=x"] {
            let target = format!("{target}{query}");
            for answer in [
                liar.get(&target, V).await,
                liar.patch(&target, V, r#"{"name":"x"}"#).await,
                liar.patch(&target, V, r#"{"name":7}"#).await,
                liar.patch(&target, V, "no JSON").await,
            ] {
                assert_eq!(answer.status, 401, "{target}");
            }
        }
    }
    assert_eq!(ada.profile().await.version, 1);
}

#[tokio::test]
async fn a_user_who_is_gone_proves_nothing() {
    let desk = Desk::new().await;
    let ada = desk.user("ada").await;
    let mut gone = desk.user("gone").await;
    let stranger = behaviour::new_profile(TenantId(uuid::Uuid::from_u128(1)));
    let scopes = gone.caller.scopes.clone();
    gone.caller = Caller::user(ProfileRef::Id(stranger.id));
    gone.caller.scopes = scopes;
    for target in ["/users/me", "/users/me?account_id=biz_1"] {
        for answer in [gone.get(target, V).await, gone.patch(target, V, "{}").await] {
            assert_eq!(answer.status, 401, "{target}");
            assert_eq!(answer.body["error"]["type"], "unauthorized");
        }
    }
    let answer = gone.post("/files", V, r#"{"filename":"a.png"}"#).await;
    assert_eq!(answer.status, 401);
    assert_eq!(ada.get("/users/gone", V).await.status, 200);
    assert_eq!(NAME, "whop");
}
