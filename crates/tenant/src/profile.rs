//! The profile in the contract's format.

use manyface_core::{
    Action, ActionContext, AuthProvider, Avatar, Error, Image, Profile, ProfileId, Result,
};
use manyface_dialect::{EntityTag, write_data_url};
use serde::Serialize;

use crate::NAME;

/// The contract's "~256KB": the limit of an image file in requests and responses, in bytes.
pub(crate) const MAX_IMAGE_BYTES: usize = 262_144;

/// An action on a profile that also returns the profile's image.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WithImage<A>(pub(crate) A);

/// A profile with its image, in the largest stored size within the limit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ProfileWithImage {
    pub(crate) profile: Profile,
    pub(crate) image: Option<Image>,
}

impl<A: Action<Output = Profile, Error = Error>> Action for WithImage<A> {
    type Output = ProfileWithImage;
    type Error = Error;

    fn checks_caller(&self) -> bool {
        self.0.checks_caller()
    }

    async fn run(self, context: ActionContext<'_>) -> Result<ProfileWithImage> {
        let profile = self.0.run(context).await?;
        let image = match &profile.avatar {
            Some(Avatar::Stored(id)) => context.images().read_within(id, MAX_IMAGE_BYTES).await?,
            // External images are never fetched.
            Some(Avatar::External(_)) | None => None,
        };
        Ok(ProfileWithImage { profile, image })
    }
}

impl ProfileWithImage {
    /// Returns `profile` with an empty image, for comparisons that depend only on whether there is
    /// an image.
    pub(crate) fn without_image(profile: Profile) -> Self {
        let image = match &profile.avatar {
            Some(Avatar::Stored(_)) => Some(Image {
                media_type: "image/png",
                bytes: Vec::new(),
            }),
            Some(Avatar::External(_)) | None => None,
        };
        Self { profile, image }
    }

    /// Returns the entity tag of the profile in this dialect.
    pub(crate) fn entity_tag(&self) -> EntityTag<'static> {
        EntityTag {
            revision: self.profile.revision(),
            view: NAME,
        }
    }
}

/// A profile with its keys in the contract's order. Nullable keys are always present.
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

impl From<ProfileWithImage> for UserProfile {
    fn from(output: ProfileWithImage) -> Self {
        let ProfileWithImage { profile, image } = output;
        let image = image.map(|image| write_data_url(image.media_type, &image.bytes));
        Self {
            id: profile.id,
            name: name(&profile),
            email: profile.email,
            auth_provider: profile.auth_provider,
            first_name: profile.given_name,
            last_name: profile.family_name,
            display_name: profile.display_name,
            avatar_base64: image,
        }
    }
}

/// Returns the value of the read-only `name`, which the contract requires and no field stores.
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
    fn the_name_falls_back_to_other_names() {
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
