//! The same user in every version.

use std::{fs, path::Path};

use manyface_core::{
    Avatar, ImageId, Json, MediaUrls, Profile, ProfileId, ProfileOverride, TenantId, Username,
};
use serde_json::Value;

use crate::{
    NAME,
    user_view::{UserOutput, UserView},
    version::Version,
};

const OPERATOR_DATA: &str = r#"{"balances":[
  {"symbol":"cbBTC","name":"Coinbase BTC","balance":"0.5","price_usd":65000.25,
   "icon_url":"https://icons.example/cbbtc.png"},
  {"symbol":"EUR","name":"Euro","kind":"cash","balance":"40","price_usd":1.1,
   "breakdown":{"available":"20","pending":"10","reserve":"5","in_transit":"5",
   "pending_settlements":[{"date":"2026-07-02","amount":"10"}]}},
  {"symbol":"RARE","name":"Rare Coin","balance":"7"}],
 "verification":{"individual":{"status":"approved"},"business":null}}"#;

fn profile(has_image: bool) -> Profile {
    let at = "2026-01-01T12:00:00.401Z".parse().unwrap();
    let id = ProfileId(uuid::Uuid::from_u128(
        0x0192_0000_0000_7000_8000_0000_0000_0001,
    ));
    let username = Username::parse("nick").unwrap();
    let tenant = TenantId(uuid::Uuid::nil());
    let mut profile = Profile::new(id, tenant, username, "nick@example.com".to_owned(), at);
    let tag = "user_x9F0aMwTz3bQk1".to_owned();
    profile.external_ids.insert(NAME.to_owned(), tag);
    profile.display_name = Some("Nick \"the\" Seller".to_owned());
    profile.bio = Some("I sell courses about selling courses.".to_owned());
    profile.avatar = has_image.then(|| Avatar::Stored(ImageId::of_digest([0xab; 32])));
    let operator_data = Json::parse(OPERATOR_DATA.to_owned()).unwrap();
    profile.operator_data.insert(NAME.to_owned(), operator_data);
    profile
}

fn text(profile: Profile, version: Version) -> String {
    let view = UserView {
        version,
        account: None,
        shows_balances: true,
        shows_email: true,
    };
    let media = MediaUrls::under("https://id.example.com").unwrap();
    let output = UserOutput::new(profile, ProfileOverride::default(), view);
    let mut text = serde_json::to_string_pretty(&output.encode(&media)).unwrap();
    text.push('\n');
    text
}

/// The versions in which the form of a user changes.
const CHANGED_VERSIONS: [&str; 6] = [
    "2025-01-01",
    "2026-06-08",
    "2026-07-08",
    "2026-08-13",
    "2026-08-21",
    "2026-10-13-1",
];

/// The environment variable `MANYFACE_SNAPSHOTS=write` updates the files.
#[test]
fn a_user_in_each_version_matches_its_snapshot() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    let is_writing = std::env::var("MANYFACE_SNAPSHOTS").is_ok_and(|value| value == "write");
    for version in Version::all() {
        let mut changes = CHANGED_VERSIONS.iter().rev();
        let like = changes.find(|known| !version.is_before(known)).unwrap();
        for (has_image, suffix) in [(true, ""), (false, "-without-image")] {
            let file = folder.join(format!("{like}{suffix}.json"));
            let text = text(profile(has_image), version);
            if is_writing && version.as_str() == *like {
                fs::create_dir_all(&folder).unwrap();
                fs::write(&file, &text).unwrap();
            }
            let expected = fs::read_to_string(&file).unwrap();
            assert_eq!(text, expected, "{version}, {}", file.display());
        }
    }
}

#[test]
fn each_version_matches_its_documented_schema() {
    let document: Value = serde_json::from_str(crate::dialect().openapi).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let users = schemas.keys().filter(|name| name.starts_with("User"));
    assert_eq!(users.count(), CHANGED_VERSIONS.len());
    for version in CHANGED_VERSIONS {
        let dated = format!("User{}", version.replace('-', ""));
        let schema = schemas.get(&dated).unwrap_or(&schemas["User"]);
        let description = schema["description"].as_str().unwrap();
        assert!(
            description.contains(&format!("from the version {version} ")),
            "{description}"
        );
        let validator = jsonschema::validator_for(schema).unwrap();
        for has_image in [true, false] {
            let text = text(profile(has_image), Version::parse(version).unwrap());
            let user = serde_json::from_str(&text).unwrap();
            let problem = validator
                .validate(&user)
                .err()
                .map(|error| error.to_string());
            assert_eq!(problem, None, "{version}: {text}");
        }
    }
}
