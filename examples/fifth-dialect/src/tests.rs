//! The limits in `openapi.json`.

use crate::{
    dialect,
    replace_userinfo::{MAX_NAME, MAX_URL},
};

#[test]
fn the_document_has_the_limits_of_the_code() {
    let expected = [
        format!("family_name maxLength {MAX_NAME} (1)"),
        format!("given_name maxLength {MAX_NAME} (1)"),
        format!("nickname maxLength {MAX_NAME} (1)"),
        format!("picture maxLength {MAX_URL} (1)"),
    ];
    let documented = dialect().documented(&["maxLength", "maxItems", "maximum", "enum"]);
    assert_eq!(documented, expected);
}
