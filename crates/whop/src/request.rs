//! Requests in the form of the newest version.

use std::{borrow::Cow, fmt};

use manyface_core::{Edit, Json};
use manyface_dialect::{Request, Typed};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};

use crate::{WhopError, account_keys, external_id::is_account, version::Version};

/// The request body of any version. Unknown keys are ignored, except those that refer to an account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body {
    name: Edit<Typed<String>>,
    bio: Edit<Typed<String>>,
    username: Edit<Typed<String>>,
    profile_picture: Edit<Json>,
    company_id: Edit<Typed<String>>,
    /// Whether an unknown key refers to an account.
    pub(crate) refers_to_account: bool,
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
                _ => {
                    body.refers_to_account |=
                        account_keys::refers_to_account(&key, &map.next_value()?);
                }
            }
        }
        Ok(body)
    }
}

/// A request for a user or a file, in the form of the newest version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserRequest {
    pub(crate) version: Version,
    /// The account whose overrides are read or written.
    pub(crate) account: Option<String>,
    /// `company_id` in the query, which the newest version does not have.
    pub(crate) query_company: Option<String>,
    /// `company_id` in the body, which the newest version does not have.
    pub(crate) body_company: Edit<Typed<String>>,
    /// Whether the client requests the balances.
    pub(crate) include_balance: bool,
    /// Whether null clears a field of the user's own profile.
    pub(crate) null_clears: bool,
    /// Whether files without `visibility` are public.
    pub(crate) is_public_by_default: bool,
    pub(crate) name: Edit<Typed<String>>,
    pub(crate) bio: Edit<Typed<String>>,
    pub(crate) username: Edit<Typed<String>>,
    pub(crate) profile_picture: Edit<Json>,
}

impl UserRequest {
    /// Parses a request of any version, without converting it to the newest one.
    pub(crate) fn parse(request: &Request, body: Body) -> Result<Self, WhopError> {
        let Body {
            name,
            bio,
            username,
            profile_picture,
            company_id,
            refers_to_account: _,
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
        account_keys::check_headers(&request.headers)?;
        for (key, value) in form_urlencoded::parse(request.query.as_bytes()) {
            user_request.take_parameter(&key, value)?;
        }
        Ok(user_request)
    }

    /// Checks a request that was converted to the newest version.
    pub(crate) fn check(&self) -> Result<(), WhopError> {
        if self.query_company.is_some() || !self.body_company.is_keep() {
            // Ignoring it would write the user's own profile instead.
            let message = "company_id is not known in this version; use account_id";
            return Err(WhopError::field(message));
        }
        let is_invalid = |account: &String| !is_account(account);
        if self.account.as_ref().is_some_and(is_invalid) {
            return Err(WhopError::field("account_id must be the id of an account"));
        }
        Ok(())
    }

    fn take_parameter(&mut self, key: &str, value: Cow<'_, str>) -> Result<(), WhopError> {
        match key {
            "account_id" => set_once(&mut self.account, "account_id", value),
            "company_id" => set_once(&mut self.query_company, "company_id", value),
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
            _ => account_keys::check_parameter(key, &value),
        }
    }
}

fn set_once(
    parameter: &mut Option<String>,
    name: &str,
    value: Cow<'_, str>,
) -> Result<(), WhopError> {
    if parameter.replace(value.into_owned()).is_some() {
        return Err(WhopError::field(&format!("{name} must stand there once")));
    }
    Ok(())
}
