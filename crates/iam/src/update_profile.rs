//! `PATCH /user/profile/`
//!
//! <https://docs.aisquare.studio/api-reference/ai-square-studio-api/iam/user-profile-partial-update>

use http::Method;
use manyface_core::MediaUrls;
use manyface_dialect::{Endpoint, EntityTag, Request, expected};

use crate::{
    IamError, draft,
    problems::Layout,
    request::{OwnDetail, Payload},
    save::Save,
    shown::{PROFILE_VIEW, ShownProfile, UserDetailView},
};

pub(crate) struct UpdateProfile;

impl Endpoint for UpdateProfile {
    const METHOD: Method = Method::PATCH;
    const PATH: &'static str = "/user/profile/";
    const ID: &'static str = "user-profile-partial-update";
    const BODY_LIMIT: usize = crate::BODY_LIMIT;

    type Input<'a> = (OwnDetail, Payload<'a>);
    type Action = Save;
    type Body = UserDetailView;
    type Error = IamError;

    fn decode(
        request: &Request,
        (OwnDetail, payload): (OwnDetail, Payload<'_>),
    ) -> Result<Save, IamError> {
        let (data, mut problems) = payload.in_layout(Layout::Nested);
        let draft = draft::user(&data, &mut problems);
        Ok(Save {
            draft,
            problems,
            expected: expected(&request.headers, PROFILE_VIEW),
        })
    }

    fn entity_tag(shown: &ShownProfile) -> Option<EntityTag<'static>> {
        Some(shown.entity_tag(PROFILE_VIEW))
    }

    fn is_view(_: &Request, view: &str) -> bool {
        view == PROFILE_VIEW
    }

    fn encode(shown: ShownProfile, media: &MediaUrls) -> UserDetailView {
        UserDetailView::of(shown, media)
    }
}
