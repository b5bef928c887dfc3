//! `GET /user/profile/`
//!
//! Not documented; every dialect of manyface reads what it writes.

use http::Method;
use manyface_core::MediaUrls;
use manyface_dialect::{Call, Endpoint, EntityTag, NoBody};

use crate::{
    IamError,
    read::Read,
    shown::{PROFILE_VIEW, Shown, UserDetailView},
};

pub(crate) struct GetProfile;

impl Endpoint for GetProfile {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/user/profile/";
    const ID: &'static str = "user-profile-retrieve";

    type Body = NoBody;
    type Action = Read;
    type Response = UserDetailView;
    type Error = IamError;

    fn decode(call: &Call, _: NoBody) -> Result<Read, IamError> {
        call.caller.profile().ok_or(IamError::NoDetail)?;
        Ok(Read)
    }

    fn entity_tag(shown: &Shown) -> Option<EntityTag<'static>> {
        Some(shown.entity_tag(PROFILE_VIEW))
    }

    fn encode(shown: Shown, media: &MediaUrls) -> UserDetailView {
        UserDetailView::of(shown, media)
    }
}
