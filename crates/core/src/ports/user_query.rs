//! Searches for users.

use std::{fmt, str::FromStr};

use jiff::Timestamp;

use crate::{NotAUuid, Profile, ProfileId, TenantId};

/// A search for users. All given conditions apply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserQuery {
    /// The tenant of the users.
    pub tenant: Option<TenantId>,
    /// Whether the users are suspended.
    pub is_suspended: Option<bool>,
    /// The order of the results and, except for ids, a condition.
    pub order: UserOrder,
    /// The cursor of the previous page.
    pub after: Option<UserCursor>,
    /// The maximum number of results.
    pub limit: u32,
}

/// The order of users.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum UserOrder {
    /// By id, which is the order of creation.
    #[default]
    Id,
    /// Users with this prefix of the key of their user name, by that key.
    Username(String),
    /// Users with this prefix of their email address, by the address. ASCII letters match in
    /// either case.
    Email(String),
    /// Users who have changed since a time, in the order of their last changes. Use the same time
    /// for all pages.
    ChangedSince(Timestamp),
}

/// A position in the results of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserCursor {
    /// The sort key, empty for [`UserOrder::Id`].
    pub key: String,
    /// The id.
    pub id: ProfileId,
}

/// A page of users.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserPage {
    /// The users.
    pub users: Vec<Profile>,
    /// The cursor of the next page; `None` at the end.
    pub next: Option<UserCursor>,
}

impl UserQuery {
    /// Returns whether a profile meets all conditions.
    pub fn matches(&self, profile: &Profile) -> bool {
        let is_suspended = profile.suspended_at.is_some();
        self.tenant.is_none_or(|tenant| tenant == profile.tenant_id)
            && self
                .is_suspended
                .is_none_or(|wanted| wanted == is_suspended)
            && match &self.order {
                UserOrder::Id => true,
                UserOrder::Username(prefix) => profile.username.key().starts_with(prefix),
                UserOrder::Email(prefix) => {
                    let email = profile.email.to_ascii_lowercase();
                    email.starts_with(&prefix.to_ascii_lowercase())
                }
                UserOrder::ChangedSince(since) => profile.updated_at >= *since,
            }
    }

    /// Creates the cursor after `profile`, whose last change has the number `change`.
    pub fn cursor(&self, profile: &Profile, change: i64) -> UserCursor {
        let key = match self.order {
            UserOrder::Id => String::new(),
            UserOrder::Username(_) => profile.username.key().to_owned(),
            UserOrder::Email(_) => profile.email.to_ascii_lowercase(),
            UserOrder::ChangedSince(_) => change.to_string(),
        };
        let id = profile.id;
        UserCursor { key, id }
    }
}

/// The id, followed by the key.
impl fmt::Display for UserCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.id, self.key)
    }
}

impl FromStr for UserCursor {
    type Err = NotAUuid;

    fn from_str(text: &str) -> Result<Self, NotAUuid> {
        const UUID_LENGTH: usize = 36;
        let (id, key) = text.split_at_checked(UUID_LENGTH).ok_or(NotAUuid)?;
        let id = id.parse()?;
        let key = key.to_owned();
        Ok(Self { key, id })
    }
}
