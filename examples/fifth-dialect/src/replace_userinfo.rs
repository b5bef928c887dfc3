//! `PUT /userinfo`
//!
//! Not in the specification: the way to write what it reads.

use http::Method;
use manyface_core::{
    Avatar, Edit, Field, MediaUrls, Profile, ProfilePatch, UpdateProfile, WebUrl, text,
};
use manyface_dialect::{
    Endpoint, EntityTag, Json, Request, Sent, Typed, UpdateInView, accept, expected,
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    NAME, UserinfoError,
    claims::{self, Claims},
    view::VIEWS,
};

/// The limit of the other dialects that write these names, in characters.
pub(crate) const MAX_NAME: usize = 100;
/// The longest address of an image, in bytes.
pub(crate) const MAX_URL: usize = 2_048;

pub(crate) struct ReplaceUserinfo;

/// The body of `PUT /userinfo`. Unknown keys, and the claims that are not the user's, are ignored.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Body {
    /// The name to be shown by.
    #[serde(default)]
    nickname: Edit<Typed<String>>,
    /// The first name.
    #[serde(default)]
    given_name: Edit<Typed<String>>,
    /// The last name.
    #[serde(default)]
    family_name: Edit<Typed<String>>,
    /// The URL of the image.
    #[serde(default)]
    picture: Edit<Typed<String>>,
}

impl Endpoint for ReplaceUserinfo {
    const METHOD: Method = Method::PUT;
    const PATH: &'static str = "/userinfo";
    const ID: &'static str = "replaceUserinfo";
    /// Room for everything that the response shows: another dialect takes images with long URLs.
    const BODY_LIMIT: usize = 2 * 1024 * 1024;

    type Input<'a> = Json<Body>;
    type Action = UpdateInView;
    type Body = Claims;
    type Error = UserinfoError;

    fn decode(request: &Request, Json(body): Json<Body>) -> Result<UpdateInView, UserinfoError> {
        let (patch, sent) = patch(&body);
        let update = UpdateProfile {
            patch,
            picture: None,
            upload: None,
            expected: expected(&request.headers, NAME),
            existing_names: Vec::new(),
        };
        Ok(UpdateInView {
            update,
            sent,
            view: &VIEWS[0],
            show: |profile, media| json!(Claims::of(profile, media)),
        })
    }

    fn entity_tag(profile: &Profile) -> Option<EntityTag<'static>> {
        Some(claims::entity_tag(profile))
    }

    fn encode(profile: Profile, media: &MediaUrls) -> Claims {
        Claims::of(profile, media)
    }
}

/// The patch that makes the user's own claims what the body says, and names nothing else; and the
/// values that break their rules.
fn patch(body: &Body) -> (ProfilePatch, Vec<Sent>) {
    let Body {
        nickname,
        given_name,
        family_name,
        picture,
    } = body;
    let mut sent = Vec::new();
    let patch = ProfilePatch {
        display_name: read(Field::DisplayName, nickname, name, &mut sent),
        given_name: read(Field::GivenName, given_name, name, &mut sent),
        family_name: read(Field::FamilyName, family_name, name, &mut sent),
        avatar: read(Field::Avatar, picture, address, &mut sent),
        ..ProfilePatch::default()
    };
    (patch, sent)
}

/// Reads one claim: what is left out or null is to be empty.
fn read<T>(
    field: Field,
    given: &Edit<Typed<String>>,
    rule: impl FnOnce(&str) -> Result<Edit<T>, String>,
    sent: &mut Vec<Sent>,
) -> Edit<T> {
    let outcome = match given {
        Edit::Keep | Edit::Clear => Ok(Edit::Clear),
        Edit::Set(Typed::Value(value)) => rule(value),
        Edit::Set(Typed::WrongType) => Err("must be a string".to_owned()),
    };
    accept(field, outcome, || given.into(), sent)
}

fn name(value: &str) -> Result<Edit<String>, String> {
    let name = text::normalise(value, MAX_NAME).map_err(|e| e.to_string())?;
    Ok(Edit::Set(name).clear_if(String::is_empty))
}

fn address(value: &str) -> Result<Edit<Avatar>, String> {
    let value = text::trim(value);
    if value.is_empty() {
        return Ok(Edit::Clear);
    }
    if value.len() > MAX_URL {
        return Err(format!("must be at most {MAX_URL} bytes"));
    }
    let url = WebUrl::parse(value).map_err(|_| "must be an http or https URL".to_owned())?;
    Ok(Edit::Set(Avatar::External(url)))
}
