//! Uploads, and the images they become.

use std::collections::BTreeSet;

use manyface_core::Caller;
use serde_json::Value;

use super::app::{TestApp, TestResponse, User};

const V: &str = "2026-10-15-1";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

/// Asks for an upload.
async fn made(user: &User<'_>, body: &str) -> Value {
    let response = user.post("/files", V, body).await;
    assert_eq!(response.status, 200, "{}", response.text);
    response.body
}

/// Sends a file where it is to be sent.
async fn sent(app: &TestApp, file: &Value, media_type: &str, bytes: &[u8]) -> TestResponse {
    let url = file["upload_url"].as_str().unwrap();
    let target = url.strip_prefix("https://id.example.com/api/v1").unwrap();
    let headers = [("content-type", media_type)];
    let line = format!("PUT {target}");
    app.send(Caller::anonymous(), &line, &headers, bytes).await
}

/// Uploads an image and returns its id and its signed name.
async fn uploaded(user: &User<'_>, bytes: &[u8]) -> (String, String) {
    let file = made(user, r#"{"filename":"a.png"}"#).await;
    assert_eq!(sent(user.app, &file, "image/png", bytes).await.status, 200);
    let text = |key: &str| file[key].as_str().unwrap().to_owned();
    (text("id"), text("direct_upload_id"))
}

async fn give(user: &User<'_>, target: &str, key: &str, name: &str) -> TestResponse {
    let body = format!(r#"{{"profile_picture":{{"{key}":"{name}"}}}}"#);
    user.patch(target, V, &body).await
}

#[tokio::test]
async fn a_picture_is_made_sent_polled_and_given() {
    let app = TestApp::new().await;
    let user = app.user("ada").await;
    let file = made(
        &user,
        r#"{"filename":"My Photo.PNG","visibility":"public"}"#,
    )
    .await;
    let id = file["id"].as_str().unwrap();
    assert!(id.starts_with("file_") && id.len() == 19);
    assert_eq!(file["object"], "file");
    assert_eq!(file["upload_status"], "pending");
    assert_eq!(file["content_type"], "image/png");
    assert_eq!(
        file["upload_headers"],
        serde_json::json!({"Content-Type": "image/png"})
    );
    assert!(file["size"].is_null() && file["url"].is_null());

    let target = format!("/files/{id}");
    let pending = user.get(&target, V).await;
    assert_eq!(pending.body["upload_status"], "pending");
    assert!(pending.body.get("upload_url").is_none());
    assert_eq!(give(&user, "/users/me", "id", id).await.status, 400);

    assert_eq!(sent(&app, &file, "image/png", PNG).await.status, 200);
    let ready = user.get(&target, V).await;
    assert_eq!(ready.body["upload_status"], "ready");
    assert_eq!(ready.body["size"], PNG.len());
    let url = ready.body["url"].as_str().unwrap();
    assert!(url.starts_with("https://id.example.com/media/"));

    let given = give(&user, "/users/me", "id", id).await;
    assert_eq!(given.status, 200, "{}", given.text);
    assert_eq!(given.body["profile_picture"]["url"], url);

    // The same image under a base that the server may have had before, or in another size.
    let before = user.profile().await;
    let former = url.replace("https://id.example.com", "http://former.example/base");
    for same in [
        url.to_owned(),
        format!("{url}?size=96"),
        format!("{former}#v1"),
    ] {
        let back = give(&user, "/users/me", "url", &same).await;
        assert_eq!(back.status, 200, "{}", back.text);
        assert_eq!(back.body["profile_picture"]["url"], url);
    }
    assert_eq!(user.profile().await, before);
    let other = url.replace(&url[url.len() - 4..], "0000");
    assert_eq!(give(&user, "/users/me", "url", &other).await.status, 400);
}

#[tokio::test]
async fn older_versions_have_older_files() {
    let app = TestApp::new().await;
    let user = app.user("ada").await;
    let response = user
        .post("/files", "2026-07-20", r#"{"filename":"a.jpeg"}"#)
        .await;
    let file = response.body;
    let keys: BTreeSet<_> = file
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        Vec::from_iter(keys),
        [
            "content_type",
            "direct_upload_id",
            "filename",
            "id",
            "size",
            "upload_headers",
            "upload_status",
            "upload_url",
            "url",
            "visibility"
        ]
    );
    assert_eq!(file["visibility"], "public");
    let jpeg = b"\xff\xd8\xff and so on";
    assert_eq!(sent(&app, &file, "image/jpeg", jpeg).await.status, 200);
    let target = format!("/files/{}", file["id"].as_str().unwrap());
    assert_eq!(user.get(&target, "2026-07-20").await.body["size"], "13");
    assert_eq!(
        made(&user, r#"{"filename":"a.gif"}"#).await["visibility"],
        "private"
    );
}

#[tokio::test]
async fn a_file_is_its_makers_alone() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let (key, other) = (app.key("biz_1"), app.key("biz_2"));
    let (id, signed) = uploaded(&ada, PNG).await;
    let (keys_id, _) = uploaded(&key, PNG).await;
    for (who, file) in [
        (&bob, &id),
        (&key, &id),
        (&ada, &keys_id),
        (&other, &keys_id),
    ] {
        for target in [
            format!("/files/{file}"),
            format!("/files/{}", file.to_uppercase()),
            "/files/file_x".to_owned(),
        ] {
            let response = who.get(&target, V).await;
            assert_eq!(
                (response.status, response.message()),
                (404, "This File was not found")
            );
        }
    }
    for (name, value) in [("id", &id), ("direct_upload_id", &signed)] {
        let response = give(&bob, "/users/me", name, value).await;
        assert_eq!(
            (response.status, response.message()),
            (400, "profile_picture must be a file that you have uploaded")
        );
    }
    let target = "/users/ada?account_id=biz_1";
    assert_eq!(give(&key, target, "id", &id).await.status, 400);
    assert_eq!(give(&key, target, "id", &keys_id).await.status, 200);
    assert!(ada.profile().await.avatar.is_none());
}

#[tokio::test]
async fn a_signed_name_cannot_be_made_up() {
    let app = TestApp::new().await;
    let user = app.user("ada").await;
    let (id, signed) = uploaded(&user, PNG).await;
    let (_, other) = uploaded(&user, PNG).await;
    let (_, other_signature) = other.split_once("--").unwrap();
    for name in [
        id.clone(),
        format!("{id}--"),
        format!("{id}--00"),
        format!("{id}--{other_signature}"),
        signed.to_uppercase(),
        signed[..signed.len() - 2].to_owned(),
    ] {
        let response = give(&user, "/users/me", "direct_upload_id", &name).await;
        assert_eq!(
            (response.status, response.message()),
            (
                400,
                "profile_picture must have a direct_upload_id of this server"
            ),
            "{name}"
        );
    }
    assert_eq!(
        give(&user, "/users/me", "direct_upload_id", &signed)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn an_upload_is_given_once() {
    let app = TestApp::new().await;
    let user = app.user("ada").await;
    let (first, signed) = uploaded(&user, PNG).await;
    let given = give(&user, "/users/me", "id", &first).await;
    assert_eq!(given.status, 200);
    let again = give(&user, "/users/me", "direct_upload_id", &signed).await;
    assert_eq!((again.status, &again.text), (200, &given.text));
    let here = give(&user, "/users/me?account_id=biz_1", "id", &first).await;
    assert_eq!(
        here.message(),
        "profile_picture must be a file that has not been used yet"
    );
    let (second, _) = uploaded(&user, b"\x89PNG\r\n\x1a\n another").await;
    assert_eq!(give(&user, "/users/me", "id", &second).await.status, 200);
    let back = give(&user, "/users/me", "id", &first).await;
    assert_eq!(back.status, 400);
    assert_eq!(user.profile().await.version, 3);
}

#[tokio::test]
async fn an_upload_expires() {
    let app = TestApp::new().await;
    let user = app.user("ada").await;
    let late = made(&user, r#"{"filename":"a.png"}"#).await;
    let (id, _) = uploaded(&user, PNG).await;
    app.wait(1);
    let response = sent(&app, &late, "image/png", PNG).await;
    assert_eq!(
        (response.status, &response.body["error"]["type"]),
        (403, &"forbidden".into())
    );
    app.wait(24);
    let response = give(&user, "/users/me", "id", &id).await;
    assert_eq!(
        response.message(),
        "profile_picture must be a file that has not expired"
    );
}

#[tokio::test]
async fn an_address_is_for_one_file_of_one_kind_until_its_time() {
    let app = TestApp::new().await;
    let user = app.user("ada").await;
    let file = made(&user, r#"{"filename":"a.png","byte_size":19}"#).await;
    let other = made(&user, r#"{"filename":"b.png"}"#).await;
    let url = file["upload_url"].as_str().unwrap();
    let (path, query) = url.split_once('?').unwrap();
    let (expires, signature) = query.split_once('&').unwrap();
    let other_path = other["upload_url"]
        .as_str()
        .unwrap()
        .split_once('?')
        .unwrap()
        .0;
    for forged in [
        path.to_owned(),
        format!("{path}?{expires}"),
        format!("{path}?{signature}"),
        format!("{path}?expires=9999999999&{signature}"),
        format!("{path}?{expires}&signature="),
        format!("{other_path}?{query}"),
        format!("{}?{query}", path.replace("file_", "file_x")),
    ] {
        let forged = serde_json::json!({ "upload_url": forged });
        let response = sent(&app, &forged, "image/png", PNG).await;
        assert_eq!(response.status, 403, "{forged}");
    }
    for (media_type, bytes, message) in [
        (
            "image/jpeg",
            PNG,
            "the file must be sent as image/png; the file must have 19 bytes",
        ),
        (
            "",
            PNG,
            "the file must be sent as image/png; the file must have 19 bytes",
        ),
        ("image/png", b"".as_slice(), "the file must have 19 bytes"),
    ] {
        let response = sent(&app, &file, media_type, bytes).await;
        assert_eq!((response.status, response.message()), (400, message));
    }
    let whole = b"\x89PNG\r\n\x1a\n 10 bytes..";
    assert_eq!(whole.len(), 19);
    let response = sent(&app, &file, "image/png", whole).await;
    assert_eq!(response.status, 200, "{}", response.text);
    let response = sent(&app, &file, "image/png", whole).await;
    assert_eq!(
        (response.status, response.message()),
        (400, "the file is there already")
    );
}

#[tokio::test]
async fn what_is_no_picture_fails() {
    let app = TestApp::new().await;
    let user = app.user("ada").await;
    let file = made(&user, r#"{"filename":"a.png"}"#).await;
    assert_eq!(sent(&app, &file, "image/png", b"<svg/>").await.status, 400);
    let id = file["id"].as_str().unwrap();
    let response = user.get(&format!("/files/{id}"), V).await;
    assert_eq!(response.body["upload_status"], "failed");
    let response = give(&user, "/users/me", "id", id).await;
    assert_eq!(
        response.message(),
        "profile_picture must be a file that is a picture"
    );
    assert_eq!(sent(&app, &file, "image/png", PNG).await.status, 400);
}

#[tokio::test]
async fn open_uploads_are_bounded() {
    let app = TestApp::new().await;
    let user = app.user("ada").await;
    for _ in 0..100 {
        app.wait(0);
        made(&user, r#"{"filename":"a.png"}"#).await;
    }
    let response = user.post("/files", V, r#"{"filename":"a.png"}"#).await;
    assert_eq!(
        (response.status, response.message()),
        (
            429,
            "Too many uploads that are not used yet. Try again in 90000 seconds."
        )
    );
}
