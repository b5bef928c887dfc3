//! Patches as JSON documents, for stores and the history.

use std::fmt;

use serde::Serializer;

use crate::ProfilePatch;

/// A patch as one flat JSON object: a key for each named column, `null` if it is cleared.
///
/// The keys and values are those of [`ProfilePatch::columns`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchDocument(String);

impl PatchDocument {
    /// Wraps a stored document without validation.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Returns the JSON text without copying it.
    pub fn into_text(self) -> String {
        self.0
    }

    /// Adds the version after the change that this one undoes, if there is one.
    #[must_use]
    pub fn undoing(self, undone: Option<i64>) -> Self {
        let Some(version) = undone else {
            return self;
        };
        let members = self.0.strip_suffix('}').unwrap_or_default();
        let separator = if members == "{" { "" } else { "," };
        Self(format!("{members}{separator}\"undoes\":{version}}}"))
    }

    /// Returns the JSON text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&ProfilePatch> for PatchDocument {
    fn from(patch: &ProfilePatch) -> Self {
        let mut text = Vec::with_capacity(128);
        serde_json::Serializer::new(&mut text)
            .collect_map(patch.columns())
            .expect("column values serialize to JSON");
        Self(String::from_utf8(text).expect("JSON is UTF-8"))
    }
}

impl fmt::Display for PatchDocument {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Avatar, CatalogueId, Edit, Json, Username, WebUrl};

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
    fn lists_and_booleans_are_json_and_json_is_a_string() {
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
