//! `PATCH /iamuserdetails/me/`
//!
//! <https://docs.aisquare.studio/api-reference/ai-square-studio-api/iam/iamuserdetails-me-partial-update>

use http::Method;
use manyface_core::MediaUrls;
use manyface_dialect::{Endpoint, EntityTag, Request, expected};

use crate::{
    IamError,
    draft::{self, Draft},
    problems::Layout,
    request::{HasDetails, Payload},
    responses::{DETAILS_VIEW, ProfileWithEntries, UserDetail},
    save::SaveDraft,
};

pub(crate) struct UpdateDetails;

impl Endpoint for UpdateDetails {
    const METHOD: Method = Method::PATCH;
    const PATH: &'static str = "/iamuserdetails/me/";
    const ID: &'static str = "iamuserdetails-me-partial-update";
    const BODY_LIMIT: usize = crate::BODY_LIMIT;

    type Input<'a> = (HasDetails, Payload<'a>);
    type Action = SaveDraft;
    type Body = UserDetail;
    type Error = IamError;

    fn decode(
        request: &Request,
        (HasDetails, payload): (HasDetails, Payload<'_>),
    ) -> Result<SaveDraft, IamError> {
        let (input, mut problems) = payload.in_layout(Layout::Flat);
        let mut draft = Draft::default();
        draft::details(&input, &mut draft, &mut problems);
        Ok(SaveDraft {
            draft,
            problems,
            expected: expected(&request.headers, DETAILS_VIEW),
        })
    }

    fn entity_tag(output: &ProfileWithEntries) -> Option<EntityTag<'static>> {
        Some(output.entity_tag(DETAILS_VIEW))
    }

    fn is_view(_: &Request, view: &str) -> bool {
        view == DETAILS_VIEW
    }

    fn encode(output: ProfileWithEntries, media: &MediaUrls) -> UserDetail {
        UserDetail::of(output, media)
    }
}
