//! `PUT /users/me/profile`
//!
//! <https://jitsudo-docs.pages.dev/api/operations/updateuserprofile/>

mod fields;
#[cfg(test)]
mod tests;

use http::Method;
use manyface_core::{Edit, Field, MediaUrls, ProfilePatch};
use manyface_dialect::{Call, Endpoint, EntityTag, Json, Typed, expected};
use serde::Deserialize;

#[cfg(test)]
use crate::openapi;
use crate::{
    NAME, TenantError,
    profile::{Shown, UserProfile, WithPicture},
    tenant,
};

pub(crate) use self::fields::MAX_NAME;

pub(crate) struct UpdateProfile;

/// What to change. Unknown keys are ignored.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema), schema(as = UpdateUserProfile))]
pub(crate) struct Body {
    #[serde(default)]
    #[cfg_attr(test, schema(schema_with = openapi::first_name))]
    first_name: Edit<Typed<String>>,
    #[serde(default)]
    #[cfg_attr(test, schema(schema_with = openapi::last_name))]
    last_name: Edit<Typed<String>>,
    #[serde(default)]
    #[cfg_attr(test, schema(schema_with = openapi::display_name))]
    display_name: Edit<Typed<String>>,
    #[serde(default)]
    #[cfg_attr(test, schema(schema_with = openapi::picture))]
    avatar_base64: Edit<Typed<String>>,
}

/// What a body asks for: the patch, and a picture to keep.
type Change = (ProfilePatch, Option<Vec<u8>>);

impl Endpoint for UpdateProfile {
    const METHOD: Method = Method::PUT;
    const PATH: &'static str = "/users/me/profile";
    const ID: &'static str = "updateUserProfile";
    /// Several times the largest picture, so that one that is too large is told so in the words
    /// of the page.
    const BODY_LIMIT: usize = 2 * 1024 * 1024;

    type Body = Json<Body>;
    type Action = WithPicture<manyface_core::UpdateProfile>;
    type Response = UserProfile;
    type Error = TenantError;

    fn admit(call: &Call) -> Result<(), TenantError> {
        tenant::check(call)
    }

    fn decode(call: &Call, Json(body): Json<Body>) -> Result<Self::Action, TenantError> {
        let (patch, picture) = change(body)?;
        Ok(WithPicture(manyface_core::UpdateProfile {
            patch,
            picture,
            upload: None,
            expected: expected(&call.headers, NAME),
        }))
    }

    fn entity_tag(shown: &Shown) -> Option<EntityTag<'static>> {
        Some(shown.entity_tag())
    }

    fn encode(shown: Shown, _: &MediaUrls) -> UserProfile {
        shown.into()
    }
}

/// What a body asks for, or the rule that each wrong field breaks.
fn change(body: Body) -> Result<Change, TenantError> {
    let Body {
        first_name,
        last_name,
        display_name,
        avatar_base64,
    } = body;
    let mut refused = Vec::new();
    let given_name = fields::name(Field::GivenName, first_name, &mut refused);
    let family_name = fields::name(Field::FamilyName, last_name, &mut refused);
    let display_name = fields::name(Field::DisplayName, display_name, &mut refused);
    let (avatar, picture) = fields::picture(Field::Avatar, avatar_base64, &mut refused);
    if !refused.is_empty() {
        return Err(TenantError::Invalid(refused));
    }
    let patch = ProfilePatch {
        given_name,
        family_name,
        display_name,
        avatar,
        ..ProfilePatch::default()
    };
    Ok((patch, picture))
}
