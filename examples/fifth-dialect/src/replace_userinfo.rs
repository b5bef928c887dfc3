//! `PUT /userinfo`
//!
//! Not in the specification: the way to write what it reads.

use http::Method;
use manyface_core::{
    Avatar, Edit, Field, MediaUrls, Profile, ProfilePatch, UpdateProfile, WebUrl, text,
};
use manyface_dialect::{Call, Endpoint, EntityTag, Json, Typed, expected};
use serde::Deserialize;

#[cfg(test)]
use crate::openapi;
use crate::{
    NAME, UserinfoError,
    claims::{self, Claims},
    face::spelling,
};

/// As in the other dialects that write these names, in characters.
pub(crate) const MAX_NAME: usize = 100;
/// The longest address of a picture, in bytes.
pub(crate) const MAX_URL: usize = 2_048;

pub(crate) struct ReplaceUserinfo;

/// The body of `PUT /userinfo`. Unknown keys, and the claims that are not the user's, are ignored.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema), schema(as = ReplaceUserinfo))]
pub(crate) struct Body {
    /// The name to be shown by.
    #[serde(default)]
    #[cfg_attr(test, schema(schema_with = openapi::name))]
    nickname: Edit<Typed<String>>,
    /// The first name.
    #[serde(default)]
    #[cfg_attr(test, schema(schema_with = openapi::name))]
    given_name: Edit<Typed<String>>,
    /// The last name.
    #[serde(default)]
    #[cfg_attr(test, schema(schema_with = openapi::name))]
    family_name: Edit<Typed<String>>,
    /// Where the picture is.
    #[serde(default)]
    #[cfg_attr(test, schema(schema_with = openapi::picture))]
    picture: Edit<Typed<String>>,
}

impl Endpoint for ReplaceUserinfo {
    const METHOD: Method = Method::PUT;
    const PATH: &'static str = "/userinfo";
    const ID: &'static str = "replaceUserinfo";

    type Body = Json<Body>;
    type Action = UpdateProfile;
    type Response = Claims;
    type Error = UserinfoError;

    fn decode(call: &Call, Json(body): Json<Body>) -> Result<UpdateProfile, UserinfoError> {
        Ok(UpdateProfile {
            patch: patch(body)?,
            picture: None,
            upload: None,
            expected: expected(&call.headers, NAME),
        })
    }

    fn entity_tag(profile: &Profile) -> Option<EntityTag<'static>> {
        Some(claims::entity_tag(profile))
    }

    fn encode(profile: Profile, media: &MediaUrls) -> Claims {
        Claims::of(profile, media)
    }
}

/// The patch that makes the user's own claims what the body says, and names nothing else.
fn patch(body: Body) -> Result<ProfilePatch, UserinfoError> {
    let Body {
        nickname,
        given_name,
        family_name,
        picture,
    } = body;
    let mut refused = Vec::new();
    let patch = ProfilePatch {
        display_name: read(Field::DisplayName, nickname, name, &mut refused),
        given_name: read(Field::GivenName, given_name, name, &mut refused),
        family_name: read(Field::FamilyName, family_name, name, &mut refused),
        avatar: read(Field::Avatar, picture, address, &mut refused),
        ..ProfilePatch::default()
    };
    if refused.is_empty() {
        Ok(patch)
    } else {
        Err(UserinfoError::Invalid(refused))
    }
}

/// Reads one claim: what is left out or null is to be empty.
fn read<T>(
    field: Field,
    given: Edit<Typed<String>>,
    rule: impl FnOnce(&str) -> Result<Edit<T>, String>,
    refused: &mut Vec<String>,
) -> Edit<T> {
    let outcome = match given {
        Edit::Keep | Edit::Clear => Ok(Edit::Clear),
        Edit::Set(Typed::Right(value)) => rule(&value),
        Edit::Set(Typed::Wrong) => Err("must be a string".to_owned()),
    };
    outcome.unwrap_or_else(|reason| {
        refused.push(format!("{} {reason}", spelling(field)));
        Edit::Keep
    })
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
