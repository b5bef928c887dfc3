//! `GET /users/me/profile`
//!
//! <https://jitsudo-docs.pages.dev/api/operations/getuserprofile/>

use http::Method;
use manyface_core::{MediaUrls, ReadProfile};
use manyface_dialect::{Endpoint, EntityTag, Request};

use crate::{
    TenantError,
    profile::{ProfileWithImage, UserProfile, WithImage},
    tenant::MatchingTenant,
};

pub(crate) struct GetProfile;

impl Endpoint for GetProfile {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/users/me/profile";
    const ID: &'static str = "getUserProfile";

    type Input<'a> = MatchingTenant;
    type Action = WithImage<ReadProfile>;
    type Body = UserProfile;
    type Error = TenantError;

    fn decode(_: &Request, _: MatchingTenant) -> Result<WithImage<ReadProfile>, TenantError> {
        Ok(WithImage(ReadProfile))
    }

    fn entity_tag(output: &ProfileWithImage) -> Option<EntityTag<'static>> {
        Some(output.entity_tag())
    }

    fn encode(output: ProfileWithImage, _: &MediaUrls) -> UserProfile {
        output.into()
    }
}
