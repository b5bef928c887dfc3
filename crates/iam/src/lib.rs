#![doc = include_str!("../README.md")]

mod charset;
mod check_user_existence;
mod draft;
mod error;
mod external_id;
mod fields;
mod form;
mod get_details;
mod get_profile;
mod imported_user;
mod input;
mod multipart;
mod operator_data;
mod problems;
mod python;
mod read_resume;
mod request;
mod responses;
mod resume;
mod save;
#[cfg(test)]
mod tests;
mod update_details;
mod update_profile;
mod view;

pub use error::{IamError, Invalid};

use manyface_core::BlobKind;
use manyface_dialect::{
    Capabilities, Dialect, Example, ExternalIds, ProfileFiles, Route, Step, WireError,
};

/// The dialect's name.
pub const NAME: &str = "iam";
/// The path of stored résumés under the dialect's base.
const RESUMES: &str = "/user/resume/";

/// The maximum length of a body, in bytes: an image, a résumé, and all other fields.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// Returns the dialect, which is mounted at its documented base, `/api/v1/iam`.
pub fn dialect() -> Dialect {
    Dialect {
        name: NAME,
        base: "/api/v1/iam",
        routes: vec![
            Route::of::<get_profile::GetProfile>(),
            Route::of::<update_profile::UpdateProfile>(),
            Route::of::<get_details::GetDetails>(),
            Route::of::<update_details::UpdateDetails>(),
            Route::of::<check_user_existence::CheckUserExistence>(),
            read_resume::route(),
        ],
        example: Example {
            method: "PATCH",
            path: "/user/profile/",
            body: r#"{"details":{"bio":"I build open source."}}"#,
        },
        views: &view::VIEWS,
        headers: &[],
        rejected_headers: &[],
        claims: &[],
        steps: vec![
            Step::AppendSlash,
            Step::CheckAccept(error::accepts_json),
            Step::RespondToOptions,
            Step::Authenticate,
            Step::CheckMethod,
        ],
        render: |problem| IamError::from(problem).response(),
        external_ids: Some(ExternalIds {
            mint: external_id::mint,
            is_valid: external_id::is_valid,
            is_id_form: external_id::is_minted,
        }),
        api_version_header: None,
        check_operator_data: operator_data::check,
        capabilities: Capabilities {
            read_user: Some(imported_user::read_user),
            api_keys: None,
            files: Some(ProfileFiles {
                path: RESUMES,
                file_of: |profile| {
                    let stored = resume::StoredResume::of_profile(profile.resume.as_deref()?)?;
                    Some((BlobKind::Resume, stored.key))
                },
                collect: |blobs, records, grace| {
                    Box::pin(resume::collect_resumes(blobs, records, grace))
                },
            }),
        },
        openapi: include_str!("../openapi.json"),
    }
}
