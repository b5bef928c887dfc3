//! A patch as the document that stores and history keep.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{Avatar, Edit, ImageId, Json, ProfilePatch};

/// A patch as one flat JSON object: a key for each named column, `null` where it is cleared.
///
/// The keys are the columns of a stored profile, so that one statement can apply any patch.
/// [`Json`] values stand as strings that hold their text, because a database that parses the
/// document would respell their numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchDocument(String);

impl PatchDocument {
    /// Takes back what a store kept.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The document's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&ProfilePatch> for PatchDocument {
    fn from(patch: &ProfilePatch) -> Self {
        let text = serde_json::to_string(&Columns(patch));
        Self(text.expect("texts, numbers and flags have a JSON form"))
    }
}

impl fmt::Display for PatchDocument {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

struct Columns<'a>(&'a ProfilePatch);

impl Serialize for Columns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ProfilePatch {
            username,
            display_name,
            full_name,
            given_name,
            family_name,
            bio,
            avatar,
            country,
            date_of_birth,
            phone,
            address,
            user_type,
            linkedin_url,
            github_url,
            twitter_url,
            facebook_url,
            website_url,
            portfolio_url,
            skills,
            investment_interests,
            technical_interests,
            focus_area,
            resume,
            company_info,
            communication_preferences_phone,
            communication_preferences_email,
            platform_features_emails,
            activity_based_emails,
            additional_data,
        } = self.0;
        let mut map = serializer.serialize_map(None)?;
        if let Some(username) = username {
            map.serialize_entry("username", username.as_str())?;
            map.serialize_entry("username_key", username.key())?;
        }
        edit(&mut map, "display_name", display_name)?;
        edit(&mut map, "full_name", full_name)?;
        edit(&mut map, "given_name", given_name)?;
        edit(&mut map, "family_name", family_name)?;
        edit(&mut map, "bio", bio)?;
        match avatar {
            Edit::Keep => {}
            Edit::Clear => picture(&mut map, None, None)?,
            Edit::Set(Avatar::Stored(hash)) => picture(&mut map, Some(hash), None)?,
            Edit::Set(Avatar::External(url)) => picture(&mut map, None, Some(url.as_str()))?,
        }
        edit(&mut map, "country", country)?;
        edit(&mut map, "date_of_birth", date_of_birth)?;
        edit(&mut map, "phone", phone)?;
        json(&mut map, "address", address)?;
        edit(&mut map, "user_type", user_type)?;
        edit(&mut map, "linkedin_url", linkedin_url)?;
        edit(&mut map, "github_url", github_url)?;
        edit(&mut map, "twitter_url", twitter_url)?;
        edit(&mut map, "facebook_url", facebook_url)?;
        edit(&mut map, "website_url", website_url)?;
        edit(&mut map, "portfolio_url", portfolio_url)?;
        value(&mut map, "skills", skills.as_ref())?;
        value(
            &mut map,
            "investment_interests",
            investment_interests.as_ref(),
        )?;
        value(
            &mut map,
            "technical_interests",
            technical_interests.as_ref(),
        )?;
        value(&mut map, "focus_area", focus_area.as_ref())?;
        edit(&mut map, "resume", resume)?;
        json(&mut map, "company_info", company_info)?;
        value(
            &mut map,
            "communication_preferences_phone",
            communication_preferences_phone.as_ref(),
        )?;
        value(
            &mut map,
            "communication_preferences_email",
            communication_preferences_email.as_ref(),
        )?;
        value(
            &mut map,
            "platform_features_emails",
            platform_features_emails.as_ref(),
        )?;
        value(
            &mut map,
            "activity_based_emails",
            activity_based_emails.as_ref(),
        )?;
        json(&mut map, "additional_data", additional_data)?;
        map.end()
    }
}

fn value<M: SerializeMap>(
    map: &mut M,
    column: &'static str,
    value: Option<&impl Serialize>,
) -> Result<(), M::Error> {
    match value {
        Some(value) => map.serialize_entry(column, value),
        None => Ok(()),
    }
}

fn edit<M: SerializeMap, T: Serialize>(
    map: &mut M,
    column: &'static str,
    edit: &Edit<T>,
) -> Result<(), M::Error> {
    match edit {
        Edit::Keep => Ok(()),
        Edit::Clear | Edit::Set(_) => map.serialize_entry(column, edit),
    }
}

fn json<M: SerializeMap>(
    map: &mut M,
    column: &'static str,
    json: &Edit<Json>,
) -> Result<(), M::Error> {
    match json {
        Edit::Keep => Ok(()),
        Edit::Clear => map.serialize_entry(column, &()),
        Edit::Set(json) => map.serialize_entry(column, json.as_str()),
    }
}

fn picture<M: SerializeMap>(
    map: &mut M,
    image: Option<&ImageId>,
    url: Option<&str>,
) -> Result<(), M::Error> {
    map.serialize_entry("avatar_image", &image)?;
    map.serialize_entry("avatar_url", &url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CatalogueId, Username, WebUrl};

    fn check(patch: &ProfilePatch, expected: &str) {
        assert_eq!(PatchDocument::from(patch).as_str(), expected);
    }

    #[test]
    fn only_named_fields_are_written() {
        check(&ProfilePatch::default(), "{}");
        let patch = ProfilePatch {
            bio: Edit::Clear,
            display_name: Edit::Set("Ada \"A\"".to_owned()),
            ..ProfilePatch::default()
        };
        check(&patch, r#"{"display_name":"Ada \"A\"","bio":null}"#);
    }

    #[test]
    fn a_field_of_two_columns_writes_both() {
        let patch = ProfilePatch {
            username: Username::parse("Ada").ok(),
            avatar: Edit::Set(Avatar::External(WebUrl::from_stored("http://a/b".into()))),
            ..ProfilePatch::default()
        };
        check(
            &patch,
            r#"{"username":"Ada","username_key":"ada","avatar_image":null,"avatar_url":"http://a/b"}"#,
        );
    }

    #[test]
    fn lists_and_flags_are_json_and_json_is_text() {
        let patch = ProfilePatch {
            skills: Some(vec![CatalogueId(2), CatalogueId(1)]),
            address: Edit::Set(Json::parse(r#"{"a":1.0}"#.to_owned()).unwrap()),
            activity_based_emails: Some(true),
            ..ProfilePatch::default()
        };
        check(
            &patch,
            r#"{"address":"{\"a\":1.0}","skills":[2,1],"activity_based_emails":true}"#,
        );
    }
}
