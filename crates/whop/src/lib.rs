#![doc = include_str!("../README.md")]

mod access;
mod account_names;
mod changes;
mod create_file;
mod decimal;
mod error;
mod external_id;
mod file;
mod holdings;
mod node;
mod operator_data;
mod picture;
mod read_file;
mod read_user;
mod receive_file;
mod request;
mod rules;
#[cfg(test)]
mod tests;
mod update_user;
mod user;
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

/// The headers that its operations read.
static HEADERS: [HeaderName; 1] = [version::HEADER];

/// Headers that mean an account, which only the query names.
static ACCOUNT_HEADERS: [HeaderName; 6] = [
    HeaderName::from_static("account-id"),
    HeaderName::from_static("company-id"),
    HeaderName::from_static("x-account-id"),
    HeaderName::from_static("x-company-id"),
    HeaderName::from_static("x-whop-account-id"),
    HeaderName::from_static("x-whop-company-id"),
];

/// The dialect, ready to be mounted at its documented base, `/api/v1`.
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
        check_operator_data: operator_data::check,
        capabilities: Capabilities {
            api_keys: Some(ApiKeyRules {
                default_scopes: &[PROFILE_UPDATE],
                is_account: request::is_account,
                is_app: request::is_app,
                is_version: version::is_version,
            }),
            files: None,
        },
        openapi: include_str!("../openapi.json"),
    }
}

/// The route to an endpoint whose responses name the version that they are written in.
fn versioned<E: Endpoint>() -> Route {
    Route {
        map_response: version::name_version,
        ..Route::of::<E>()
    }
}
