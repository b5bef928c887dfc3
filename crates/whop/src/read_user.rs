//! `GET /users/{id}`
//!
//! <https://docs.whop.com/api-reference/beta/users/user>

use http::Method;
use manyface_core::{
    Access, Action, Caller, Error, MediaUrls, Profile, ProfileOverride, ProfileRef, ReadOverride,
    Result, Session,
};
use manyface_dialect::{Call, Endpoint, EntityTag, NoBody, Reply};

use crate::{
    WhopError,
    access::{self, BALANCE_READ, EMAIL_READ},
    node::Object,
    request::{Request, Target},
    user::{Shown, View},
    version::Version,
};

pub(crate) struct ReadUser;

impl Endpoint for ReadUser {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/users/{id}";
    const ID: &'static str = "retrieveUser";
    const PER_MINUTE: Option<std::num::NonZeroU32> = access::PER_MINUTE;

    type Body = NoBody;
    type Action = ShowUser;
    type Response = Object;
    type Error = WhopError;

    fn admit(call: &Call) -> Result<(), WhopError> {
        Version::of(call)?;
        match Target::of(call) {
            Target::Me => access::is_user(call, "API keys have no current user"),
            Target::User(_) | Target::Nobody => Ok(()),
        }
    }

    fn decode(call: &Call, _: NoBody) -> Result<ShowUser, WhopError> {
        ShowUser::decode(call)
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

/// A caller who is not there any more proves nothing.
pub(crate) fn refuse(call: &Call, error: Error) -> WhopError {
    match (error, Target::of(call)) {
        (Error::NotFound, Target::Me) => WhopError::gone(),
        (error, Target::Me | Target::User(_) | Target::Nobody) => error.into(),
    }
}

/// Reads a user's profile, perhaps as an account shows it.
///
/// What others see of a user is seen within the tenant only. What an account shows is seen by the
/// user and by the account's own program.
pub(crate) struct ShowUser {
    target: Target,
    view: View,
}

impl ShowUser {
    pub(crate) fn decode(call: &Call) -> Result<Self, WhopError> {
        let request = Request::read(call)?;
        let target = Target::of(call);
        let is_self = target == Target::Me;
        let caller = &call.caller;
        let view = View {
            version: request.version,
            account: request.account,
            shows_balances: is_self && request.include_balance && caller.has_scope(BALANCE_READ),
            shows_email: is_self && caller.has_scope(EMAIL_READ),
        };
        Ok(Self { target, view })
    }
}

impl Action for ShowUser {
    type Output = Shown;

    async fn run(self, session: Session<'_>) -> Result<Shown> {
        let Self { target, view } = self;
        let (profile, in_account) = match (session.caller.profile(), &view.account) {
            (Some(own), None) => (seen_by_user(session, own, target).await?, None),
            (Some(own), Some(account)) => {
                let who = own_profile(session, own, target).await?;
                let account = account.clone();
                let read = ReadOverride { who, account };
                let (profile, shown) = read.run(session).await?;
                (profile, Some(shown))
            }
            (None, None) => {
                let who = named(target)?;
                let profile = session.profiles.find(&who).await?;
                (in_tenant(session.caller, profile)?, None)
            }
            (None, Some(account)) => {
                if session.caller.account.as_ref() != Some(account) {
                    return Err(Error::Forbidden(Vec::new()));
                }
                let (who, account) = (named(target)?, account.clone());
                let read = ReadOverride { who, account };
                let (profile, shown) = read.run(session).await?;
                (in_tenant(session.caller, Some(profile))?, Some(shown))
            }
        };
        if view.account.is_none() {
            session.permit(&profile, Access::Read, None)?;
        }
        let in_account: ProfileOverride = in_account.unwrap_or_default();
        Ok(Shown::new(profile, in_account, view))
    }
}

async fn seen_by_user(session: Session<'_>, own: &ProfileRef, target: Target) -> Result<Profile> {
    let who = match target {
        Target::Me => {
            let found = session.profiles.find(own).await?;
            return found.ok_or(Error::NotFound);
        }
        Target::User(who) => who,
        Target::Nobody => return Err(Error::NotFound),
    };
    let found = session.profiles.find(&who).await?;
    let profile = found.ok_or(Error::NotFound)?;
    let tenant = match session.caller.tenant {
        Some(tenant) => Some(tenant),
        None => session.profiles.find(own).await?.map(|own| own.tenant_id),
    };
    if tenant == Some(profile.tenant_id) {
        Ok(profile)
    } else {
        Err(Error::NotFound)
    }
}

/// The caller's own profile, by whichever name; anybody else's, and nobody's, is forbidden.
pub(crate) async fn own_profile(
    session: Session<'_>,
    own: &ProfileRef,
    target: Target,
) -> Result<ProfileRef> {
    match target {
        Target::Me => Ok(own.clone()),
        Target::User(who) if who == *own => Ok(who),
        Target::User(who) => {
            let mine = session.profiles.find(own).await?;
            let named = session.profiles.find(&who).await?;
            match (mine, named) {
                (Some(mine), Some(named)) if mine.id == named.id => Ok(own.clone()),
                _ => Err(Error::Forbidden(Vec::new())),
            }
        }
        Target::Nobody => Err(Error::Forbidden(Vec::new())),
    }
}

/// Whom an API key addresses.
pub(crate) fn named(target: Target) -> Result<ProfileRef> {
    match target {
        Target::User(who) => Ok(who),
        Target::Me | Target::Nobody => Err(Error::NotFound),
    }
}

fn in_tenant(caller: &Caller, profile: Option<Profile>) -> Result<Profile> {
    let profile = profile.filter(|profile| caller.tenant == Some(profile.tenant_id));
    profile.ok_or(Error::NotFound)
}
