#![doc = include_str!("../README.md")]

mod access;
mod account_keys;
mod changes;
mod create_file;
mod decimal;
mod error;
mod external_id;
mod file;
mod holdings;
mod imported_user;
mod node;
mod operator_data;
mod read_file;
mod read_user;
mod receive_file;
mod request;
mod rules;
mod target;
#[cfg(test)]
mod tests;
mod update_user;
mod upload_reference;
mod user;
mod user_view;
mod version;
mod view;

pub use access::{BALANCE_READ, EMAIL_READ, PROFILE_UPDATE};
pub use error::WhopError;

use http::HeaderName;
use manyface_core::Claim;
use manyface_dialect::{
    ApiKeyRules, Capabilities, Dialect, Endpoint, Example, ExternalIds, Route, Step, WireError,
};

/// The dialect's name.
pub const NAME: &str = "whop";

/// The request headers that the operations read.
static HEADERS: [HeaderName; 1] = [version::HEADER];

/// The request headers that refer to an account and are rejected: only the query names an account.
static ACCOUNT_HEADERS: [HeaderName; 6] = [
    HeaderName::from_static("account-id"),
    HeaderName::from_static("company-id"),
    HeaderName::from_static("x-account-id"),
    HeaderName::from_static("x-company-id"),
    HeaderName::from_static("x-whop-account-id"),
    HeaderName::from_static("x-whop-company-id"),
];

/// Returns the dialect, which is mounted at its documented base, `/api/v1`.
pub fn dialect() -> Dialect {
    Dialect {
        name: NAME,
        base: "/api/v1",
        routes: vec![
            Route {
                path: "/users/me",
                id: "retrieveCurrentUser",
                ..versioned::<read_user::ReadUser>()
            },
            Route {
                path: "/users/me",
                id: "updateCurrentUser",
                ..versioned::<update_user::UpdateUser>()
            },
            versioned::<read_user::ReadUser>(),
            versioned::<update_user::UpdateUser>(),
            versioned::<create_file::CreateFile>(),
            versioned::<read_file::ReadFile>(),
            Route::of::<receive_file::ReceiveFile>(),
        ],
        example: Example {
            method: "PATCH",
            path: "/users/me",
            body: r#"{"bio":"I sell courses about selling courses."}"#,
        },
        views: &view::VIEWS,
        headers: &HEADERS,
        rejected_headers: &ACCOUNT_HEADERS,
        claims: &[Claim::Scopes, Claim::Tenant, Claim::Account],
        steps: Step::DEFAULT.to_vec(),
        render: |problem| WhopError::from(problem).response(),
        external_ids: Some(ExternalIds {
            mint: external_id::mint,
            is_valid: external_id::is_valid,
            is_id_form: external_id::is_valid,
        }),
        api_version_header: Some(version::HEADER),
        check_operator_data: operator_data::check,
        capabilities: Capabilities {
            read_user: Some(imported_user::read_user),
            api_keys: Some(ApiKeyRules {
                default_scopes: &[PROFILE_UPDATE],
                is_account: external_id::is_account,
                is_app: external_id::is_app,
                is_version: version::is_version,
            }),
            files: None,
        },
        openapi: include_str!("../openapi.json"),
    }
}

/// Returns the route of an endpoint with versioned responses.
fn versioned<E: Endpoint>() -> Route {
    Route {
        map_response: version::add_header,
        ..Route::of::<E>()
    }
}
