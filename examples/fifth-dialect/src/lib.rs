#![doc = include_str!("../README.md")]

mod claims;
mod error;
mod read_userinfo;
mod replace_userinfo;
#[cfg(test)]
mod tests;
mod view;

pub use error::UserinfoError;

use manyface_dialect::{Capabilities, Dialect, Example, Route, Step, WireError};

/// The dialect's name.
pub const NAME: &str = "userinfo";

/// The dialect, ready to be mounted at `/oidc`.
pub fn dialect() -> Dialect {
    Dialect {
        name: NAME,
        base: "/oidc",
        routes: vec![
            Route::of::<read_userinfo::ReadUserinfo>(),
            Route::of::<replace_userinfo::ReplaceUserinfo>(),
        ],
        example: Example {
            method: "PUT",
            path: "/userinfo",
            body: r#"{"nickname":"Ada L.","given_name":"Ada","family_name":"Lovelace"}"#,
        },
        views: &view::VIEWS,
        headers: &[],
        rejected_headers: &[],
        claims: &[],
        steps: Step::DEFAULT.to_vec(),
        render: |problem| UserinfoError::from(problem).response(),
        external_ids: None,
        api_version_header: None,
        check_operator_data: |_| Err("userinfo shows no operator data".to_owned()),
        capabilities: Capabilities::default(),
        openapi: include_str!("../openapi.json"),
    }
}
