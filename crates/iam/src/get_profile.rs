//! `GET /user/profile/`
//!
//! Not documented; every dialect of manyface reads what it writes.

use http::Method;
use manyface_core::MediaUrls;
use manyface_dialect::{Endpoint, EntityTag, Request};

use crate::{
    IamError,
    request::OwnDetail,
    shown::{PROFILE_VIEW, Read, ShownProfile, UserDetailView},
};

pub(crate) struct GetProfile;

impl Endpoint for GetProfile {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/user/profile/";
    const ID: &'static str = "user-profile-retrieve";

    type Input<'a> = OwnDetail;
    type Action = Read;
    type Body = UserDetailView;
    type Error = IamError;

    fn decode(_: &Request, _: OwnDetail) -> Result<Read, IamError> {
        Ok(Read)
    }

    fn entity_tag(shown: &ShownProfile) -> Option<EntityTag<'static>> {
        Some(shown.entity_tag(PROFILE_VIEW))
    }

    fn encode(shown: ShownProfile, media: &MediaUrls) -> UserDetailView {
        UserDetailView::of(shown, media)
    }
}
