//! `PATCH /user/profile/`
//!
//! <https://docs.aisquare.studio/api-reference/ai-square-studio-api/iam/user-profile-partial-update>

use http::{Method, StatusCode};
use manyface_core::MediaUrls;
use manyface_dialect::{Call, Endpoint, EntityTag, NoBody, expected};

use crate::{
    IamError, draft,
    problems::{Layout, Problems},
    request,
    save::{Save, Saved},
    shown::{PROFILE_VIEW, UserDetailView},
    written::Written,
};

pub(crate) struct UpdateProfile;

impl Endpoint for UpdateProfile {
    const METHOD: Method = Method::PATCH;
    const PATH: &'static str = "/user/profile/";
    const ID: &'static str = "user-profile-partial-update";
    const BODY_LIMIT: usize = crate::BODY_LIMIT;

    type Body = NoBody;
    type Action = Save;
    type Response = Written<UserDetailView>;
    type Error = IamError;

    fn decode(call: &Call, _: NoBody) -> Result<Save, IamError> {
        call.caller.profile().ok_or(IamError::NoDetail)?;
        let mut problems = Problems::new(Layout::Nested);
        let data = request::body(call, &mut problems)?;
        let draft = draft::user(&data, &mut problems);
        Ok(Save {
            draft,
            problems,
            expected: expected(&call.headers, PROFILE_VIEW),
        })
    }

    fn status(saved: &Saved) -> StatusCode {
        Written::<UserDetailView>::status(saved)
    }

    fn entity_tag(saved: &Saved) -> Option<EntityTag<'static>> {
        let shown = saved.as_ref().ok()?;
        Some(shown.entity_tag(PROFILE_VIEW))
    }

    fn is_view(_: &Call, view: &str) -> bool {
        view == PROFILE_VIEW
    }

    fn encode(saved: Saved, media: &MediaUrls) -> Written<UserDetailView> {
        Written::of(saved, |shown| UserDetailView::of(shown, media))
    }
}
