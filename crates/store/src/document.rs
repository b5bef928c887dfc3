//! A whole profile as the document from which it is added.

use std::collections::BTreeMap;

use manyface_core::{Avatar, Identity, Profile, TenantId};
use serde::Serialize;
use serde_json::{Value, json};

/// A document: one flat JSON object whose keys are columns.
#[derive(Clone, Debug)]
pub(crate) struct Document(pub(crate) String);

impl Document {
    /// What [`manyface_core::PatchDocument`] would say of a write of all columns, and of the
    /// columns that no patch names.
    pub(crate) fn of(profile: &Profile) -> Self {
        let Profile {
            id,
            tenant_id: TenantId(tenant_id),
            external_ids,
            username,
            email,
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
            auth_provider,
            facts,
            created_at,
            updated_at,
            version,
        } = profile;
        let (image, url) = match avatar {
            Some(Avatar::Stored(hash)) => (Some(hash), None),
            Some(Avatar::External(url)) => (None, Some(url.as_str())),
            None => (None, None),
        };
        Self::write(&BTreeMap::from([
            ("id", json!(id)),
            ("tenant_id", json!(tenant_id)),
            ("external_ids", json!(text(external_ids))),
            ("username", json!(username)),
            ("username_key", json!(username.key())),
            ("email", json!(email)),
            ("display_name", json!(display_name)),
            ("full_name", json!(full_name)),
            ("given_name", json!(given_name)),
            ("family_name", json!(family_name)),
            ("bio", json!(bio)),
            ("avatar_image", json!(image)),
            ("avatar_url", json!(url)),
            ("country", json!(country)),
            ("date_of_birth", json!(date_of_birth)),
            ("phone", json!(phone)),
            ("address", spelling(address.as_ref())),
            ("user_type", json!(user_type)),
            ("linkedin_url", json!(linkedin_url)),
            ("github_url", json!(github_url)),
            ("twitter_url", json!(twitter_url)),
            ("facebook_url", json!(facebook_url)),
            ("website_url", json!(website_url)),
            ("portfolio_url", json!(portfolio_url)),
            ("skills", json!(skills)),
            ("investment_interests", json!(investment_interests)),
            ("technical_interests", json!(technical_interests)),
            ("focus_area", json!(focus_area)),
            ("resume", json!(resume)),
            ("company_info", spelling(company_info.as_ref())),
            (
                "communication_preferences_phone",
                json!(communication_preferences_phone),
            ),
            (
                "communication_preferences_email",
                json!(communication_preferences_email),
            ),
            ("platform_features_emails", json!(platform_features_emails)),
            ("activity_based_emails", json!(activity_based_emails)),
            ("additional_data", spelling(additional_data.as_ref())),
            ("auth_provider", json!(auth_provider)),
            ("facts", json!(text(facts))),
            ("created_at", json!(created_at.as_microsecond())),
            ("updated_at", json!(updated_at.as_microsecond())),
            ("version", json!(version)),
        ]))
    }

    /// The names of a profile in other systems, as an array of pairs.
    pub(crate) fn of_pairs<'a>(pairs: impl Iterator<Item = (&'a String, &'a String)>) -> Self {
        Self::write(&pairs.collect::<Vec<_>>())
    }

    /// The pairs of a provider and the user's name there.
    pub(crate) fn of_identities(identities: &[Identity]) -> Self {
        Self::of_pairs(
            identities
                .iter()
                .map(|Identity { issuer, subject }| (issuer, subject)),
        )
    }

    fn write(value: &impl Serialize) -> Self {
        Self(text(value))
    }
}

/// A value as JSON.
pub(crate) fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts, numbers and flags have a JSON form")
}

/// JSON as a string that holds its text, because a database would respell its numbers.
fn spelling(json: Option<&manyface_core::Json>) -> Value {
    json!(json.map(manyface_core::Json::as_str))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use manyface_core::{ProfileId, Username};

    use super::*;
    use crate::columns::COLUMNS;

    #[test]
    fn every_column_has_a_value() {
        let at = Timestamp::UNIX_EPOCH;
        let id = ProfileId::mint(at, [1; 10]);
        let username = Username::parse("ada").unwrap();
        let profile = Profile::new(id, TenantId(id.0), username, String::new(), at);
        let document: BTreeMap<String, Value> =
            serde_json::from_str(&Document::of(&profile).0).unwrap();
        let mut columns = COLUMNS.map(|column| column.name);
        columns.sort_unstable();
        assert!(document.keys().eq(columns.iter()));
    }
}
