//! `GET /user/resume/{name}`
//!
//! Not documented: where a résumé is that was uploaded. Its owner reads it, and where the
//! deployment says so everybody who has its address. It is never shown in place: what a user has
//! uploaded is not to run as a page of this server.

use http::{HeaderValue, Method, StatusCode, header};
use manyface_core::{BlobKind, Denial, ResumeReaders, Services, StoredFile, Subject};
use manyface_dialect::{BoxFuture, Call, Credentials, Problem, Reply, Route, failure};

use crate::{
    IamError,
    resume::{Format, KeptResume},
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
        map_response: |_, reply| reply,
    }
}

fn handle<'a>(call: &'a Call, services: &'a Services) -> BoxFuture<'a, Reply> {
    Box::pin(async move {
        read(call, services)
            .await
            .unwrap_or_else(|error| failure(&error))
    })
}

async fn read(call: &Call, services: &Services) -> Result<Reply, IamError> {
    let kept = call.params.get("name").and_then(KeptResume::of_name);
    let own = match &call.caller.subject {
        Subject::User(_) => call.context(services).read_own().await?.resume,
        Subject::ApiKey(_) | Subject::Nobody => None,
    };
    let is_own = own.is_some() && own == kept.as_ref().map(KeptResume::to_profile);
    let is_allowed = is_own || services.settings.resumes == ResumeReaders::Anyone;
    let kept = match kept {
        Some(kept) if is_allowed => kept,
        // Whether there is one of that name, nobody learns who may not read it.
        Some(_) | None if call.caller.profile().is_none() => {
            return Err(Problem::from(Denial::Missing).into());
        }
        Some(_) | None => return Err(Problem::UnknownPath.into()),
    };
    let file = services.blobs.open(BlobKind::Resume, &kept.key).await?;
    if let Some(file) = file {
        return Ok(attachment(kept.format, file));
    }
    let mut reply = failure(&IamError::Problem(Problem::UnknownPath));
    if is_own {
        // The client cannot tell, but the operator has lost a file.
        let name = kept.key;
        reply.cause = Some(format!(
            "the résumé {name} that the profile names is not in storage"
        ));
    }
    Ok(reply)
}

/// A file that is saved, and never shown in place.
pub(crate) fn attachment(format: Format, file: StoredFile) -> Reply {
    let mut reply = Reply::empty(StatusCode::OK);
    reply.file = Some(file);
    let ending = format.ending();
    reply
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
