//! The limits in `openapi.json` are those of the code.

use serde_json::json;

use crate::{
    create_file::{self, MAX_FILENAME},
    dialect, error,
    external_id::{ACCOUNT, MAX_TAIL, USER},
    receive_file::MAX_BYTES,
    rules::{FILE, MAX_BIO, MAX_NAME, MAX_UPLOAD, MAX_USERNAME},
    version::Version,
};

#[test]
fn the_document_has_the_limits_of_the_code() {
    let versions: Vec<_> = Version::all().map(Version::as_str).collect();
    let mut expected = [
        format!("Api-Version-Date enum {} (1)", json!(versions)),
        format!("bio maxLength {MAX_BIO} (1)"),
        "businesses maxItems 0 (4)".to_owned(),
        format!("byte_size maximum {MAX_BYTES} (1)"),
        format!("direct_upload_id maxLength {MAX_UPLOAD} (1)"),
        format!("filename maxLength {MAX_FILENAME} (1)"),
        format!("id maxLength {MAX_UPLOAD} (1)"),
        "include_balance enum [\"true\",\"false\",\"1\",\"0\"] (4)".to_owned(),
        "multipart enum [false,null] (1)".to_owned(),
        format!("name maxLength {MAX_NAME} (1)"),
        "object enum [\"file\"] (2)".to_owned(),
        "social_links maxItems 0 (1)".to_owned(),
        "status enum [\"not_started\",\"pending\",\"approved\",\"rejected\"] (10)".to_owned(),
        format!(
            "type enum {} (1)",
            json!(error::TYPES.map(|(_, name)| name))
        ),
        "upload_status enum [\"pending\",\"processing\",\"ready\",\"failed\"] (4)".to_owned(),
        format!("username maxLength {MAX_USERNAME} (1)"),
        "visibility enum [\"public\",\"private\",null] (1)".to_owned(),
        "visibility enum [\"public\",\"private\"] (4)".to_owned(),
    ];
    expected.sort();
    let documented = dialect().documented(&["maxLength", "maxItems", "maximum", "enum"]);
    assert_eq!(documented, expected);
}

#[test]
fn the_document_has_the_ids_and_file_types_of_the_code() {
    let tail = format!("_[A-Za-z0-9]{{1,{MAX_TAIL}}}$");
    let extensions = create_file::TYPES.map(|(extension, _)| {
        let letters = extension
            .chars()
            .map(|c| format!("[{}{c}]", c.to_ascii_uppercase()));
        letters.collect::<String>()
    });
    let extensions = format!("\\\\.(?:{})$\" (1)", extensions.join("|"));
    let ids = ["account_id", "company_id", "id"];
    let patterns = dialect().documented(&["pattern"]);
    let is_file = |line: &&String| line.starts_with("filename");
    assert!(
        patterns
            .iter()
            .any(|line| is_file(&line) && line.ends_with(&extensions)),
        "{patterns:?}"
    );
    let documented = patterns
        .iter()
        .filter(|line| ids.contains(&line.split(' ').next().unwrap()));
    let expected = [
        ("account_id", ACCOUNT, 6),
        ("company_id", ACCOUNT, 1),
        ("id", FILE, 10),
        ("id", USER, 6),
    ];
    let expected = expected.map(|(name, prefix, count)| {
        format!(
            "{name} pattern \"^{}{tail}\" ({count})",
            prefix.trim_end_matches('_')
        )
    });
    assert!(documented.eq(&expected), "{patterns:?}");
}
