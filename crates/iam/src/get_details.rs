//! `GET /iamuserdetails/me/`
//!
//! <https://docs.aisquare.studio/api-reference/ai-square-studio-api/iam/iamuserdetails-me-partial-update>

use http::Method;
use manyface_core::MediaUrls;
use manyface_dialect::{Endpoint, EntityTag, Request};

use crate::{
    IamError,
    request::OwnDetail,
    shown::{DETAILS_VIEW, Read, ShownProfile, UserDetail},
};

pub(crate) struct GetDetails;

impl Endpoint for GetDetails {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/iamuserdetails/me/";
    const ID: &'static str = "iamuserdetails-me-retrieve";

    type Input<'a> = OwnDetail;
    type Action = Read;
    type Body = UserDetail;
    type Error = IamError;

    fn decode(_: &Request, _: OwnDetail) -> Result<Read, IamError> {
        Ok(Read)
    }

    fn entity_tag(shown: &ShownProfile) -> Option<EntityTag<'static>> {
        Some(shown.entity_tag(DETAILS_VIEW))
    }

    fn encode(shown: ShownProfile, media: &MediaUrls) -> UserDetail {
        UserDetail::of(shown, media)
    }
}
