//! `PATCH /iamuserdetails/me/`
//!
//! <https://docs.aisquare.studio/api-reference/ai-square-studio-api/iam/iamuserdetails-me-partial-update>

use http::{Method, StatusCode};
use manyface_core::MediaUrls;
use manyface_dialect::{Call, Endpoint, EntityTag, NoBody, expected};

use crate::{
    IamError,
    draft::{self, Draft},
    problems::{Layout, Problems},
    request,
    save::{Save, Saved},
    shown::{DETAILS_VIEW, UserDetail},
    written::Written,
};

pub(crate) struct UpdateDetails;

impl Endpoint for UpdateDetails {
    const METHOD: Method = Method::PATCH;
    const PATH: &'static str = "/iamuserdetails/me/";
    const ID: &'static str = "iamuserdetails-me-partial-update";
    const BODY_LIMIT: usize = crate::BODY_LIMIT;

    type Body = NoBody;
    type Action = Save;
    type Response = Written<UserDetail>;
    type Error = IamError;

    fn decode(call: &Call, _: NoBody) -> Result<Save, IamError> {
        call.caller.profile().ok_or(IamError::NoDetail)?;
        let mut problems = Problems::new(Layout::Flat);
        let data = request::body(call, &mut problems)?;
        let mut draft = Draft::default();
        draft::details(&data, &mut draft, &mut problems);
        Ok(Save {
            draft,
            problems,
            expected: expected(&call.headers, DETAILS_VIEW),
        })
    }

    fn status(saved: &Saved) -> StatusCode {
        Written::<UserDetail>::status(saved)
    }

    fn entity_tag(saved: &Saved) -> Option<EntityTag<'static>> {
        let shown = saved.as_ref().ok()?;
        Some(shown.entity_tag(DETAILS_VIEW))
    }

    fn is_view(_: &Call, view: &str) -> bool {
        view == DETAILS_VIEW
    }

    fn encode(saved: Saved, media: &MediaUrls) -> Written<UserDetail> {
        Written::of(saved, |shown| UserDetail::of(shown, media))
    }
}
