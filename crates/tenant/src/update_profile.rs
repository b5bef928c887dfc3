//! `PUT /users/me/profile`
//!
//! <https://jitsudo-docs.pages.dev/api/operations/updateuserprofile/>

use http::Method;
use manyface_core::{Avatar, Edit, Field, MediaUrls, ProfilePatch, text};
use manyface_dialect::{
    Endpoint, EntityTag, Json, Request, Sent, SentValue, Typed, UpdateInView, accept, expected,
    read_image_data_url,
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    NAME, TenantError,
    profile::{MAX_PICTURE, ShownProfile, UserProfile, WithPicture},
    tenant::InTenant,
    view::VIEWS,
};

pub(crate) struct UpdateProfile;

/// The changes. Unknown keys are ignored.
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
    /// Several times the largest image, so that one that is too large gets the error
    /// of the contract.
    const BODY_LIMIT: usize = 2 * 1024 * 1024;

    type Input<'a> = (InTenant, Json<Body>);
    type Action = WithPicture<UpdateInView>;
    type Body = UserProfile;
    type Error = TenantError;

    fn decode(
        request: &Request,
        (InTenant, Json(body)): (InTenant, Json<Body>),
    ) -> Result<Self::Action, TenantError> {
        let (patch, picture, sent) = change(&body);
        let update = manyface_core::UpdateProfile {
            patch,
            picture,
            upload: None,
            expected: expected(&request.headers, NAME),
            existing_names: Vec::new(),
        };
        Ok(WithPicture(UpdateInView {
            update,
            sent,
            view: &VIEWS[0],
            show: |profile, _| json!(UserProfile::from(ShownProfile::without_image(profile))),
        }))
    }

    fn entity_tag(shown: &ShownProfile) -> Option<EntityTag<'static>> {
        Some(shown.entity_tag())
    }

    fn is_view(_: &Request, view: &str) -> bool {
        view == NAME
    }

    fn encode(shown: ShownProfile, _: &MediaUrls) -> UserProfile {
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
    let given_name = name(Field::GivenName, first_name, &mut sent);
    let family_name = name(Field::FamilyName, last_name, &mut sent);
    let display_name = name(Field::DisplayName, display_name, &mut sent);
    let (avatar, picture) = picture(avatar_base64, &mut sent);
    let patch = ProfilePatch {
        given_name,
        family_name,
        display_name,
        avatar,
        ..ProfilePatch::default()
    };
    (patch, picture, sent)
}

/// The contract's limit, in Unicode scalar values after trimming.
pub(crate) const MAX_NAME: usize = 100;

/// A name: an empty string clears it. In the contract it is not nullable.
fn name(field: Field, given: &Edit<Typed<String>>, sent: &mut Vec<Sent>) -> Edit<String> {
    let outcome = match given {
        Edit::Keep => Ok(Edit::Keep),
        Edit::Set(Typed::Right(value)) => text::normalise(value, MAX_NAME)
            .map(|name| Edit::Set(name).clear_if(String::is_empty))
            .map_err(|error| error.to_string()),
        Edit::Clear | Edit::Set(Typed::Wrong) => Err("must be a string".to_owned()),
    };
    accept(field, outcome, || given.into(), sent)
}

/// An image as a data URL, or null, which removes the one that is shown. An image that is kept
/// elsewhere is shown as null.
fn picture(given: &Edit<Typed<String>>, sent: &mut Vec<Sent>) -> (Edit<Avatar>, Option<Vec<u8>>) {
    let outcome = match given {
        Edit::Keep => Ok((Edit::Keep, None)),
        Edit::Clear => {
            sent.push(Sent {
                field: Field::Avatar,
                value: SentValue::Null,
                rejection: None,
            });
            Ok((Edit::Clear, None))
        }
        Edit::Set(Typed::Right(value)) => read_image_data_url(value, MAX_PICTURE)
            .map(|file| (Edit::Keep, Some(file)))
            .map_err(|error| error.to_string()),
        Edit::Set(Typed::Wrong) => Err("must be a string or null".to_owned()),
    };
    accept(Field::Avatar, outcome, || given.into(), sent)
}
