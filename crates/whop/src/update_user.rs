//! `PATCH /users/{id}`, and `PATCH /users/me` for the caller
//!
//! <https://docs.whop.com/api-reference/users/update-current-user>,
//! <https://docs.whop.com/api-reference/beta/users/update-user>

use std::mem;

use http::Method;
use manyface_core::{
    Action, ActionContext, Avatar, Edit, Error, Expected, Field, InAccount, MediaUrls,
    OverrideOwner, OverridePatch, ProfileOverride, ProfilePatch, ReadOverride, Result, Subject,
    UpdateOverride, UpdateProfile, Username,
};
use manyface_dialect::{Endpoint, EntityTag, Json, Request, Sent, accept, expected_in, unchanged};
use serde_json::json;

use crate::{
    WhopError,
    access::{self, NO_GLOBAL, WritesUser},
    account_names, file,
    node::Object,
    picture::{self, Found},
    request::{Body, Target, UserRequest},
    rules::{self, Null, Picture},
    user::{ShownUser, UserView},
    view::VIEWS,
};

/// The most bytes of a body: everything that a response shows may be sent back, whatever dialect wrote
/// it and however its characters are escaped.
const BODY_LIMIT: usize = 2 * 1024 * 1024;

pub(crate) struct UpdateUser;

impl Endpoint for UpdateUser {
    const METHOD: Method = Method::PATCH;
    const PATH: &'static str = "/users/{id}";
    const ID: &'static str = "updateUser";
    const SCOPES: &'static [&'static str] = &[access::PROFILE_UPDATE];
    const PER_MINUTE: Option<std::num::NonZeroU32> = access::PER_MINUTE;
    const BODY_LIMIT: usize = BODY_LIMIT;

    type Input<'a> = (WritesUser, Json<Body>);
    type Action = ChangeUser;
    type Body = Object;
    type Error = WhopError;

    fn decode(
        request: &Request,
        (WritesUser, Json(body)): (WritesUser, Json<Body>),
    ) -> Result<ChangeUser, WhopError> {
        ChangeUser::decode(request, body)
    }

    fn entity_tag(shown: &ShownUser) -> Option<EntityTag<'_>> {
        Some(shown.entity_tag())
    }

    /// The view is what a `GET` of the same URL shows.
    fn is_view(request: &Request, view: &str) -> bool {
        let own = UserRequest::read(request).and_then(|user_request| {
            let target = Target::of(request);
            UserView::of_read(
                request,
                &target,
                user_request.account,
                user_request.include_balance,
            )
        });
        own.is_ok_and(|own| own.is_called(view))
    }

    fn encode(shown: ShownUser, media: &MediaUrls) -> Object {
        shown.encode(media)
    }
}

/// Changes a user's profile, or what an account shows of it.
pub(crate) struct ChangeUser {
    target: Target,
    username: Option<Username>,
    patch: OverridePatch,
    picture: Option<Picture>,
    /// The values that are accepted only if they are what the view shows.
    sent: Vec<Sent>,
    expected: Expected,
    view: UserView,
}

impl ChangeUser {
    pub(crate) fn decode(request: &Request, body: Body) -> Result<Self, WhopError> {
        if body.names_account {
            return Err(account_names::rejection());
        }
        let user_request = UserRequest::with_body(request, body)?;
        let is_key = matches!(request.caller.subject, Subject::ApiKey(_));
        if is_key && user_request.account.is_none() {
            let sentence = format!("{NO_GLOBAL}; account_id is required");
            return Err(WhopError::Invalid(vec![sentence]));
        }
        let in_account = user_request.account.is_some();
        let null = if in_account || user_request.null_clears {
            Null::Clears
        } else {
            Null::Rejected
        };
        let mut sent = Vec::new();
        let name = rules::read(
            Field::DisplayName,
            &user_request.name,
            null,
            rules::name,
            &mut sent,
        );
        let bio = rules::read(Field::Bio, &user_request.bio, null, rules::bio, &mut sent);
        let username = user_request.username;
        let username = if in_account && !username.is_keep() {
            let rejected = Err("cannot be set for an account".to_owned());
            accept(Field::Username, rejected, || (&username).into(), &mut sent)
        } else {
            let rule = rules::username;
            rules::read(Field::Username, &username, Null::Rejected, rule, &mut sent)
        };
        let picture = rules::picture(&user_request.profile_picture, null, &mut sent);
        let (avatar, picture) = match picture {
            Edit::Keep => (Edit::Keep, None),
            Edit::Clear => (Edit::Clear, None),
            Edit::Set(picture) => (Edit::Keep, Some(picture)),
        };
        let target = Target::of(request);
        let view = UserView::of_read(
            request,
            &target,
            user_request.account,
            user_request.include_balance,
        )?;
        Ok(Self {
            target,
            username: match username {
                Edit::Set(username) => Some(username),
                Edit::Keep | Edit::Clear => None,
            },
            patch: OverridePatch {
                display_name: name,
                bio,
                avatar,
            },
            picture,
            sent,
            expected: expected_in(&request.headers, |tag| view.is_called(tag)),
            view,
        })
    }

