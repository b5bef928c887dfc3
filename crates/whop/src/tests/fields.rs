//! What each field takes, and what null and absence mean in which version.

use manyface_core::{Avatar, ImageId, Profile};

use super::desk::Desk;

const ORIGINAL: &str = "2025-01-01";
const PAGE: &str = "2026-07-01";
/// The first version in which a picture is always shown.
const ALWAYS_A_PICTURE: &str = "2026-08-21";

#[tokio::test]
async fn absent_keeps_and_empty_clears() {
    let desk = Desk::new().await;
    let user = desk.user("ada").await;
    let body = r#"{"name":"  Ada L. ","bio":"e\u0301","username":"Ada-2"}"#;
    let answer = user.patch("/users/me", PAGE, body).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["name"], "Ada L.");
    assert_eq!(answer.body["bio"], "\u{e9}");
    assert_eq!(answer.body["username"], "Ada-2");
    for body in ["{}", r#"{"unknown":1,"id":"user_x","verification":null}"#] {
        let same = user.patch("/users/me", PAGE, body).await;
        assert_eq!((same.status, &same.text), (200, &answer.text));
        assert_eq!(same.headers["etag"], answer.headers["etag"]);
    }
    let cleared = user
        .patch("/users/me", PAGE, r#"{"name":"","bio":" \u200b"}"#)
        .await;
    assert!(cleared.body["name"].is_null() && cleared.body["bio"].is_null());
}

#[tokio::test]
async fn null_is_a_value_in_the_original_version_only() {
    let desk = Desk::new().await;
    let user = desk.user("ada").await;
    let given = r#"{"name":"Ada","bio":"x"}"#;
    user.patch("/users/me", PAGE, given).await;
    let all = r#"{"name":null,"bio":null,"username":null,"profile_picture":null}"#;
    // In this version a picture is always shown.
    let refused = user.patch("/users/me", ALWAYS_A_PICTURE, all).await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.message(),
        "name must be a string; bio must be a string; username must be a string; \
         profile_picture must be an object"
    );
    let cleared = user.patch("/users/me", ORIGINAL, all).await;
    assert_eq!(cleared.status, 200, "{}", cleared.text);
    let Profile {
        display_name,
        bio,
        username,
        ..
    } = user.profile().await;
    assert_eq!((display_name, bio, username.as_str()), (None, None, "ada"));
}

#[tokio::test]
async fn every_wrong_field_is_told_at_once_and_nothing_is_written() {
    let desk = Desk::new().await;
    let user = desk.user("ada").await;
    let long = "x".repeat(101);
    for (body, message) in [
        (
            format!(r#"{{"name":"{long}","bio":7,"username":"a b"}}"#),
            "name must be at most 100 characters; bio must be a string; \
             username must be letters, digits and hyphens",
        ),
        (r#"{"name":["x"]}"#.to_owned(), "name must be a string"),
        (
            r#"{"bio":"a\u0000"}"#.to_owned(),
            "bio must not contain control characters",
        ),
        (r#"{"username":"admin"}"#.to_owned(), "username is reserved"),
        (r#"{"username":"ME"}"#.to_owned(), "username is reserved"),
        (
            r#"{"username":""}"#.to_owned(),
            "username must not be empty",
        ),
        (
            format!(r#"{{"username":"{}"}}"#, "a".repeat(43)),
            "username must be at most 42 characters",
        ),
        (
            r#"{"profile_picture":"https://x.example"}"#.to_owned(),
            "profile_picture must be an object",
        ),
        (
            r#"{"profile_picture":{}}"#.to_owned(),
            "profile_picture must have an id or a direct_upload_id",
        ),
    ] {
        let answer = user.patch("/users/me", PAGE, &body).await;
        assert_eq!((answer.status, answer.message()), (400, message), "{body}");
        assert_eq!(answer.body["error"]["type"], "bad_request");
    }
    assert_eq!(user.profile().await.version, 1);
}

#[tokio::test]
async fn limits_count_characters() {
    let desk = Desk::new().await;
    let user = desk.user("ada").await;
    for (field, max) in [("name", 100), ("bio", 1_000)] {
        for (count, status) in [(max, 200), (max + 1, 400)] {
            let text = "\u{1f600}".repeat(count);
            let body = format!(r#"{{"{field}":" {text} "}}"#);
            let answer = user.patch("/users/me", PAGE, &body).await;
            assert_eq!(answer.status, status, "{field} {count}");
        }
    }
    let body = format!(r#"{{"username":"{}"}}"#, "A".repeat(42));
    assert_eq!(user.patch("/users/me", PAGE, &body).await.status, 200);
}

#[tokio::test]
async fn a_taken_name_is_a_400() {
    let desk = Desk::new().await;
    let (ada, _bob) = (desk.user("ada").await, desk.user("Bob").await);
    let answer = ada.patch("/users/me", PAGE, r#"{"username":"bOB"}"#).await;
    assert_eq!(
        (answer.status, answer.message()),
        (400, "username is taken")
    );
    let answer = ada.patch("/users/me", PAGE, r#"{"username":"ADA"}"#).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn conditions_hold_whatever_is_shown_to_the_user_alone() {
    let desk = Desk::new().await;
    let user = desk.user("ada").await;
    let read = user.get("/users/me", PAGE).await;
    let tag = read.headers["etag"].to_str().unwrap().to_owned();
    let write = |tag: String, body: &'static str| {
        let caller = user.caller.clone();
        let desk = &desk;
        async move {
            let headers = [("api-version-date", PAGE), ("if-match", tag.as_str())];
            desk.send(caller, "PATCH /users/me", &headers, body.as_bytes())
                .await
        }
    };
    let written = write(tag.clone(), r#"{"bio":"x"}"#).await;
    assert_eq!(written.status, 200);
    assert_eq!(write(tag, r#"{"bio":"y"}"#).await.status, 412);
    let other = written.headers["etag"]
        .to_str()
        .unwrap()
        .replace(PAGE, ORIGINAL);
    assert_eq!(write(other, r#"{"bio":"y"}"#).await.status, 412);
}

#[tokio::test]
async fn another_dialects_picture_is_shown() {
    let desk = Desk::new().await;
    let mut profile = desk.user("ada").await.profile().await;
    profile.id.0 = uuid::Uuid::from_u128(77);
    profile.username = manyface_core::Username::parse("eve").unwrap();
    profile.external_ids.clear();
    profile.avatar = Some(Avatar::Stored(ImageId::of_digest([0xab; 32])));
    desk.add(&profile).await;
    let mut user = desk.user("bob").await;
    user.caller = manyface_core::Caller::user(manyface_core::ProfileRef::Id(profile.id));
    let shown = user.get("/users/me", PAGE).await;
    let url = format!("https://id.example.com/media/{}", "ab".repeat(32));
    assert_eq!(
        shown.body["profile_picture"],
        serde_json::json!({ "url": url })
    );
}
