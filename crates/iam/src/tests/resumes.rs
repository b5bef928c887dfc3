//! Uploaded résumés.

use manyface_core::{Blobs as _, ResumeReaders, SignedDuration};

use super::*;
use crate::resume::collect_resumes;

fn name_of(body: &serde_json::Value) -> String {
    let url = body["resume"].as_str().unwrap();
    url.rsplit('/').next().unwrap().to_owned()
}

async fn collect(app: &TestApp, grace: SignedDuration) -> usize {
    let collected = collect_resumes(&*app.blobs, &*app.profiles, grace).await;
    collected.unwrap()
}

#[tokio::test]
async fn a_resume_is_readable_by_its_owner_only() {
    let mut app = TestApp::new().await;
    let (status, body) = app.upload("resume", b"%PDF-1.7 mine").await;
    assert_eq!(status, 200, "{body}");
    let name = name_of(&body);
    assert!(name.len() == 36, "{name}");

    let response = app.resume(app.caller(), &name).await;
    assert_eq!(
        (response.status.as_u16(), &response.body[..]),
        (200, &b"%PDF-1.7 mine"[..])
    );
    assert_eq!(response.headers[header::CONTENT_TYPE], "application/pdf");
    let disposition = "attachment; filename=\"resume.pdf\"";
    assert_eq!(response.headers[header::CONTENT_DISPOSITION], disposition);

    let other_user = behaviour::new_profile(app.user.tenant_id);
    let provenance = Provenance::operator(now());
    app.profiles
        .add(&other_user, &[], &provenance)
        .await
        .unwrap();
    let other_user = Caller::user(ProfileRef::Id(other_user.id));
    assert_eq!(
        app.resume(other_user.clone(), &name).await.status.as_u16(),
        404
    );
    assert_eq!(
        app.resume(Caller::anonymous(), &name).await.status.as_u16(),
        401
    );
    let other_extension = name.replace("pdf", "docx");
    assert_eq!(
        app.resume(app.caller(), &other_extension)
            .await
            .status
            .as_u16(),
        404
    );

    app.settings.resumes = ResumeReaders::Anyone;
    for caller in [other_user, Caller::anonymous()] {
        assert_eq!(app.resume(caller, &name).await.status.as_u16(), 200);
    }
}

#[tokio::test]
async fn a_replaced_resume_is_removed_and_its_url_may_be_sent_back() {
    let app = TestApp::new().await;
    let (_, first) = app.upload("resume", b"%PDF-1").await;
    let url = first["resume"].as_str().unwrap();
    let before = app.stored().await;
    let (status, same) = app
        .patch(&format!(r#"{{"details":{{"resume":"{url}"}}}}"#))
        .await;
    assert_eq!((status, &same), (200, &first));
    assert_eq!(app.stored().await, before);

    let (_, second) = app.upload("resume", b"%PDF-2").await;
    let gone = app.resume(app.caller(), &name_of(&first)).await;
    assert_eq!(gone.status.as_u16(), 404);
    assert_eq!(
        app.resume(app.caller(), &name_of(&second)).await.body,
        "%PDF-2"
    );

    // The URL of a removed file is stored like any other URL.
    let (status, body) = app
        .patch(&format!(r#"{{"details":{{"resume":"{url}"}}}}"#))
        .await;
    assert_eq!((status, &body["resume"]), (200, &url.into()));
    let response = app.resume(app.caller(), &name_of(&second)).await;
    assert_eq!(response.status.as_u16(), 404);
}

#[tokio::test]
async fn a_rejected_request_stores_no_file() {
    let app = TestApp::new().await;
    let (status, _) = app.upload("resume", b"<html>").await;
    assert_eq!(status, 400);
    let head = "--b\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nadmin\r\n--b\r\n\
                Content-Disposition: form-data; name=\"details.resume\"; filename=x\r\n\r\n%PDF-\r\n--b--";
    let id = "user-profile-partial-update";
    let form = "multipart/form-data; boundary=b";
    let response = app.send(id, app.caller(), "", form, head.as_bytes()).await;
    assert_eq!(response.status.as_u16(), 400);
    assert_eq!(collect(&app, SignedDuration::ZERO).await, 0);
}

#[tokio::test]
async fn only_unreferenced_files_are_collected() {
    let app = TestApp::new().await;
    let (_, body) = app.upload("resume", b"%PDF-used").await;
    let kind = manyface_core::BlobKind::Resume;
    let unused = app.blobs.put(kind, b"%PDF-unused".to_vec()).await;
    unused.unwrap();
    assert_eq!(collect(&app, SignedDuration::from_hours(1)).await, 0);
    assert_eq!(collect(&app, SignedDuration::ZERO).await, 1);
    assert_eq!(collect(&app, SignedDuration::ZERO).await, 0);
    assert_eq!(
        app.resume(app.caller(), &name_of(&body))
            .await
            .status
            .as_u16(),
        200
    );
}
