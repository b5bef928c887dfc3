//! `PATCH /users/{id}`
//!
//! <https://docs.whop.com/api-reference/beta/users/update-user>

use http::Method;
use manyface_core::{
    Action, Avatar, Creator, Edit, Error, Expected, Field, MediaUrls, OverridePatch,
    ProfileOverride, ProfilePatch, ProfileRef, Result, Session, Subject, UpdateOverride,
    UpdateProfile, Username,
};
use manyface_dialect::{Call, Endpoint, EntityTag, Json, Reply, expected_in};

use crate::{
    WhopError, access,
    node::Object,
    picture::{self, Found},
    read_user::{named, own_profile},
    request::{Body, Request, Target},
    rules::{self, Null, Picture},
    user::{Shown, View},
    version::Version,
};

/// The page's words.
const NO_GLOBAL: &str = "API keys cannot update a global profile";

pub(crate) struct UpdateUser;

impl Endpoint for UpdateUser {
    const METHOD: Method = Method::PATCH;
    const PATH: &'static str = "/users/{id}";
    const ID: &'static str = "updateUser";
    const SCOPES: &'static [&'static str] = &[access::PROFILE_UPDATE];
    const PER_MINUTE: Option<std::num::NonZeroU32> = access::PER_MINUTE;

    type Body = Json<Body>;
    type Action = ChangeUser;
    type Response = Object;
    type Error = WhopError;

    fn admit(call: &Call) -> Result<(), WhopError> {
        admit(call)
    }

    fn decode(call: &Call, Json(body): Json<Body>) -> Result<ChangeUser, WhopError> {
        ChangeUser::decode(call, body)
    }

    fn entity_tag(shown: &Shown) -> Option<EntityTag<'_>> {
        Some(shown.entity_tag())
    }

    fn encode(shown: Shown, media: &MediaUrls) -> Object {
        shown.encode(media)
    }

    fn refuse(call: &Call, error: Error) -> WhopError {
        refuse(call, error)
    }

    fn finish(call: &Call, reply: Reply) -> Reply {
        access::versioned(call, reply)
    }
}

/// A version that is known, a credential that can have a profile at all, and then the scope.
pub(crate) fn admit(call: &Call) -> Result<(), WhopError> {
    Version::of(call)?;
    if Target::of(call) == Target::Me {
        access::is_user(call, NO_GLOBAL)?;
    }
    access::may_write(call)
}

/// A user writes to their own profile only: where there is none, their credential proves nothing.
pub(crate) fn refuse(call: &Call, error: Error) -> WhopError {
    match (error, &call.caller.subject) {
        (Error::NotFound, Subject::User(_)) => WhopError::gone(),
        (error, Subject::User(_) | Subject::ApiKey(_) | Subject::Nobody) => error.into(),
    }
}

/// Changes a user's profile, or what an account shows of it.
pub(crate) struct ChangeUser {
    target: Target,
    username: Option<Username>,
    patch: OverridePatch,
    picture: Option<Picture>,
    expected: Expected,
    view: View,
}

impl ChangeUser {
    pub(crate) fn decode(call: &Call, body: Body) -> Result<Self, WhopError> {
        let request = Request::with_body(call, body)?;
        let is_key = matches!(call.caller.subject, Subject::ApiKey(_));
        if is_key && request.account.is_none() {
            let sentence = format!("{NO_GLOBAL}; account_id is required");
            return Err(WhopError::Invalid(vec![sentence]));
        }
        let in_account = request.account.is_some();
        let null = if in_account || request.null_clears {
            Null::Clears
        } else {
            Null::Refused
        };
        let mut refused = Vec::new();
        let name = rules::read(
            Field::DisplayName,
            request.name,
            null,
            rules::name,
            &mut refused,
        );
        let bio = rules::read(Field::Bio, request.bio, null, rules::bio, &mut refused);
        let username = request.username;
        let username = if in_account && !username.is_keep() {
            refused.push("username cannot be set for an account".to_owned());
            Edit::Keep
        } else {
            let rule = rules::username;
            rules::read(Field::Username, username, Null::Refused, rule, &mut refused)
        };
        let picture = rules::picture(request.profile_picture, null, &mut refused);
        if !refused.is_empty() {
            return Err(WhopError::Invalid(refused));
        }
        let (avatar, picture) = match picture {
            Edit::Keep => (Edit::Keep, None),
            Edit::Clear => (Edit::Clear, None),
            Edit::Set(picture) => (Edit::Keep, Some(picture)),
        };
        let view = View {
            version: request.version,
            account: request.account,
            shows_balances: false,
            shows_email: false,
        };
        Ok(Self {
            target: Target::of(call),
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
            expected: expected_in(&call.headers, |tag| view.is_called(tag)),
            view,
        })
    }

