//! `GET /users/me/profile`
//!
//! <https://jitsudo-docs.pages.dev/api/operations/getuserprofile/>

use http::Method;
use manyface_core::{MediaUrls, ReadProfile};
use manyface_dialect::{Endpoint, EntityTag, Request};

use crate::{
    TenantError,
    profile::{ShownProfile, UserProfile, WithPicture},
    tenant::InTenant,
};

pub(crate) struct GetProfile;

impl Endpoint for GetProfile {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/users/me/profile";
    const ID: &'static str = "getUserProfile";

    type Input<'a> = InTenant;
    type Action = WithPicture<ReadProfile>;
    type Body = UserProfile;
    type Error = TenantError;

    fn decode(_: &Request, _: InTenant) -> Result<WithPicture<ReadProfile>, TenantError> {
        Ok(WithPicture(ReadProfile))
    }

    fn entity_tag(shown: &ShownProfile) -> Option<EntityTag<'static>> {
        Some(shown.entity_tag())
    }

    fn encode(shown: ShownProfile, _: &MediaUrls) -> UserProfile {
        shown.into()
    }
}
