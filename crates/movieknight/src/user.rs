//! The "safe user" of the contract.

use manyface_core::{Json, MediaUrls, Profile};
use manyface_dialect::{EntityTag, wire_time};
use serde::Serialize;

use crate::{
    NAME, external_id,
    operator_data::{AiUsage, OperatorData},
};

/// Returns the entity tag of a profile in this dialect.
pub(crate) fn entity_tag(profile: &Profile) -> EntityTag<'static> {
    EntityTag {
        revision: profile.revision(),
        view: NAME,
    }
}

/// The body of a successful response.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Success {
    /// Always true.
    ok: bool,
    data: Payload,
}

/// The data of a successful response.
#[derive(Clone, Debug, Serialize)]
struct Payload {
    user: User,
}

/// A user with the contract's keys, in the contract's order.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: String,
    bio: String,
    name: String,
    email: String,
    badges: Vec<Json>,
    ai_usage: AiUsage,
    username: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar_url: Option<String>,
    created_at: String,
    country_code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_of_birth: Option<String>,
}

impl Success {
    /// Builds the response; `media` provides the URLs of stored images.
    pub(crate) fn of(profile: Profile, media: &MediaUrls) -> Self {
        let (badges, ai_usage) = OperatorData::of(&profile).into_parts();
        let id = match profile.external_ids.get(NAME) {
            Some(id) => id.clone(),
            None => external_id::mint(&profile),
        };
        let username = profile.username.as_str().to_owned();
        let user = User {
            id,
            bio: profile.bio.unwrap_or_default(),
            name: profile.display_name.unwrap_or_else(|| username.clone()),
            email: profile.email,
            badges,
            ai_usage,
            username,
            avatar_url: profile.avatar.and_then(|avatar| media.avatar(&avatar)),
            created_at: wire_time(profile.created_at),
            country_code: profile.country.map_or("", |country| country.alpha2()),
            date_of_birth: profile
                .date_of_birth
                .map(|date| format!("{date}T00:00:00.000Z")),
        };
        Self {
            ok: true,
            data: Payload { user },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use manyface_core::{Avatar, TenantId, behaviour};

    fn check(profile: Profile, expected: &str) {
        let media = MediaUrls::under("https://id.example.com").unwrap();
        let text = serde_json::to_string(&Success::of(profile, &media)).unwrap();
        assert_eq!(text, expected);
    }

    fn moviefan() -> Profile {
        let mut profile = behaviour::new_profile(TenantId(uuid::Uuid::nil()));
        profile.username = manyface_core::Username::parse("moviefan").unwrap();
        profile.email = "moviefan@example.com".to_owned();
        let id = "66a1f2c4e5b3a1234567890a".to_owned();
        profile.external_ids.insert(NAME.to_owned(), id);
        profile.created_at = "2026-06-25T10:30:00Z".parse().unwrap();
        profile
    }

    #[test]
    fn operator_data_and_an_avatar_are_shown() {
        let mut profile = moviefan();
        let operator_data = r#"{"badges":[{"a":1.50}],"aiUsage":{"used":2,"limit":7}}"#;
        let operator_data = Json::parse(operator_data.to_owned()).unwrap();
        profile.operator_data.insert(NAME.to_owned(), operator_data);
        let url = manyface_core::WebUrl::parse("https://i.imgur.com/abc.png").unwrap();
        profile.avatar = Some(Avatar::External(url));
        check(
            profile,
            concat!(
                r#"{"ok":true,"data":{"user":{"id":"66a1f2c4e5b3a1234567890a","#,
                r#""bio":"","name":"moviefan","email":"moviefan@example.com","#,
                r#""badges":[{"a":1.50}],"aiUsage":{"used":2,"limit":7,"remaining":5},"#,
                r#""username":"moviefan","avatarUrl":"https://i.imgur.com/abc.png","#,
                r#""createdAt":"2026-06-25T10:30:00.000Z","countryCode":""}}}"#,
            ),
        );
    }
}
