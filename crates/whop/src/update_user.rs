//! `PATCH /users/{id}`, and `PATCH /users/me` for the caller
//!
//! <https://docs.whop.com/api-reference/users/update-current-user>,
//! <https://docs.whop.com/api-reference/beta/users/update-user>

use std::mem;

use http::Method;
use manyface_core::{
    Action, ActionContext, Avatar, Edit, Error, Expected, Field, MediaUrls, OverrideOwner,
    OverridePatch, ProfileInAccount, ProfileOverride, ProfilePatch, ReadOverride, Result, Subject,
    UpdateOverride, UpdateProfile, Username,
};
use manyface_dialect::{Endpoint, EntityTag, Json, Request, Sent, accept, expected_in, unchanged};
use serde_json::json;

use crate::{
    WhopError,
    access::{self, CanWriteUser, NO_GLOBAL},
    account_keys, changes, file,
    node::Object,
    request::Body,
    rules::{self, Null, UploadReference},
    target::Target,
    upload_reference::{self, UsableUpload},
    user_view::{UserOutput, UserView},
    view::VIEWS,
};

/// The maximum length of a body, in bytes. Every value of a response may be sent back, including those
/// written through other dialects, with all characters escaped.
const BODY_LIMIT: usize = 2 * 1024 * 1024;

pub(crate) struct UpdateUser;

impl Endpoint for UpdateUser {
    const METHOD: Method = Method::PATCH;
    const PATH: &'static str = "/users/{id}";
    const ID: &'static str = "updateUser";
    const SCOPES: &'static [&'static str] = &[access::PROFILE_UPDATE];
    const PER_MINUTE: Option<std::num::NonZeroU32> = access::PER_MINUTE;
    const BODY_LIMIT: usize = BODY_LIMIT;

    type Input<'a> = (CanWriteUser, Json<Body>);
    type Action = UpdateUserAction;
    type Body = Object;
    type Error = WhopError;

    fn decode(
        request: &Request,
        (CanWriteUser, Json(body)): (CanWriteUser, Json<Body>),
    ) -> Result<UpdateUserAction, WhopError> {
        UpdateUserAction::decode(request, body)
    }

    fn entity_tag(output: &UserOutput) -> Option<EntityTag<'_>> {
        Some(output.entity_tag())
    }

    /// Returns whether `view` is the view that a `GET` of the same URL returns.
    fn is_view(request: &Request, view: &str) -> bool {
        let expected = changes::read_request(request).and_then(|user_request| {
            let target = Target::of(request);
            UserView::of_read(
                request,
                &target,
                user_request.account,
                user_request.include_balance,
            )
        });
        expected.is_ok_and(|expected| expected.matches_tag(view))
    }

    fn encode(output: UserOutput, media: &MediaUrls) -> Object {
        output.encode(media)
    }
}

/// Updates a user's profile, or the overrides of an account.
pub(crate) struct UpdateUserAction {
    target: Target,
    username: Option<Username>,
    patch: OverridePatch,
    image: Option<UploadReference>,
    /// The values that are accepted only if the view returns them.
    sent: Vec<Sent>,
    expected: Expected,
    view: UserView,
}

impl UpdateUserAction {
    pub(crate) fn decode(request: &Request, body: Body) -> Result<Self, WhopError> {
        if body.refers_to_account {
            return Err(account_keys::rejection());
        }
        let user_request = changes::read_request_with(request, body)?;
        let is_key = matches!(request.caller.subject, Subject::ApiKey(_));
        if is_key && user_request.account.is_none() {
            let message = format!("{NO_GLOBAL}; account_id is required");
            return Err(WhopError::Invalid(vec![message]));
        }
        let is_override = user_request.account.is_some();
        let null = if is_override || user_request.null_clears {
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
        let username = if is_override && !username.is_keep() {
            let rejected = Err("cannot be set for an account".to_owned());
            accept(Field::Username, rejected, || (&username).into(), &mut sent)
        } else {
            let rule = rules::username;
            rules::read(Field::Username, &username, Null::Rejected, rule, &mut sent)
        };
        let image = rules::profile_picture(&user_request.profile_picture, null, &mut sent);
        let (avatar, image) = match image {
            Edit::Keep => (Edit::Keep, None),
            Edit::Clear => (Edit::Clear, None),
            Edit::Set(reference) => (Edit::Keep, Some(reference)),
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
            image,
            sent,
            expected: expected_in(&request.headers, |tag| view.matches_tag(tag)),
            view,
        })
    }

    /// Returns the owner of the changed override, or `None` for the caller's own profile.
    fn owner(&self, context: ActionContext<'_>) -> Result<Option<OverrideOwner>> {
        if let Some(account) = &self.view.account {
            return self
                .target
                .clone()
                .override_owner(context, account)
                .map(Some);
        }
        let is_own = match &self.target {
            Target::Me => true,
            Target::User(user) => context.principal()?.own(user).is_some(),
            Target::NoUser => false,
        };
        is_own.then_some(None).ok_or(Error::Forbidden(Vec::new()))
    }
}

impl Action for UpdateUserAction {
    type Output = UserOutput;
    type Error = Error;

    fn checks_caller(&self) -> bool {
        self.target == Target::Me && self.image.is_none()
    }

    async fn run(mut self, context: ActionContext<'_>) -> Result<UserOutput> {
        let owner = self.owner(context)?;
        self.check_sent(context, owner.as_ref()).await?;
        let mut used_upload = None;
        if let Some(reference) = self.image.take() {
            let upload =
                upload_reference::find(context, reference, &file::creator(context)?).await?;
            let current = self
                .current_avatar(context, owner.as_ref(), &upload)
                .await?;
            self.patch.avatar = Edit::Set(upload.avatar(current.as_ref())?);
            used_upload = Some(upload.upload.id.into());
        }
        self.write(context, owner, used_upload).await
    }
}

impl UpdateUserAction {
    /// Accepts invalid values that the view returns, because they are not changed.
    async fn check_sent(
        &mut self,
        context: ActionContext<'_>,
        owner: Option<&OverrideOwner>,
    ) -> Result<()> {
        if self.sent.is_empty() {
            return Ok(());
        }
        let (profile, overrides) = self.current(context, owner).await?;
        let output = UserOutput::new(profile, overrides, self.view.clone());
        let current = json!(output.encode(context.media_urls()));
        unchanged(&VIEWS[1], &current, mem::take(&mut self.sent))?;
        Ok(())
    }

    /// Reads the profile and the overrides of the account.
    async fn current(
        &self,
        context: ActionContext<'_>,
        owner: Option<&OverrideOwner>,
    ) -> Result<ProfileInAccount> {
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
    ) -> Result<UserOutput> {
        let Self {
            target: _,
            username,
            patch,
            image: _,
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
            return Ok(UserOutput::of_write(
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
        let (profile, overrides) = update.run(context).await?;
        Ok(UserOutput::of_write(profile, overrides, view))
    }

    /// Reads the current avatar if the upload was used already.
    async fn current_avatar(
        &self,
        context: ActionContext<'_>,
        owner: Option<&OverrideOwner>,
        upload: &UsableUpload,
    ) -> Result<Option<Avatar>> {
        if !upload.upload.is_used {
            return Ok(None);
        }
        let (profile, overrides) = self.current(context, owner).await?;
        Ok(match owner {
            Some(_) => overrides.avatar,
            None => profile.avatar,
        })
    }
}
