//! `GET /users/{id}`, and `GET /users/me` for the caller
//!
//! <https://docs.whop.com/api-reference/beta/users/user>

use http::Method;
use manyface_core::{
    Action, ActionContext, Error, MediaUrls, ProfileOverride, ReadOverride, Result,
};
use manyface_dialect::{Endpoint, EntityTag, Request};

use crate::{
    WhopError,
    access::{self, ReadsUser},
    node::Object,
    request::{Target, UserRequest},
    user::{ShownUser, UserView},
};

pub(crate) struct ReadUser;

impl Endpoint for ReadUser {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/users/{id}";
    const ID: &'static str = "retrieveUser";
    const PER_MINUTE: Option<std::num::NonZeroU32> = access::PER_MINUTE;

    type Input<'a> = ReadsUser;
    type Action = ShowUser;
    type Body = Object;
    type Error = WhopError;

    fn decode(request: &Request, _: ReadsUser) -> Result<ShowUser, WhopError> {
        ShowUser::decode(request)
    }

    fn entity_tag(shown: &ShownUser) -> Option<EntityTag<'_>> {
        Some(shown.entity_tag())
    }

    fn encode(shown: ShownUser, media: &MediaUrls) -> Object {
        shown.encode(media)
    }
}

/// Reads a user's profile, perhaps as an account shows it.
///
/// What others see of a user is seen within the tenant only. What an account shows is seen by the
/// user and by the account's own program.
pub(crate) struct ShowUser {
    target: Target,
    view: UserView,
}

impl ShowUser {
    pub(crate) fn decode(request: &Request) -> Result<Self, WhopError> {
        let user_request = UserRequest::read(request)?;
        let target = Target::of(request);
        let view = UserView::of_read(
            request,
            &target,
            user_request.account,
            user_request.include_balance,
        )?;
        Ok(Self { target, view })
    }
}

impl Action for ShowUser {
    type Output = ShownUser;
    type Error = Error;

    fn checks_caller(&self) -> bool {
        self.target == Target::Me
    }

    async fn run(self, context: ActionContext<'_>) -> Result<ShownUser> {
        let Self { target, view } = self;
        let (profile, in_account) = if let Some(account) = view.account.clone() {
            let owner = target.in_account(context, &account)?;
            ReadOverride { owner, account }.run(context).await?
        } else {
            let profile = match target {
                Target::Me => context.read_own().await?,
                Target::User(who) => context.read(&who).await?,
                Target::NoUser => return Err(Error::NotFound),
            };
            (profile, ProfileOverride::default())
        };
        Ok(ShownUser::new(profile, in_account, view))
    }
}
