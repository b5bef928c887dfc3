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
    profile::{MAX_IMAGE_BYTES, ProfileWithImage, UserProfile, WithImage},
    tenant::MatchingTenant,
    view::{MAX_NAME, VIEWS},
};

pub(crate) struct UpdateProfile;

/// The request body. Unknown keys are ignored.
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

/// The changes that a body requests: the patch, an image to store, and the values that are compared
/// with the current response.
type Changes = (ProfilePatch, Option<Vec<u8>>, Vec<Sent>);

impl Endpoint for UpdateProfile {
    const METHOD: Method = Method::PUT;
    const PATH: &'static str = "/users/me/profile";
    const ID: &'static str = "updateUserProfile";
    /// Several times the largest image, so that images above their limit get the contract's error.
    const BODY_LIMIT: usize = 2 * 1024 * 1024;

    type Input<'a> = (MatchingTenant, Json<Body>);
    type Action = WithImage<UpdateInView>;
    type Body = UserProfile;
    type Error = TenantError;

    fn decode(
        request: &Request,
        (MatchingTenant, Json(body)): (MatchingTenant, Json<Body>),
    ) -> Result<Self::Action, TenantError> {
        let (patch, picture, sent) = read_changes(&body);
        let update = manyface_core::UpdateProfile {
            patch,
            picture,
            upload: None,
            expected: expected(&request.headers, NAME),
            existing_names: Vec::new(),
        };
        Ok(WithImage(UpdateInView {
            update,
            sent,
            view: &VIEWS[0],
            show: |profile, _| json!(UserProfile::from(ProfileWithImage::without_image(profile))),
        }))
    }

    fn entity_tag(output: &ProfileWithImage) -> Option<EntityTag<'static>> {
        Some(output.entity_tag())
    }

    fn is_view(_: &Request, view: &str) -> bool {
        view == NAME
    }

    fn encode(output: ProfileWithImage, _: &MediaUrls) -> UserProfile {
        output.into()
    }
}

fn read_changes(body: &Body) -> Changes {
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
    let (avatar, file) = image(avatar_base64, &mut sent);
    let patch = ProfilePatch {
        given_name,
        family_name,
        display_name,
        avatar,
        ..ProfilePatch::default()
    };
    (patch, file, sent)
}

/// Reads a name. An empty string clears it; in the contract it is not nullable.
fn name(field: Field, input: &Edit<Typed<String>>, sent: &mut Vec<Sent>) -> Edit<String> {
    let edit = match input {
        Edit::Keep => Ok(Edit::Keep),
        Edit::Set(Typed::Value(value)) => text::normalise(value, MAX_NAME)
            .map(|name| Edit::Set(name).clear_if(String::is_empty))
            .map_err(|error| error.to_string()),
        Edit::Clear | Edit::Set(Typed::WrongType) => Err("must be a string".to_owned()),
    };
    accept(field, edit, || input.into(), sent)
}

/// Reads an image as a data URL. Null removes a stored image, but not an external one, which the
/// response has as null.
fn image(input: &Edit<Typed<String>>, sent: &mut Vec<Sent>) -> (Edit<Avatar>, Option<Vec<u8>>) {
    let edit = match input {
        Edit::Keep => Ok((Edit::Keep, None)),
        Edit::Clear => {
            sent.push(Sent {
                field: Field::Avatar,
                value: SentValue::Null,
                rejection: None,
            });
            Ok((Edit::Clear, None))
        }
        Edit::Set(Typed::Value(value)) => read_image_data_url(value, MAX_IMAGE_BYTES)
            .map(|file| (Edit::Keep, Some(file)))
            .map_err(|error| error.to_string()),
        Edit::Set(Typed::WrongType) => Err("must be a string or null".to_owned()),
    };
    accept(Field::Avatar, edit, || input.into(), sent)
}
