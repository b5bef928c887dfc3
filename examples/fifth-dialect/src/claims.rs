//! The claims of a user.

use manyface_core::{MediaUrls, Profile, ProfileId};
use manyface_dialect::EntityTag;
use serde::Serialize;

use crate::NAME;

/// The tag of a profile as this dialect shows it.
pub(crate) fn entity_tag(profile: &Profile) -> EntityTag<'static> {
    EntityTag {
        revision: profile.revision(),
        view: NAME,
    }
}

/// The body of every success. What is not set is left out (`OpenID` Connect Core §5.3.2).
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Claims {
    /// The profile's canonical id.
    sub: ProfileId,
    /// The unique name.
    preferred_username: String,
    /// The address.
    email: String,
    /// The whole name, or what comes nearest to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The name that the user wants to be shown by.
    #[serde(skip_serializing_if = "Option::is_none")]
    nickname: Option<String>,
    /// The first name.
    #[serde(skip_serializing_if = "Option::is_none")]
    given_name: Option<String>,
    /// The last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    family_name: Option<String>,
    /// The URL of the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
    /// `1815-12-10`.
    #[serde(skip_serializing_if = "Option::is_none")]
    birthdate: Option<String>,
}

impl Claims {
    /// `media` says where the images are that the deployment keeps.
    pub(crate) fn of(profile: Profile, media: &MediaUrls) -> Self {
        Self {
            sub: profile.id,
            preferred_username: profile.username.as_str().to_owned(),
            name: name(&profile),
            email: profile.email,
            nickname: profile.display_name,
            given_name: profile.given_name,
            family_name: profile.family_name,
            picture: profile.avatar.and_then(|avatar| media.avatar(&avatar)),
            birthdate: profile.date_of_birth.map(|date| date.to_string()),
        }
    }
}

/// For reading only: nothing of it is stored.
fn name(profile: &Profile) -> Option<String> {
    let parts = profile.given_name.iter().chain(&profile.family_name);
    let joined = parts.map(String::as_str).collect::<Vec<_>>().join(" ");
    let joined = Some(joined).filter(|name| !name.is_empty());
    let full_name = profile.full_name.clone();
    full_name
        .or(joined)
        .or_else(|| profile.display_name.clone())
}
