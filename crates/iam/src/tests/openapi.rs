//! The limits in `openapi.json` are those of the code.

use manyface_core::{CatalogueName, DeploymentSettings};
use serde_json::json;

use crate::{
    dialect,
    view::{
        MAX_BIO, MAX_FILE_URL, MAX_FULL_NAME, MAX_ITEMS, MAX_JSON_BYTES, MAX_JSON_DEPTH,
        MAX_PAGE_URL, MAX_PHONE, MAX_USERNAME,
    },
};

const LISTS: [&str; 4] = [
    "focus_area",
    "investment_interests",
    "skills",
    "technical_interests",
];
const URLS: [&str; 6] = [
    "facebook_url",
    "github_url",
    "linkedin_url",
    "portfolio_url",
    "twitter_url",
    "website_url",
];

#[test]
fn the_document_has_the_limits_of_the_code() {
    let mut expected = vec![
        format!("bio maxLength {MAX_BIO} (5)"),
        format!("full_name maxLength {MAX_FULL_NAME} (3)"),
        format!("phone maxLength {MAX_PHONE} (5)"),
        format!("profile_picture maxLength {MAX_FILE_URL} (3)"),
        format!("resume maxLength {MAX_PAGE_URL} (3)"),
        format!("username maxLength {MAX_USERNAME} (6)"),
    ];
    expected.extend(URLS.map(|name| format!("{name} maxLength {MAX_PAGE_URL} (5)")));
    expected.extend(LISTS.map(|name| format!("{name} maxItems {MAX_ITEMS} (5)")));
    expected.extend(LISTS.map(|name| format!("{name} maxLength {} (9)", CatalogueName::MAX_CHARS)));
    expected.sort();
    let documented = dialect().documented(&["maxLength", "maxItems", "maximum"]);
    assert_eq!(documented, expected);
    let text =
        format!("at most {MAX_JSON_BYTES} bytes without white space and {MAX_JSON_DEPTH} levels");
    // Three fields in five bodies.
    assert_eq!(dialect().openapi.matches(&text).count(), 15);
}

#[test]
fn the_document_has_the_user_types() {
    let settings = DeploymentSettings::default();
    let types = settings.user_types.iter().map(String::as_str);
    let types = json!(types.chain([""]).collect::<Vec<_>>());
    let enums = dialect().documented(&["enum"]);
    assert!(
        enums.contains(&format!("user_type enum {types} (5)")),
        "{enums:?}"
    );
}
