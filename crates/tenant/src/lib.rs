#![doc = include_str!("../README.md")]

mod error;
mod get_profile;
mod imported_user;
mod profile;
mod tenant;
#[cfg(test)]
mod tests;
mod update_profile;
mod view;

pub use error::TenantError;

use http::HeaderName;
use manyface_core::Claim;
use manyface_dialect::{Capabilities, Dialect, Example, Route, Step, TENANT_ID, WireError};

static HEADERS: [HeaderName; 1] = [TENANT_ID];

/// The dialect's name.
pub const NAME: &str = "tenant";

/// Returns the dialect, which is mounted at its documented base, `/v1`.
pub fn dialect() -> Dialect {
    Dialect {
        name: NAME,
        base: "/v1",
        routes: vec![
            Route::of::<get_profile::GetProfile>(),
            Route::of::<update_profile::UpdateProfile>(),
        ],
        example: Example {
            method: "PUT",
            path: "/users/me/profile",
            body: r#"{"display_name":"Ada L."}"#,
        },
        views: &view::VIEWS,
        headers: &HEADERS,
        rejected_headers: &[],
        claims: &[Claim::Tenant],
        steps: Step::DEFAULT.to_vec(),
        render: |problem| TenantError::from(problem).response(),
        external_ids: None,
        api_version_header: None,
        check_operator_data: |_| Err("tenant shows no operator data".to_owned()),
        capabilities: Capabilities {
            read_user: Some(imported_user::read_user),
            ..Capabilities::default()
        },
        openapi: include_str!("../openapi.json"),
    }
}
