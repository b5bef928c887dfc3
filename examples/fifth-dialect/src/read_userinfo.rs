//! `GET /userinfo`
//!
//! <https://openid.net/specs/openid-connect-core-1_0.html#UserInfo>

use http::Method;
use manyface_core::{MediaUrls, Profile, ReadProfile};
use manyface_dialect::{Endpoint, EntityTag, Request};

use crate::{
    UserinfoError,
    claims::{self, Claims},
};

pub(crate) struct ReadUserinfo;

impl Endpoint for ReadUserinfo {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/userinfo";
    const ID: &'static str = "readUserinfo";

    type Input<'a> = ();
    type Action = ReadProfile;
    type Body = Claims;
    type Error = UserinfoError;

    fn decode(_: &Request, (): ()) -> Result<ReadProfile, UserinfoError> {
        Ok(ReadProfile)
    }

    fn entity_tag(profile: &Profile) -> Option<EntityTag<'static>> {
        Some(claims::entity_tag(profile))
    }

    fn encode(profile: Profile, media: &MediaUrls) -> Claims {
        Claims::of(profile, media)
    }
}
