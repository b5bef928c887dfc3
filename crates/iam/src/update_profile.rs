//! `PATCH /user/profile/`
//!
//! <https://docs.aisquare.studio/api-reference/ai-square-studio-api/iam/user-profile-partial-update>

use http::Method;
use manyface_core::MediaUrls;
use manyface_dialect::{Endpoint, EntityTag, Request, expected};

use crate::{
    IamError, draft,
    problems::Layout,
    request::{HasDetails, Payload},
    responses::{PROFILE_VIEW, ProfileWithEntries, UserDetailView},
    save::SaveDraft,
};

pub(crate) struct UpdateProfile;

impl Endpoint for UpdateProfile {
    const METHOD: Method = Method::PATCH;
    const PATH: &'static str = "/user/profile/";
    const ID: &'static str = "user-profile-partial-update";
    const BODY_LIMIT: usize = crate::BODY_LIMIT;

    type Input<'a> = (HasDetails, Payload<'a>);
    type Action = SaveDraft;
    type Body = UserDetailView;
    type Error = IamError;

    fn decode(
        request: &Request,
        (HasDetails, payload): (HasDetails, Payload<'_>),
    ) -> Result<SaveDraft, IamError> {
        let (input, mut problems) = payload.in_layout(Layout::Nested);
        let draft = draft::user(&input, &mut problems);
        Ok(SaveDraft {
            draft,
            problems,
            expected: expected(&request.headers, PROFILE_VIEW),
        })
    }

    fn entity_tag(output: &ProfileWithEntries) -> Option<EntityTag<'static>> {
        Some(output.entity_tag(PROFILE_VIEW))
    }

    fn is_view(_: &Request, view: &str) -> bool {
        view == PROFILE_VIEW
    }

    fn encode(output: ProfileWithEntries, media: &MediaUrls) -> UserDetailView {
        UserDetailView::of(output, media)
    }
}
