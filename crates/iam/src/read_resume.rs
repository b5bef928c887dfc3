//! `GET /user/resume/{name}`
//!
//! Not documented: where a résumé is that was uploaded. Its owner reads it, and where the
//! deployment says so everybody who has its address. It is never shown in place: what a user has
//! uploaded is not to run as a page of this server.

use http::{HeaderValue, Method, StatusCode, header};
use manyface_core::{AuthErrorKind, BlobKind, ResumeReaders, Services, StoredFile, Subject};
use manyface_dialect::{BoxFuture, Credentials, Problem, Request, Response, Route, failure};

use crate::{
    IamError,
    resume::{Format, StoredResume},
};

/// The route; it responds with bytes, which no endpoint does.
pub(crate) fn route() -> Route {
    Route {
        method: Method::GET,
        path: "/user/resume/{name}",
        id: "user-resume-retrieve",
        body_limit: 0,
        before_body: |_, _| Box::pin(async { Ok(None) }),
        scopes: &[],
        per_minute: None,
        // Who may read without one, the deployment decides.
        credentials: Credentials::Optional,
        handle,
        map_response: |_, response| response,
    }
}

fn handle<'a>(request: &'a Request, services: &'a Services) -> BoxFuture<'a, Response> {
    Box::pin(async move {
        read(request, services)
            .await
            .unwrap_or_else(|error| failure(&error))
    })
}

async fn read(request: &Request, services: &Services) -> Result<Response, IamError> {
    let kept = request.params.get("name").and_then(StoredResume::of_name);
    let own = match &request.caller.subject {
        Subject::User(_) => request.context(services).read_own().await?.resume,
        Subject::ApiKey(_) | Subject::Anonymous => None,
    };
    let is_own = own.is_some() && own == kept.as_ref().map(StoredResume::to_profile);
    let is_allowed = is_own || services.settings.resumes == ResumeReaders::Anyone;
    let kept = match kept {
        Some(kept) if is_allowed => kept,
        // The response does not reveal whether the file exists to callers who may not read it.
        Some(_) | None if request.caller.profile().is_none() => {
            return Err(Problem::from(AuthErrorKind::Missing).into());
        }
        Some(_) | None => return Err(Problem::UnknownPath.into()),
    };
    let file = services.blobs.open(BlobKind::Resume, &kept.key).await?;
    if let Some(file) = file {
        return Ok(attachment(kept.format, file));
    }
    let mut response = failure(&IamError::Problem(Problem::UnknownPath));
    if is_own {
        // The client sees a missing file, but the operator has lost one.
        let name = kept.key;
        response.cause = Some(format!(
            "the résumé {name} that the profile names is not in storage"
        ));
    }
    Ok(response)
}

/// A file that is saved, and never shown in place.
pub(crate) fn attachment(format: Format, file: StoredFile) -> Response {
    let mut response = Response::empty(StatusCode::OK);
    response.file = Some(file);
    let ending = format.ending();
    response
        .with(
            header::CONTENT_TYPE,
            HeaderValue::from_static(format.media_type()),
        )
        .with(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; sandbox"),
        )
        .with_text(
            header::CONTENT_DISPOSITION,
            &format!("attachment; filename=\"resume.{ending}\""),
        )
}
