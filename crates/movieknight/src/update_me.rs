//! `PATCH /users/me`
//!
//! <https://apidocs.movieknight.site/movie-knight-api/users/update-my-profile>

use http::Method;
use manyface_core::{Edit, Field, MediaUrls, Profile, ProfilePatch, UpdateProfile};
use manyface_dialect::{Endpoint, EntityTag, Json, Request, Sent, Typed, UpdateInView, expected};
use serde::Deserialize;
use serde_json::json;

use crate::{
    MovieknightError, NAME,
    fields::{self, AvatarInput},
    user::{self, Success},
    view::VIEWS,
};

pub(crate) struct UpdateMe;

/// The request body. At least one of the fields must be present; unknown keys are ignored.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Body {
    #[serde(default)]
    bio: Edit<Typed<String>>,
    #[serde(default)]
    name: Edit<Typed<String>>,
    #[serde(default)]
    avatar_url: Edit<Typed<String>>,
    #[serde(default)]
    country_code: Edit<Typed<String>>,
}

impl Endpoint for UpdateMe {
    const METHOD: Method = Method::PATCH;
    const PATH: &'static str = "/users/me";
    const ID: &'static str = "update-my-profile";
    /// The longest avatar, with room for JSON's escapes and the other fields.
    const BODY_LIMIT: usize = 2 * 1024 * 1024;

    type Input<'a> = Json<Body>;
    type Action = UpdateInView;
    type Body = Success;
    type Error = MovieknightError;

    fn decode(request: &Request, Json(body): Json<Body>) -> Result<UpdateInView, MovieknightError> {
        let (patch, picture, sent) = read_changes(&body)?;
        let update = UpdateProfile {
            patch,
            picture,
            upload: None,
            expected: expected(&request.headers, NAME),
            existing_names: Vec::new(),
        };
        Ok(UpdateInView {
            update,
            sent,
            view: &VIEWS[0],
            show: |profile, media| json!(Success::of(profile, media)),
        })
    }

    fn entity_tag(profile: &Profile) -> Option<EntityTag<'static>> {
        Some(user::entity_tag(profile))
    }

    fn is_view(_: &Request, view: &str) -> bool {
        view == NAME
    }

    fn encode(profile: Profile, media: &MediaUrls) -> Success {
        Success::of(profile, media)
    }
}

/// The changes that a body requests: the patch, an uploaded image, and the invalid values.
type Changes = (ProfilePatch, Option<Vec<u8>>, Vec<Sent>);

fn read_changes(body: &Body) -> Result<Changes, MovieknightError> {
    let Body {
        bio,
        name,
        avatar_url,
        country_code,
    } = body;
    if bio.is_keep() && name.is_keep() && avatar_url.is_keep() && country_code.is_keep() {
        return Err(MovieknightError::NoRecognisedField);
    }
    let mut sent = Vec::new();
    let bio = fields::read(Field::Bio, bio, fields::bio, &mut sent);
    let display_name = fields::read(Field::DisplayName, name, fields::name, &mut sent);
    let mut picture = None;
    let avatar = fields::read(Field::Avatar, avatar_url, fields::avatar, &mut sent);
    let avatar = match avatar {
        Edit::Keep => Edit::Keep,
        Edit::Clear => Edit::Clear,
        Edit::Set(AvatarInput::Url(avatar)) => Edit::Set(avatar),
        Edit::Set(AvatarInput::File(file)) => {
            picture = Some(file);
            Edit::Keep
        }
    };
    let patch = ProfilePatch {
        bio,
        display_name,
        avatar,
        country: fields::read(Field::Country, country_code, fields::country, &mut sent),
        ..ProfilePatch::default()
    };
    Ok((patch, picture, sent))
}
