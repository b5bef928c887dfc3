//! `PATCH /users/me`
//!
//! <https://docs.whop.com/api-reference/users/update-current-user>

use http::Method;
use manyface_core::MediaUrls;
use manyface_dialect::{Call, Endpoint, EntityTag, Json, Reply};

use crate::{
    WhopError, access,
    node::Object,
    request::Body,
    update_user::{self, ChangeUser},
    user::Shown,
};

pub(crate) struct UpdateMe;

impl Endpoint for UpdateMe {
    const METHOD: Method = Method::PATCH;
    const PATH: &'static str = "/users/me";
    const ID: &'static str = "updateCurrentUser";
    const SCOPES: &'static [&'static str] = &[access::PROFILE_UPDATE];
    const PER_MINUTE: Option<std::num::NonZeroU32> = access::PER_MINUTE;
    const BODY_LIMIT: usize = update_user::BODY_LIMIT;

    type Body = Json<Body>;
    type Action = ChangeUser;
    type Response = Object;
    type Error = WhopError;

    fn admit(call: &Call) -> Result<(), WhopError> {
        update_user::admit(call)
    }

    fn decode(call: &Call, Json(body): Json<Body>) -> Result<ChangeUser, WhopError> {
        ChangeUser::decode(call, body)
    }

    fn entity_tag(shown: &Shown) -> Option<EntityTag<'_>> {
        Some(shown.entity_tag())
    }

    fn is_view(call: &Call, view: &str) -> bool {
        update_user::is_view(call, view)
    }

    fn encode(shown: Shown, media: &MediaUrls) -> Object {
        shown.encode(media)
    }

    fn finish(call: &Call, reply: Reply) -> Reply {
        access::versioned(call, reply)
    }
}
