//! A request as the newest version has it, whatever version it was made in.

use std::{borrow::Cow, fmt};

use manyface_core::{
    ActionContext, Edit, Error, Json, OverrideOwner, Principal, ProfileRef, Result, Username,
};
use manyface_dialect::{Request, Typed};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};

use crate::{NAME, WhopError, account_names, changes, external_id, version::Version};

/// The prefix of accounts.
pub(crate) const ACCOUNT: &str = "biz_";

/// The changes, in any version. Unknown keys are ignored, except those that mean an account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body {
    name: Edit<Typed<String>>,
    bio: Edit<Typed<String>>,
    username: Edit<Typed<String>>,
    profile_picture: Edit<Json>,
    company_id: Edit<Typed<String>>,
    /// Whether an unknown key means an account.
    pub(crate) names_account: bool,
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(BodyVisitor)
    }
}

struct BodyVisitor;

impl<'de> Visitor<'de> for BodyVisitor {
    type Value = Body;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Body, A::Error> {
        let mut body = Body::default();
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match &*key {
                "name" => body.name = map.next_value()?,
                "bio" => body.bio = map.next_value()?,
                "username" => body.username = map.next_value()?,
                "profile_picture" => body.profile_picture = map.next_value()?,
                "company_id" => body.company_id = map.next_value()?,
                _ => body.names_account |= account_names::is_in_body(&key, &map.next_value()?),
            }
        }
        Ok(body)
    }
}

/// A request as the newest version has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserRequest {
    pub(crate) version: Version,
    /// The account in which a user is read or written.
    pub(crate) account: Option<String>,
    /// `company_id`, which the newest version does not have.
    pub(crate) query_company: Option<String>,
    pub(crate) body_company: Edit<Typed<String>>,
    /// Whether what the user holds is asked for.
    pub(crate) include_balance: bool,
    /// Whether null clears a field of the user's own profile.
    pub(crate) null_clears: bool,
    /// Whether a file is public that does not say so.
    pub(crate) is_public_by_default: bool,
    pub(crate) name: Edit<Typed<String>>,
    pub(crate) bio: Edit<Typed<String>>,
    pub(crate) username: Edit<Typed<String>>,
    pub(crate) profile_picture: Edit<Json>,
}

impl UserRequest {
    /// Reads the version and the query of a request without a body.
    pub(crate) fn read(request: &Request) -> Result<Self, WhopError> {
        Self::with_body(request, Body::default())
    }

    /// Reads a request.
    pub(crate) fn with_body(request: &Request, body: Body) -> Result<Self, WhopError> {
        let Body {
            name,
            bio,
            username,
            profile_picture,
            company_id,
            names_account: _,
        } = body;
        let version = Version::of(request)?;
        let mut user_request = Self {
            version,
            account: None,
            query_company: None,
            body_company: company_id,
            include_balance: true,
            null_clears: false,
            is_public_by_default: false,
            name,
            bio,
            username,
            profile_picture,
        };
        account_names::check_headers(&request.headers)?;
        for (key, value) in form_urlencoded::parse(request.query.as_bytes()) {
            user_request.take_parameter(&key, value)?;
        }
        changes::understand(&mut user_request, version)?;
        if user_request.query_company.is_some() || !user_request.body_company.is_keep() {
            // To ignore it would be to write the user's own profile instead.
            let sentence = "company_id is not known in this version; use account_id";
            return Err(WhopError::field(sentence));
        }
        if user_request
            .account
            .as_ref()
            .is_some_and(|account| !is_account(account))
        {
            return Err(WhopError::field("account_id must be the id of an account"));
        }
        Ok(user_request)
    }

    fn take_parameter(&mut self, key: &str, value: Cow<'_, str>) -> Result<(), WhopError> {
        match key {
            "account_id" => once(&mut self.account, "account_id", value),
            "company_id" => once(&mut self.query_company, "company_id", value),
            "include_balance" => match &*value {
                "true" | "1" => {
                    self.include_balance = true;
                    Ok(())
                }
                "false" | "0" => {
                    self.include_balance = false;
                    Ok(())
                }
                _ => Err(WhopError::field("include_balance must be true or false")),
            },
            _ => account_names::check(key, &value),
        }
    }
}

fn once(held: &mut Option<String>, name: &str, value: Cow<'_, str>) -> Result<(), WhopError> {
    if held.replace(value.into_owned()).is_some() {
        return Err(WhopError::field(&format!("{name} must stand there once")));
    }
    Ok(())
}

/// Whether `id` is an account's: `biz_` and letters and digits.
pub(crate) fn is_account(id: &str) -> bool {
    external_id::is_tagged(id, ACCOUNT)
}

/// Returns whether `id` is an app's: `app_` and letters and digits.
pub(crate) fn is_app(id: &str) -> bool {
    external_id::is_tagged(id, "app_")
}

/// The target user of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The caller's own, as `me`.
    Me,
    /// The user of the tag or name, perhaps the caller.
    User(ProfileRef),
    /// An id of the wrong form, which no user has.
    NoUser,
}

impl Target {
    /// Returns the owner of the addressed override.
    ///
    /// A credential that is not good for `account`, or a user who addresses another one, is
    /// rejected before it matters whether there is such a user.
    pub(crate) fn in_account(
        self,
        context: ActionContext<'_>,
        account: &str,
    ) -> Result<OverrideOwner> {
        let rejected = Error::Forbidden(Vec::new());
        match self {
            Self::Me => Ok(OverrideOwner::Caller),
            Self::User(who) => Ok(OverrideOwner::Named(who)),
            Self::NoUser if !context.caller.may_act_for(account) => Err(rejected),
            Self::NoUser => Err(match context.principal()? {
                Principal::User(_) => rejected,
                Principal::ApiKey(_) => Error::NotFound,
            }),
        }
    }

    /// Reads `{id}`; a path without it is the caller's.
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
