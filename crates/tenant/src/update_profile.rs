//! `PUT /users/me/profile`
//!
//! <https://jitsudo-docs.pages.dev/api/operations/updateuserprofile/>

mod fields;

use http::Method;
use manyface_core::{Edit, Field, MediaUrls, ProfilePatch};
use manyface_dialect::{Call, Endpoint, EntityTag, Json, Sent, Typed, UpdateInView, expected};
use serde::Deserialize;
use serde_json::json;

use crate::{
    NAME, TenantError,
    face::FACES,
    profile::{Shown, UserProfile, WithPicture},
    tenant::InTenant,
};

pub(crate) use self::fields::MAX_NAME;

pub(crate) struct UpdateProfile;

/// What to change. Unknown keys are ignored.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Body {
    #[serde(default)]
    first_name: Edit<Typed<String>>,
    #[serde(default)]
    last_name: Edit<Typed<String>>,
    #[serde(default)]
    display_name: Edit<Typed<String>>,
    #[serde(default)]
    avatar_base64: Edit<Typed<String>>,
}

/// What a body asks for: the patch, an image to store, and the values that are compared with what
/// is shown.
type Change = (ProfilePatch, Option<Vec<u8>>, Vec<Sent>);

impl Endpoint for UpdateProfile {
    const METHOD: Method = Method::PUT;
    const PATH: &'static str = "/users/me/profile";
    const ID: &'static str = "updateUserProfile";
    /// Several times the largest picture, so that one that is too large is told so in the words
    /// of the page.
    const BODY_LIMIT: usize = 2 * 1024 * 1024;

    type Input<'a> = (InTenant, Json<Body>);
    type Action = WithPicture<UpdateInView>;
    type Response = UserProfile;
    type Error = TenantError;

    fn decode(
        call: &Call,
        (InTenant, Json(body)): (InTenant, Json<Body>),
    ) -> Result<Self::Action, TenantError> {
        let (patch, picture, sent) = change(&body);
        let update = manyface_core::UpdateProfile {
            patch,
            picture,
            upload: None,
            expected: expected(&call.headers, NAME),
            existing_names: Vec::new(),
        };
        Ok(WithPicture(UpdateInView {
            update,
            sent,
            view: &FACES[0],
            show: |profile, _| json!(UserProfile::from(Shown::without_image(profile))),
        }))
    }

    fn entity_tag(shown: &Shown) -> Option<EntityTag<'static>> {
        Some(shown.entity_tag())
    }

    fn is_view(_: &Call, view: &str) -> bool {
        view == NAME
    }

    fn encode(shown: Shown, _: &MediaUrls) -> UserProfile {
        shown.into()
    }
}

fn change(body: &Body) -> Change {
    let Body {
        first_name,
        last_name,
        display_name,
        avatar_base64,
    } = body;
    let mut sent = Vec::new();
    let given_name = fields::name(Field::GivenName, first_name, &mut sent);
    let family_name = fields::name(Field::FamilyName, last_name, &mut sent);
    let display_name = fields::name(Field::DisplayName, display_name, &mut sent);
    let (avatar, picture) = fields::picture(avatar_base64, &mut sent);
    let patch = ProfilePatch {
        given_name,
        family_name,
        display_name,
        avatar,
        ..ProfilePatch::default()
    };
    (patch, picture, sent)
}
