//! The target user of a request.

use manyface_core::{ActionContext, Error, OverrideOwner, Principal, ProfileRef, Result, Username};
use manyface_dialect::Request;

use crate::{NAME, external_id};

/// The user that a path addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The caller, as `me`.
    Me,
    /// The user with a tag or user name, possibly the caller.
    User(ProfileRef),
    /// An id of an invalid form, which no user has.
    NoUser,
}

impl Target {
    /// Returns the owner of the addressed override.
    ///
    /// A credential that may not act for `account`, and a user who addresses another user, are
    /// rejected whether the addressed user exists or not.
    pub(crate) fn override_owner(
        self,
        context: ActionContext<'_>,
        account: &str,
    ) -> Result<OverrideOwner> {
        let rejected = Error::Forbidden(Vec::new());
        match self {
            Self::Me => Ok(OverrideOwner::Caller),
            Self::User(user) => Ok(OverrideOwner::Named(user)),
            Self::NoUser if !context.caller.may_act_for(account) => Err(rejected),
            Self::NoUser => Err(match context.principal()? {
                Principal::User(_) => rejected,
                Principal::ApiKey(_) => Error::NotFound,
            }),
        }
    }

    /// Reads `{id}` of the path. A path without it addresses the caller.
    pub(crate) fn of(request: &Request) -> Self {
        let Some(id) = request.params.get("id") else {
            return Self::Me;
        };
        if id == "me" {
            Self::Me
        } else if id.starts_with(external_id::USER) {
            Self::User(ProfileRef::External {
                dialect: NAME.into(),
                id: id.to_owned(),
            })
        } else {
            Username::parse(id).map_or(Self::NoUser, |name| {
                Self::User(ProfileRef::Username(name.key().to_owned()))
            })
        }
    }
}
