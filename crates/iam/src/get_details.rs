//! `GET /iamuserdetails/me/`
//!
//! <https://docs.aisquare.studio/api-reference/ai-square-studio-api/iam/iamuserdetails-me-partial-update>

use http::Method;
use manyface_core::MediaUrls;
use manyface_dialect::{Endpoint, EntityTag, Request};

use crate::{
    IamError,
    request::HasDetails,
    responses::{DETAILS_VIEW, ProfileWithEntries, ReadProfileWithEntries, UserDetail},
};

pub(crate) struct GetDetails;

impl Endpoint for GetDetails {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/iamuserdetails/me/";
    const ID: &'static str = "iamuserdetails-me-retrieve";

    type Input<'a> = HasDetails;
    type Action = ReadProfileWithEntries;
    type Body = UserDetail;
    type Error = IamError;

    fn decode(_: &Request, _: HasDetails) -> Result<ReadProfileWithEntries, IamError> {
        Ok(ReadProfileWithEntries)
    }

    fn entity_tag(output: &ProfileWithEntries) -> Option<EntityTag<'static>> {
        Some(output.entity_tag(DETAILS_VIEW))
    }

    fn encode(output: ProfileWithEntries, media: &MediaUrls) -> UserDetail {
        UserDetail::of(output, media)
    }
}
