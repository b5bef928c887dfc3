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
    access::{self, CanReadUser},
    changes,
    node::Object,
    target::Target,
    user_view::{UserOutput, UserView},
};

pub(crate) struct ReadUser;

impl Endpoint for ReadUser {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/users/{id}";
    const ID: &'static str = "retrieveUser";
    const PER_MINUTE: Option<std::num::NonZeroU32> = access::PER_MINUTE;

    type Input<'a> = CanReadUser;
    type Action = ReadUserAction;
    type Body = Object;
    type Error = WhopError;

    fn decode(request: &Request, _: CanReadUser) -> Result<ReadUserAction, WhopError> {
        ReadUserAction::decode(request)
    }

    fn entity_tag(output: &UserOutput) -> Option<EntityTag<'_>> {
        Some(output.entity_tag())
    }

    fn encode(output: UserOutput, media: &MediaUrls) -> Object {
        output.encode(media)
    }
}

/// Reads the profile of a user, with the overrides of an account if one is named.
///
/// The public profile is visible within the tenant. The overrides of an account are visible to the
/// user and to the API keys of the account.
pub(crate) struct ReadUserAction {
    target: Target,
    view: UserView,
}

impl ReadUserAction {
    pub(crate) fn decode(request: &Request) -> Result<Self, WhopError> {
        let user_request = changes::read_request(request)?;
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

impl Action for ReadUserAction {
    type Output = UserOutput;
    type Error = Error;

    fn checks_caller(&self) -> bool {
        self.target == Target::Me
    }

    async fn run(self, context: ActionContext<'_>) -> Result<UserOutput> {
        let Self { target, view } = self;
        let (profile, in_account) = if let Some(account) = view.account.clone() {
            let owner = target.override_owner(context, &account)?;
            ReadOverride { owner, account }.run(context).await?
        } else {
            let profile = match target {
                Target::Me => context.read_own().await?,
                Target::User(user) => context.read(&user).await?,
                Target::NoUser => return Err(Error::NotFound),
            };
            (profile, ProfileOverride::default())
        };
        Ok(UserOutput::new(profile, in_account, view))
    }
}