    /// Returns the owner of the changed override, or `None` for the caller's own profile.
    fn owner(&self, context: ActionContext<'_>) -> Result<Option<OverrideOwner>> {
        if let Some(account) = &self.view.account {
            return self.target.clone().in_account(context, account).map(Some);
        }
        let is_own = match &self.target {
            Target::Me => true,
            Target::User(who) => context.principal()?.own(who).is_some(),
            Target::NoUser => false,
        };
        is_own.then_some(None).ok_or(Error::Forbidden(Vec::new()))
    }
}

impl Action for ChangeUser {
    type Output = ShownUser;
    type Error = Error;

    fn checks_caller(&self) -> bool {
        self.target == Target::Me && self.picture.is_none()
    }

    async fn run(mut self, context: ActionContext<'_>) -> Result<ShownUser> {
        let owner = self.owner(context)?;
        self.check_sent(context, owner.as_ref()).await?;
        let mut given = None;
        if let Some(picture) = self.picture.take() {
            let found = picture::find(context, picture, &file::creator(context)?).await?;
            let current = self.current_avatar(context, owner.as_ref(), &found).await?;
            self.patch.avatar = Edit::Set(found.avatar(current.as_ref())?);
            given = Some(found.upload.id.into());
        }
        self.write(context, owner, given).await
    }
}

impl ChangeUser {
    /// Accepts the values that break a rule if they are what the view shows: they are no change.
    async fn check_sent(
        &mut self,
        context: ActionContext<'_>,
        owner: Option<&OverrideOwner>,
    ) -> Result<()> {
        if self.sent.is_empty() {
            return Ok(());
        }
        let (profile, in_account) = self.current(context, owner).await?;
        let shown = ShownUser::new(profile, in_account, self.view.clone());
        let shown = json!(shown.encode(context.media_urls()));
        unchanged(&VIEWS[1], &shown, mem::take(&mut self.sent))?;
        Ok(())
    }

    /// The profile, and the account's overrides.
    async fn current(
        &self,
        context: ActionContext<'_>,
        owner: Option<&OverrideOwner>,
    ) -> Result<InAccount> {
        let (Some(owner), Some(account)) = (owner.cloned(), self.view.account.clone()) else {
            return Ok((context.find_own().await?, ProfileOverride::default()));
        };
        ReadOverride { owner, account }.run(context).await
    }

    async fn write(
        self,
        context: ActionContext<'_>,
        owner: Option<OverrideOwner>,
        upload: Option<Box<str>>,
    ) -> Result<ShownUser> {
        let Self {
            target: _,
            username,
            patch,
            picture: _,
            sent: _,
            expected,
            view,
        } = self;
        let (Some(owner), Some(account)) = (owner, view.account.clone()) else {
            let OverridePatch {
                display_name,
                bio,
                avatar,
            } = patch;
            let update = UpdateProfile {
                patch: ProfilePatch {
                    username,
                    display_name,
                    bio,
                    avatar,
                    ..ProfilePatch::default()
                },
                picture: None,
                upload,
                expected,
                existing_names: Vec::new(),
            };
            let profile = update.run(context).await?;
            return Ok(ShownUser::of_write(
                profile,
                ProfileOverride::default(),
                view,
            ));
        };
        let update = UpdateOverride {
            owner,
            account,
            patch,
            upload,
            expected,
        };
        let (profile, shown) = update.run(context).await?;
        Ok(ShownUser::of_write(profile, shown, view))
    }

    /// The avatar that is there already, where it matters.
    async fn current_avatar(
        &self,
        context: ActionContext<'_>,
        owner: Option<&OverrideOwner>,
        found: &Found,
    ) -> Result<Option<Avatar>> {
        if !found.upload.is_used {
            return Ok(None);
        }
        let (profile, in_account) = self.current(context, owner).await?;
        Ok(match owner {
            Some(_) => in_account.avatar,
            None => profile.avatar,
        })
    }
}
