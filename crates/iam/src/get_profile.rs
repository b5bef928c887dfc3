//! `GET /user/profile/`
//!
//! Not in the contract: every dialect of manyface also serves `GET` on the path of its update.

use http::Method;
use manyface_core::MediaUrls;
use manyface_dialect::{Endpoint, EntityTag, Request};

use crate::{
    IamError,
    request::HasDetails,
    responses::{PROFILE_VIEW, ProfileWithEntries, ReadProfileWithEntries, UserDetailView},
};

pub(crate) struct GetProfile;

impl Endpoint for GetProfile {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/user/profile/";
    const ID: &'static str = "user-profile-retrieve";

    type Input<'a> = HasDetails;
    type Action = ReadProfileWithEntries;
    type Body = UserDetailView;
    type Error = IamError;

    fn decode(_: &Request, _: HasDetails) -> Result<ReadProfileWithEntries, IamError> {
        Ok(ReadProfileWithEntries)
    }

    fn entity_tag(output: &ProfileWithEntries) -> Option<EntityTag<'static>> {
        Some(output.entity_tag(PROFILE_VIEW))
    }

    fn encode(output: ProfileWithEntries, media: &MediaUrls) -> UserDetailView {
        UserDetailView::of(output, media)
    }
}
