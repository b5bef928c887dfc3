//! Uploads, and the images that they become.

use std::collections::BTreeSet;

use manyface_core::Caller;
use serde_json::Value;

use super::app::{TestApp, TestResponse, User};

const V: &str = "2026-10-15-1";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

/// Creates an upload and returns the response body.
async fn create_file(user: &User<'_>, body: &str) -> Value {
    let response = user.post("/files", V, body).await;
    assert_eq!(response.status, 200, "{}", response.text);
    response.body
}

/// Sends a file to its upload URL.
async fn send_file(app: &TestApp, file: &Value, media_type: &str, bytes: &[u8]) -> TestResponse {
    let url = file["upload_url"].as_str().unwrap();
    let target = url.strip_prefix("https://id.example.com/api/v1").unwrap();
    let headers = [("content-type", media_type)];
    let line = format!("PUT {target}");
    app.send(Caller::anonymous(), &line, &headers, bytes).await
}

/// Uploads an image and returns its id and its signed name.
async fn upload_image(user: &User<'_>, bytes: &[u8]) -> (String, String) {
    let file = create_file(user, r#"{"filename":"a.png"}"#).await;
    assert_eq!(
        send_file(user.app, &file, "image/png", bytes).await.status,
        200
    );
    let text = |key: &str| file[key].as_str().unwrap().to_owned();
    (text("id"), text("direct_upload_id"))
}

async fn set_image(user: &User<'_>, target: &str, key: &str, name: &str) -> TestResponse {
    let body = format!(r#"{{"profile_picture":{{"{key}":"{name}"}}}}"#);
    user.patch(target, V, &body).await
}

#[tokio::test]
async fn an_image_is_uploaded_and_set() {
    let app = TestApp::new().await;
    let user = app.user("ada").await;
    let file = create_file(
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
    assert_eq!(set_image(&user, "/users/me", "id", id).await.status, 400);

    assert_eq!(send_file(&app, &file, "image/png", PNG).await.status, 200);
    let ready = user.get(&target, V).await;
    assert_eq!(ready.body["upload_status"], "ready");
    assert_eq!(ready.body["size"], PNG.len());
    let url = ready.body["url"].as_str().unwrap();
    assert!(url.starts_with("https://id.example.com/media/"));

    let first_use = set_image(&user, "/users/me", "id", id).await;
    assert_eq!(first_use.status, 200, "{}", first_use.text);
    assert_eq!(first_use.body["profile_picture"]["url"], url);

    // The same image under a former base URL or in another size.
    let before = user.profile().await;
    let former = url.replace("https://id.example.com", "http://former.example/base");
    for same in [
        url.to_owned(),
        format!("{url}?size=96"),
        format!("{former}#v1"),
    ] {
        let back = set_image(&user, "/users/me", "url", &same).await;
        assert_eq!(back.status, 200, "{}", back.text);
        assert_eq!(back.body["profile_picture"]["url"], url);
    }
    assert_eq!(user.profile().await, before);
    let other = url.replace(&url[url.len() - 4..], "0000");
    assert_eq!(
        set_image(&user, "/users/me", "url", &other).await.status,
        400
    );
}

#[tokio::test]
async fn older_versions_have_their_form_of_files() {
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
    assert_eq!(send_file(&app, &file, "image/jpeg", jpeg).await.status, 200);
    let target = format!("/files/{}", file["id"].as_str().unwrap());
    assert_eq!(user.get(&target, "2026-07-20").await.body["size"], "13");
    assert_eq!(
        create_file(&user, r#"{"filename":"a.gif"}"#).await["visibility"],
        "private"
    );
}

#[tokio::test]
async fn a_file_is_visible_to_its_creator_only() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let (key, other) = (app.key("biz_1"), app.key("biz_2"));
    let (id, signed) = upload_image(&ada, PNG).await;
    let (keys_id, _) = upload_image(&key, PNG).await;
    for (caller, file) in [
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
            let response = caller.get(&target, V).await;
            assert_eq!(
                (response.status, response.message()),
                (404, "This File was not found")
            );
        }
    }
    for (name, value) in [("id", &id), ("direct_upload_id", &signed)] {
        let response = set_image(&bob, "/users/me", name, value).await;
        assert_eq!(
            (response.status, response.message()),
            (400, "profile_picture must be a file that you have uploaded")
        );
    }
    let target = "/users/ada?account_id=biz_1";
    assert_eq!(set_image(&key, target, "id", &id).await.status, 400);
    assert_eq!(set_image(&key, target, "id", &keys_id).await.status, 200);
    assert!(ada.profile().await.avatar.is_none());
}

#[tokio::test]
async fn forged_signed_names_are_rejected() {
    let app = TestApp::new().await;
    let user = app.user("ada").await;
    let (id, signed) = upload_image(&user, PNG).await;
    let (_, other) = upload_image(&user, PNG).await;
    let (_, other_signature) = other.split_once("--").unwrap();
    for name in [
        id.clone(),
        format!("{id}--"),
        format!("{id}--00"),
        format!("{id}--{other_signature}"),
        signed.to_uppercase(),
        signed[..signed.len() - 2].to_owned(),
    ] {
        let response = set_image(&user, "/users/me", "direct_upload_id", &name).await;
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
        set_image(&user, "/users/me", "direct_upload_id", &signed)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn an_upload_is_used_once() {
    let app = TestApp::new().await;
    let user = app.user("ada").await;
    let (first, signed) = upload_image(&user, PNG).await;
    let first_use = set_image(&user, "/users/me", "id", &first).await;
    assert_eq!(first_use.status, 200);
    let again = set_image(&user, "/users/me", "direct_upload_id", &signed).await;
    assert_eq!((again.status, &again.text), (200, &first_use.text));
    let here = set_image(&user, "/users/me?account_id=biz_1", "id", &first).await;
    assert_eq!(
        here.message(),
        "profile_picture must be a file that has not been used yet"
    );
    let (second, _) = upload_image(&user, b"\x89PNG\r\n\x1a\n another").await;
    assert_eq!(
        set_image(&user, "/users/me", "id", &second).await.status,
        200
    );
    let back = set_image(&user, "/users/me", "id", &first).await;
    assert_eq!(back.status, 400);
    assert_eq!(user.profile().await.version, 3);
}

#[tokio::test]
async fn an_upload_expires() {
    let app = TestApp::new().await;
    let user = app.user("ada").await;
    let late = create_file(&user, r#"{"filename":"a.png"}"#).await;
    let (id, _) = upload_image(&user, PNG).await;
    app.advance_clock(1);
    let response = send_file(&app, &late, "image/png", PNG).await;
    assert_eq!(
        (response.status, &response.body["error"]["type"]),
        (403, &"forbidden".into())
    );
    app.advance_clock(24);
    let response = set_image(&user, "/users/me", "id", &id).await;
    assert_eq!(
        response.message(),
        "profile_picture must be a file that has not expired"
    );
}

#[tokio::test]
async fn an_upload_url_is_bound_to_file_type_size_and_time() {
    let app = TestApp::new().await;
    let user = app.user("ada").await;
    let file = create_file(&user, r#"{"filename":"a.png","byte_size":19}"#).await;
    let other = create_file(&user, r#"{"filename":"b.png"}"#).await;
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
        let response = send_file(&app, &forged, "image/png", PNG).await;
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
        let response = send_file(&app, &file, media_type, bytes).await;
        assert_eq!((response.status, response.message()), (400, message));
    }
    let whole = b"\x89PNG\r\n\x1a\n 10 bytes..";
    assert_eq!(whole.len(), 19);
    let response = send_file(&app, &file, "image/png", whole).await;
    assert_eq!(response.status, 200, "{}", response.text);
    let response = send_file(&app, &file, "image/png", whole).await;
    assert_eq!(
        (response.status, response.message()),
        (400, "the file is there already")
    );
}

#[tokio::test]
async fn files_that_are_not_images_fail() {
    let app = TestApp::new().await;
    let user = app.user("ada").await;
    let file = create_file(&user, r#"{"filename":"a.png"}"#).await;
    assert_eq!(
        send_file(&app, &file, "image/png", b"<svg/>").await.status,
        400
    );
    let id = file["id"].as_str().unwrap();
    let response = user.get(&format!("/files/{id}"), V).await;
    assert_eq!(response.body["upload_status"], "failed");
    let response = set_image(&user, "/users/me", "id", id).await;
    assert_eq!(
        response.message(),
        "profile_picture must be a file that is a picture"
    );
    assert_eq!(send_file(&app, &file, "image/png", PNG).await.status, 400);
}

#[tokio::test]
async fn open_uploads_are_bounded() {
    let app = TestApp::new().await;
    let user = app.user("ada").await;
    for _ in 0..100 {
        app.advance_clock(0);
        create_file(&user, r#"{"filename":"a.png"}"#).await;
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