    /// Whose profile it is to be, and whose the uploads are that it may be given.
    async fn resolve(&self, session: Session<'_>) -> Result<(ProfileRef, Option<Creator>)> {
        let target = self.target.clone();
        let Some(own) = session.caller.profile() else {
            let account = session.caller.account.clone();
            // A foreign account is refused whether or not there is such a user.
            if account.is_none() || account != self.view.account {
                return Err(Error::Forbidden(Vec::new()));
            }
            return Ok((named(target)?, account.map(Creator::Account)));
        };
        let who = own_profile(session, own, target).await?;
        if self.picture.is_none() {
            return Ok((who, None));
        }
        let id = match &who {
            ProfileRef::Id(id) => *id,
            ProfileRef::External { .. } | ProfileRef::Identity { .. } | ProfileRef::Username(_) => {
                let profile = session.profiles.find(&who).await?;
                profile.ok_or(Error::NotFound)?.id
            }
        };
        Ok((who, Some(Creator::Profile(id))))
    }
}

impl Action for ChangeUser {
    type Output = Shown;

    async fn run(mut self, session: Session<'_>) -> Result<Shown> {
        let (who, creator) = self.resolve(session).await?;
        let mut given = None;
        if let (Some(picture), Some(creator)) = (self.picture.take(), &creator) {
            let found = picture::find(session, picture, creator).await?;
            let account = self.view.account.as_deref();
            let current = current_avatar(session, &who, account, &found).await?;
            self.patch.avatar = Edit::Set(found.avatar(current.as_ref())?);
            given = Some(found.upload);
        }
        let shown = self.write(session, who).await?;
        if let Some(upload) = given.filter(|upload| !upload.is_used) {
            // The write is done. An upload that stays unmarked could be given once more, no more.
            drop(session.uploads.mark_used(&upload.id).await);
        }
        Ok(shown)
    }
}

impl ChangeUser {
    async fn write(self, session: Session<'_>, who: ProfileRef) -> Result<Shown> {
        let Self {
            target: _,
            username,
            patch,
            picture: _,
            expected,
            view,
        } = self;
        let tenant = session.caller.tenant;
        let Some(account) = view.account.clone() else {
            let OverridePatch {
                display_name,
                bio,
                avatar,
            } = patch;
            let update = UpdateProfile {
                who,
                tenant: None,
                patch: ProfilePatch {
                    username,
                    display_name,
                    bio,
                    avatar,
                    ..ProfilePatch::default()
                },
                picture: None,
                expected,
            };
            let profile = update.run(session).await?;
            return Ok(Shown::new(profile, ProfileOverride::default(), view));
        };
        let update = UpdateOverride {
            who,
            account,
            tenant: tenant.filter(|_| session.caller.profile().is_none()),
            patch,
            expected,
        };
        let (profile, shown) = update.run(session).await?;
        Ok(Shown::new(profile, shown, view))
    }
}

/// The avatar that is there already, where it matters.
async fn current_avatar(
    session: Session<'_>,
    who: &ProfileRef,
    account: Option<&str>,
    found: &Found,
) -> Result<Option<Avatar>> {
    if !found.upload.is_used {
        return Ok(None);
    }
    Ok(match account {
        None => {
            let profile = session.profiles.find(who).await?;
            profile.and_then(|profile| profile.avatar)
        }
        Some(account) => {
            let found = session.overrides.find_override(who, account).await?;
            found.and_then(|(_, shown)| shown.avatar)
        }
    })
}
