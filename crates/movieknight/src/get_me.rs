//! `GET /users/me`
//!
//! Not in the contract: every dialect of manyface also serves `GET` on the path of its update.

use http::Method;
use manyface_core::{MediaUrls, Profile, ReadProfile};
use manyface_dialect::{Endpoint, EntityTag, Request};

use crate::{
    MovieknightError,
    user::{self, Success},
};

pub(crate) struct GetMe;

impl Endpoint for GetMe {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/users/me";
    const ID: &'static str = "get-my-profile";

    type Input<'a> = ();
    type Action = ReadProfile;
    type Body = Success;
    type Error = MovieknightError;

    fn decode(_: &Request, (): ()) -> Result<ReadProfile, MovieknightError> {
        Ok(ReadProfile)
    }

    fn entity_tag(profile: &Profile) -> Option<EntityTag<'static>> {
        Some(user::entity_tag(profile))
    }

    fn encode(profile: Profile, media: &MediaUrls) -> Success {
        Success::of(profile, media)
    }
}
