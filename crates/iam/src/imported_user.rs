//! Users from response bodies of this dialect, for imports.

use manyface_core::{Country, RecordError, RecordObject};
use manyface_dialect::ResponseReader;

use crate::{NAME, operator_data};

/// The members that are copied as strings, with their fields.
const TEXTS: [(&str, &str); 14] = [
    ("username", "username"),
    ("email", "email"),
    ("full_name", "full_name"),
    ("bio", "bio"),
    ("phone", "phone"),
    ("dob", "date_of_birth"),
    ("created_at", "created_at"),
    ("linkedin_url", "linkedin_url"),
    ("github_url", "github_url"),
    ("twitter_url", "twitter_url"),
    ("facebook_url", "facebook_url"),
    ("website_url", "website_url"),
    ("portfolio_url", "portfolio_url"),
    ("resume", "resume"),
];

/// The members that are copied as they are.
const VALUES: [&str; 11] = [
    "address",
    "company_info",
    "additional_data",
    "communication_preferences_phone",
    "communication_preferences_email",
    "platform_features_emails",
    "activity_based_emails",
    "skills",
    "investment_interests",
    "technical_interests",
    "focus_area",
];

/// Reads the body of `user/profile/`. Lists refer to the catalogue of the deployment that imports
/// them.
pub(crate) fn read_user(text: &str) -> Result<RecordObject, Vec<RecordError>> {
    let mut response = ResponseReader::parse(text, &[])?;
    response.copy_id("user_id", NAME);
    for (member, field) in TEXTS {
        response.copy(member, field);
    }
    for member in VALUES {
        response.copy_json(member, member);
    }
    response.copy_image("profile_picture");
    if response.has("country") {
        let code: Option<String> = response.take("country");
        let code = code.filter(|code| !code.is_empty());
        match code.map(|code| Country::parse_alpha3(&code)).transpose() {
            Ok(country) => response.set("country", &country),
            Err(_) => response.reject("country", "is not an ISO 3166-1 alpha-3 code"),
        }
    }
    response.copy_operator_data(&operator_data::KEYS, NAME);
    response.finish()
}

#[cfg(test)]
mod tests {
    use manyface_core::{Edit, UserInput};

    use super::*;

    #[test]
    fn a_response_is_read() {
        let text = concat!(
            r#"{"user_id":"u1","full_name":"","email":"a@b.example","username":"ada","#,
            r#""created_at":"2026-11-28T05:29:30.518000Z","profile_picture":"","bio":"x","#,
            r#""address":{"b": 1.50},"country":"NOR","dob":null,"skills":[3,1],"skills_data":[],"#,
            r#""communication_preferences_phone":true,"followers_count":3,"is_following":false}"#
        );
        let user = UserInput::read(read_user(text).unwrap()).unwrap();
        assert_eq!(user.patch.full_name, Edit::Clear);
        assert_eq!(user.patch.country.map(Country::alpha2), Edit::Set("NO"));
        assert_eq!(user.patch.skills.map(|skills| skills.len()), Some(2));
        assert_eq!(
            user.operator_data.unwrap()[NAME].as_str(),
            r#"{"followers_count":3}"#
        );
        assert!(read_user(r#"{"country":"ZZZ"}"#).is_err());
    }
}
