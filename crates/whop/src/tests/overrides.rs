//! What an account shows of a user.

use super::desk::Desk;

const V: &str = "2026-07-01";
const HERE: &str = "/users/me?account_id=biz_1";

#[tokio::test]
async fn an_account_falls_through_field_by_field() {
    let desk = Desk::new().await;
    let user = desk.user("ada").await;
    user.patch("/users/me", V, r#"{"name":"Ada","bio":"Everywhere"}"#)
        .await;
    let written = user.patch(HERE, V, r#"{"name":"Here"}"#).await;
    assert_eq!(written.status, 200);
    assert_eq!(
        (&written.body["name"], &written.body["bio"]),
        (&"Here".into(), &"Everywhere".into())
    );
    assert_eq!(user.get(HERE, V).await.text, written.text);
    user.patch("/users/me", V, r#"{"name":"Ada L.","bio":"New"}"#)
        .await;
    let read = user.get(HERE, V).await;
    assert_eq!(
        (&read.body["name"], &read.body["bio"]),
        (&"Here".into(), &"New".into())
    );
    assert_eq!(user.get("/users/me", V).await.body["name"], "Ada L.");
    let other = user.get("/users/me?account_id=biz_2", V).await;
    assert_eq!(other.body["name"], "Ada L.");
}

#[tokio::test]
async fn null_and_empty_clear_in_every_version() {
    let desk = Desk::new().await;
    let user = desk.user("ada").await;
    for version in ["2025-01-01", V, "2026-10-15-1"] {
        for clearing in ["null", "\"\""] {
            let written = user
                .patch(HERE, version, r#"{"name":"Here","bio":"Here"}"#)
                .await;
            assert_eq!(written.body["name"], "Here");
            let body = format!(r#"{{"name":{clearing}}}"#);
            let cleared = user.patch(HERE, version, &body).await;
            assert_eq!(cleared.status, 200);
            assert!(cleared.body["name"].is_null());
            assert_eq!(cleared.body["bio"], "Here");
        }
    }
    let cleared = user
        .patch(HERE, V, r#"{"profile_picture":null,"bio":null}"#)
        .await;
    assert_eq!(cleared.status, 200);
    assert!(cleared.body["bio"].is_null());
}

#[tokio::test]
async fn a_user_name_is_the_same_everywhere() {
    let desk = Desk::new().await;
    let user = desk.user("ada").await;
    for (version, body) in [(V, r#"{"username":"x"}"#), (V, r#"{"username":null}"#)] {
        let answer = user.patch(HERE, version, body).await;
        assert_eq!(
            (answer.status, answer.message()),
            (400, "username cannot be set for an account")
        );
    }
    let nothing = user.patch(HERE, "2025-01-01", r#"{"username":null}"#).await;
    assert_eq!(nothing.status, 200);
    assert_eq!(user.profile().await.version, 1);
}

#[tokio::test]
async fn the_original_version_calls_an_account_a_company() {
    let desk = Desk::new().await;
    let user = desk.user("ada").await;
    let original = "2025-01-01";
    let body = r#"{"company_id":"biz_1","name":"Here"}"#;
    let written = user.patch("/users/me", original, body).await;
    assert_eq!(written.body["name"], "Here");
    for target in ["/users/me?company_id=biz_1", HERE] {
        assert_eq!(user.get(target, original).await.body["name"], "Here");
    }
    let both = user
        .patch(HERE, original, r#"{"company_id":"biz_1","name":"Both"}"#)
        .await;
    assert_eq!(both.body["name"], "Both");
    let none = user
        .patch("/users/me", original, r#"{"company_id":null,"name":"Ada"}"#)
        .await;
    assert_eq!(none.body["name"], "Ada");
    assert_eq!(user.get(HERE, original).await.body["name"], "Both");
    let two = user
        .patch(HERE, original, r#"{"company_id":"biz_2"}"#)
        .await;
    assert_eq!(two.message(), "company_id must be the same as account_id");
    let wrong = user
        .patch("/users/me", original, r#"{"company_id":7}"#)
        .await;
    assert_eq!(wrong.message(), "company_id must be a string");
    for (target, body) in [
        ("/users/me", r#"{"company_id":"biz_1","name":"x"}"#),
        ("/users/me?company_id=biz_1", r#"{"name":"x"}"#),
    ] {
        let newer = user.patch(target, V, body).await;
        assert_eq!(
            (newer.status, newer.message()),
            (
                400,
                "company_id is not known in this version; use account_id"
            )
        );
    }
}

#[tokio::test]
async fn nearly_an_account_is_not_the_users_own_profile() {
    let desk = Desk::new().await;
    let user = desk.user("ada").await;
    for query in [
        "account_id=",
        "account_id=biz_",
        "account_id=user_1",
        "account_id=biz_a-b",
        "account_id=biz_1%00",
        "account_id=BIZ_1",
        "account_id=biz_1&account_id=biz_1",
        "Account_Id=biz_1",
        "account_id[]=biz_1",
        "account_id%5B%5D=biz_1",
        "company_id=biz_1",
        "account_id=%ff",
        "include_balance=maybe",
    ] {
        for answer in [
            user.patch(&format!("/users/me?{query}"), V, r#"{"name":"x"}"#)
                .await,
            user.get(&format!("/users/me?{query}"), V).await,
        ] {
            assert_eq!(answer.status, 400, "{query}");
        }
    }
    let encoded = user
        .patch("/users/me?%61ccount_id=biz%5F1", V, r#"{"name":"x"}"#)
        .await;
    assert_eq!(encoded.body["name"], "x");
    assert!(user.get("/users/me", V).await.body["name"].is_null());
}

#[tokio::test]
async fn a_tag_is_of_one_account() {
    let desk = Desk::new().await;
    let user = desk.user("ada").await;
    let here = user.get(HERE, V).await;
    let tag = here.headers["etag"].to_str().unwrap();
    for (target, status) in [
        (HERE, 304),
        ("/users/me", 200),
        ("/users/me?account_id=biz_2", 200),
    ] {
        let headers = [("api-version-date", V), ("if-none-match", tag)];
        let line = format!("GET {target}");
        let answer = desk.send(user.caller.clone(), &line, &headers, b"").await;
        assert_eq!(answer.status, status, "{target}");
    }
    let headers = [("api-version-date", V), ("if-match", tag)];
    let line = format!("PATCH {HERE}");
    let body = br#"{"name":"first"}"#;
    let first = desk.send(user.caller.clone(), &line, &headers, body).await;
    assert_eq!(first.status, 200);
    let body = br#"{"name":"second"}"#;
    let second = desk.send(user.caller.clone(), &line, &headers, body).await;
    assert_eq!(second.status, 412);
}
