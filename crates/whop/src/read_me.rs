//! `GET /users/me`
//!
//! <https://docs.whop.com/api-reference/beta/users/user>

use http::Method;
use manyface_core::MediaUrls;
use manyface_dialect::{Call, Endpoint, EntityTag, NoBody, Reply};

use crate::{WhopError, access, node::Object, read_user::ShowUser, user::Shown, version::Version};

pub(crate) struct ReadMe;

impl Endpoint for ReadMe {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/users/me";
    const ID: &'static str = "retrieveCurrentUser";
    const PER_MINUTE: Option<std::num::NonZeroU32> = access::PER_MINUTE;

    type Body = NoBody;
    type Action = ShowUser;
    type Response = Object;
    type Error = WhopError;

    fn admit(call: &Call) -> Result<(), WhopError> {
        Version::of(call)?;
        access::is_user(call, "API keys have no current user")
    }

    fn decode(call: &Call, _: NoBody) -> Result<ShowUser, WhopError> {
        ShowUser::decode(call)
    }

    fn entity_tag(shown: &Shown) -> Option<EntityTag<'_>> {
        Some(shown.entity_tag())
    }

    fn encode(shown: Shown, media: &MediaUrls) -> Object {
        shown.encode(media)
    }

    fn finish(call: &Call, reply: Reply) -> Reply {
        access::versioned(call, reply)
    }
}
