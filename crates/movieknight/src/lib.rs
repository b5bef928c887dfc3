#![doc = include_str!("../README.md")]

mod error;
mod external_id;
mod fields;
mod get_me;
mod imported_user;
mod operator_data;
#[cfg(test)]
mod tests;
mod update_me;
mod user;
mod view;

pub use error::MovieknightError;

use manyface_dialect::{Capabilities, Dialect, Example, ExternalIds, Route, Step, WireError};

/// The dialect's name.
pub const NAME: &str = "movieknight";

/// Returns the dialect, which is mounted at its documented base, `/api`.
pub fn dialect() -> Dialect {
    Dialect {
        name: NAME,
        base: "/api",
        routes: vec![
            Route::of::<get_me::GetMe>(),
            Route::of::<update_me::UpdateMe>(),
        ],
        example: Example {
            method: "PATCH",
            path: "/users/me",
            body: r#"{"bio":"I rate everything against Fight Club."}"#,
        },
        views: &view::VIEWS,
        headers: &[],
        rejected_headers: &[],
        claims: &[],
        steps: Step::DEFAULT.to_vec(),
        render: |problem| MovieknightError::from(problem).response(),
        external_ids: Some(ExternalIds {
            mint: external_id::mint,
            is_valid: external_id::is_valid,
            is_id_form: external_id::is_valid,
        }),
        api_version_header: None,
        check_operator_data: operator_data::check,
        capabilities: Capabilities {
            read_user: Some(imported_user::read_user),
            ..Capabilities::default()
        },
        openapi: include_str!("../openapi.json"),
    }
}
