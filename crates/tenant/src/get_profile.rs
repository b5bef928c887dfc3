//! `GET /users/me/profile`
//!
//! <https://jitsudo-docs.pages.dev/api/operations/getuserprofile/>

use http::Method;
use manyface_core::{MediaUrls, ReadProfile};
use manyface_dialect::{Call, Endpoint, EntityTag};

use crate::{
    TenantError,
    profile::{Shown, UserProfile, WithPicture},
    tenant::InTenant,
};

pub(crate) struct GetProfile;

impl Endpoint for GetProfile {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/users/me/profile";
    const ID: &'static str = "getUserProfile";

    type Input<'a> = InTenant;
    type Action = WithPicture<ReadProfile>;
    type Response = UserProfile;
    type Error = TenantError;

    fn decode(_: &Call, _: InTenant) -> Result<WithPicture<ReadProfile>, TenantError> {
        Ok(WithPicture(ReadProfile))
    }

    fn entity_tag(shown: &Shown) -> Option<EntityTag<'static>> {
        Some(shown.entity_tag())
    }

    fn encode(shown: Shown, _: &MediaUrls) -> UserProfile {
        shown.into()
    }
}
