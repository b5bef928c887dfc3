//! The profile in the contract's form.

use manyface_core::{
    Action, ActionContext, AuthProvider, Avatar, Error, Image, Profile, ProfileId, Result,
};
use manyface_dialect::{EntityTag, write_data_url};
use serde::Serialize;

use crate::NAME;

/// The contract's "~256KB", in bytes of the image's file, in requests and in responses.
pub(crate) const MAX_PICTURE: usize = 262_144;

/// An action on a profile that also returns the profile's image.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WithPicture<A>(pub(crate) A);

/// A profile, and the largest form of its image that this dialect may show.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ShownProfile {
    pub(crate) profile: Profile,
    pub(crate) picture: Option<Image>,
}

impl<A: Action<Output = Profile, Error = Error>> Action for WithPicture<A> {
    type Output = ShownProfile;
    type Error = Error;

    fn checks_caller(&self) -> bool {
        self.0.checks_caller()
    }

    async fn run(self, context: ActionContext<'_>) -> Result<ShownProfile> {
        let profile = self.0.run(context).await?;
        let picture = match &profile.avatar {
            Some(Avatar::Stored(id)) => context.images().read_within(id, MAX_PICTURE).await?,
            // It is never fetched, so there is nothing to put here.
            Some(Avatar::External(_)) | None => None,
        };
        Ok(ShownProfile { profile, picture })
    }
}

impl ShownProfile {
    /// Returns `profile` with an empty image: only whether an image is shown can be
    /// compared with it.
    pub(crate) fn without_image(profile: Profile) -> Self {
        let picture = match &profile.avatar {
            Some(Avatar::Stored(_)) => Some(Image {
                media_type: "image/png",
                bytes: Vec::new(),
            }),
            Some(Avatar::External(_)) | None => None,
        };
        Self { profile, picture }
    }

    /// The tag of a profile as this dialect shows it.
    pub(crate) fn entity_tag(&self) -> EntityTag<'static> {
        EntityTag {
            revision: self.profile.revision(),
            view: NAME,
        }
    }
}

/// A profile in the contract's order. Nullable keys are always present.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct UserProfile {
    id: ProfileId,
    email: String,
    name: String,
    auth_provider: AuthProvider,
    first_name: Option<String>,
    last_name: Option<String>,
    display_name: Option<String>,
    avatar_base64: Option<String>,
}

impl From<ShownProfile> for UserProfile {
    fn from(shown: ShownProfile) -> Self {
        let ShownProfile { profile, picture } = shown;
        let picture = picture.map(|image| write_data_url(image.media_type, &image.bytes));
        Self {
            id: profile.id,
            name: name(&profile),
            email: profile.email,
            auth_provider: profile.auth_provider,
            first_name: profile.given_name,
            last_name: profile.family_name,
            display_name: profile.display_name,
            avatar_base64: picture,
        }
    }
}

/// The name that the contract requires: read-only, not stored.
fn name(profile: &Profile) -> String {
    let given = profile.given_name.iter();
    let parts: Vec<_> = given.chain(&profile.family_name).collect();
    let joined = match parts.as_slice() {
        [given, family] => Some(format!("{given} {family}")),
        [one] => Some((*one).clone()),
        _ => None,
    };
    let display_name = profile.display_name.clone();
    display_name
        .or(joined)
        .or_else(|| profile.full_name.clone())
        .unwrap_or_else(|| profile.username.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use manyface_core::{TenantId, Timestamp, Username, behaviour};

    fn ada() -> Profile {
        let mut profile = behaviour::new_profile(TenantId(uuid::Uuid::nil()));
        profile.id = ProfileId::mint(Timestamp::UNIX_EPOCH, [1; 10]);
        profile.username = Username::parse("ada").unwrap();
        "ada@example.com".clone_into(&mut profile.email);
        profile
    }

    #[test]
    fn a_name_is_always_shown() {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        for (display, given, family, full, expected) in [
            ("Ada L.", "Ada", "Lovelace", "A. L.", "Ada L."),
            ("", "Ada", "Lovelace", "A. L.", "Ada Lovelace"),
            ("", "Ada", "", "A. L.", "Ada"),
            ("", "", "Lovelace", "A. L.", "Lovelace"),
            ("", "", "", "A. L.", "A. L."),
            ("", "", "", "", "ada"),
        ] {
            let profile = Profile {
                display_name: text(display),
                given_name: text(given),
                family_name: text(family),
                full_name: text(full),
                ..ada()
            };
            assert_eq!(name(&profile), expected);
        }
    }
}
