//! The limits in `openapi.json`.

use manyface_core::AuthProvider;
use serde_json::json;

use crate::{dialect, profile::MAX_PICTURE, update_profile::MAX_NAME, view::VIEWS};

#[test]
fn the_document_has_the_limits_of_the_code() {
    let providers = [AuthProvider::Local, AuthProvider::Oidc, AuthProvider::Saml];
    let written = VIEWS[0].fields.iter().filter_map(|field| field.write);
    let written: Vec<_> = written
        .map(|taken| taken.at.trim_start_matches('/'))
        .collect();
    let picture = "data:image/jpeg;base64,".len() + MAX_PICTURE.div_ceil(3) * 4;
    let mut expected = [
        format!(
            "auth_provider enum {} (2)",
            json!(providers.map(AuthProvider::as_str))
        ),
        format!("avatar_base64 maxLength {picture} (1)"),
        format!("display_name maxLength {MAX_NAME} (1)"),
        format!("first_name maxLength {MAX_NAME} (1)"),
        format!("last_name maxLength {MAX_NAME} (1)"),
        format!("managed_fields enum {} (1)", json!(written)),
    ];
    expected.sort();
    let documented = dialect().documented(&["maxLength", "maxItems", "maximum", "enum"]);
    assert_eq!(documented, expected);
    let sentences = dialect()
        .openapi
        .matches(&format!("of at most {MAX_PICTURE} bytes"))
        .count();
    assert_eq!(sentences, 2);
}
