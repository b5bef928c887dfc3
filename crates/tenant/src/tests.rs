//! The limits in `openapi.json` are those of the code.

use manyface_core::AuthProvider;
use serde_json::json;

use crate::{
    dialect,
    profile::MAX_IMAGE_BYTES,
    view::{MAX_NAME, VIEWS},
};

#[test]
fn the_document_has_the_limits_of_the_code() {
    let providers = [AuthProvider::Local, AuthProvider::Oidc, AuthProvider::Saml];
    let writable = VIEWS[0].fields.iter().filter_map(|field| field.write);
    let writable: Vec<_> = writable
        .map(|mapping| mapping.at.trim_start_matches('/'))
        .collect();
    let data_url = "data:image/jpeg;base64,".len() + MAX_IMAGE_BYTES.div_ceil(3) * 4;
    let mut expected = [
        format!(
            "auth_provider enum {} (2)",
            json!(providers.map(AuthProvider::as_str))
        ),
        format!("avatar_base64 maxLength {data_url} (1)"),
        format!("display_name maxLength {MAX_NAME} (1)"),
        format!("first_name maxLength {MAX_NAME} (1)"),
        format!("last_name maxLength {MAX_NAME} (1)"),
        format!("managed_fields enum {} (1)", json!(writable)),
    ];
    expected.sort();
    let documented = dialect().documented(&["maxLength", "maxItems", "maximum", "enum"]);
    assert_eq!(documented, expected);
    let mentions = dialect()
        .openapi
        .matches(&format!("of at most {MAX_IMAGE_BYTES} bytes"))
        .count();
    assert_eq!(mentions, 2);
}
