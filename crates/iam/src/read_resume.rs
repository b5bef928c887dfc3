//! `GET /user/resume/{name}`
//!
//! Not in the contract: the URL of an uploaded résumé. Its owner can read it, and everyone who has
//! the URL if the deployment allows it. Browsers must download it, so that an upload cannot run as a
//! page of this server.

use http::{HeaderValue, Method, StatusCode, header};
use manyface_core::{AuthErrorKind, BlobKind, ResumeReaders, Services, StoredFile, Subject};
use manyface_dialect::{BoxFuture, Credentials, Problem, Request, Response, Route, failure};

use crate::{
    IamError,
    resume::{Format, StoredResume},
};

/// Returns the route. It is not an endpoint, because its responses are files.
pub(crate) fn route() -> Route {
    Route {
        method: Method::GET,
        path: "/user/resume/{name}",
        id: "user-resume-retrieve",
        body_limit: 0,
        before_body: |_, _| Box::pin(async { Ok(None) }),
        scopes: &[],
        per_minute: None,
        // The deployment decides whether a credential is required.
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
    let stored = request.params.get("name").and_then(StoredResume::of_name);
    let own = match &request.caller.subject {
        Subject::User(_) => request.context(services).read_own().await?.resume,
        Subject::ApiKey(_) | Subject::Anonymous => None,
    };
    let is_own = own.is_some() && own == stored.as_ref().map(StoredResume::to_profile);
    let is_allowed = is_own || services.settings.resumes == ResumeReaders::Anyone;
    let stored = match stored {
        Some(stored) if is_allowed => stored,
        // The response does not reveal whether the file exists to callers who may not read it.
        Some(_) | None if request.caller.profile().is_none() => {
            return Err(Problem::from(AuthErrorKind::Missing).into());
        }
        Some(_) | None => return Err(Problem::UnknownPath.into()),
    };
    let file = services.blobs.open(BlobKind::Resume, &stored.key).await?;
    if let Some(file) = file {
        return Ok(attachment(stored.format, file));
    }
    let mut response = failure(&IamError::Problem(Problem::UnknownPath));
    if is_own {
        // The client gets a 404, but the operator must learn of the lost file.
        let name = stored.key;
        response.cause = Some(format!(
            "the résumé {name} of the profile is missing in storage"
        ));
    }
    Ok(response)
}

/// Returns a response with a file that browsers download and never display.
pub(crate) fn attachment(format: Format, file: StoredFile) -> Response {
    let mut response = Response::empty(StatusCode::OK);
    response.file = Some(file);
    let extension = format.extension();
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
            &format!("attachment; filename=\"resume.{extension}\""),
        )
}
