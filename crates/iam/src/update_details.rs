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
    request::{OwnDetail, Payload},
    save::Save,
    shown::{DETAILS_VIEW, ShownProfile, UserDetail},
};

pub(crate) struct UpdateDetails;

impl Endpoint for UpdateDetails {
    const METHOD: Method = Method::PATCH;
    const PATH: &'static str = "/iamuserdetails/me/";
    const ID: &'static str = "iamuserdetails-me-partial-update";
    const BODY_LIMIT: usize = crate::BODY_LIMIT;

    type Input<'a> = (OwnDetail, Payload<'a>);
    type Action = Save;
    type Body = UserDetail;
    type Error = IamError;

    fn decode(
        request: &Request,
        (OwnDetail, payload): (OwnDetail, Payload<'_>),
    ) -> Result<Save, IamError> {
        let (data, mut problems) = payload.in_layout(Layout::Flat);
        let mut draft = Draft::default();
        draft::details(&data, &mut draft, &mut problems);
        Ok(Save {
            draft,
            problems,
            expected: expected(&request.headers, DETAILS_VIEW),
        })
    }

    fn entity_tag(shown: &ShownProfile) -> Option<EntityTag<'static>> {
        Some(shown.entity_tag(DETAILS_VIEW))
    }

    fn is_view(_: &Request, view: &str) -> bool {
        view == DETAILS_VIEW
    }

    fn encode(shown: ShownProfile, media: &MediaUrls) -> UserDetail {
        UserDetail::of(shown, media)
    }
}
