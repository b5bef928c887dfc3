//! The caller of a request.

use std::sync::Arc;

use crate::{ProfileId, TenantId};

/// How a credential or an operator names a profile.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProfileRef {
    /// The canonical id.
    Id(ProfileId),
    /// The profile's id in a dialect.
    External {
        /// The dialect's name.
        dialect: Arc<str>,
        /// The profile's id in that dialect.
        id: String,
    },
    /// The identity of the user at an identity provider (OIDC `iss` and `sub`).
    Identity {
        /// The provider.
        issuer: Arc<str>,
        /// The user at that provider.
        subject: String,
    },
    /// The unique name's key ([`crate::Username::key`]).
    Username(String),
}

/// The subject of a credential.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A user, through a token.
    User(ProfileRef),
    /// An account's program, through an API key.
    ApiKey(ApiKeyHolder),
    /// No subject: the request has no credential, or is authorised in another way.
    Anonymous,
}

/// The program of an account or an app, as its API key in the store describes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ApiKeyHolder {
    /// The key's public name, not the key.
    pub id: String,
    /// The tenant that the key belongs to.
    pub tenant_id: TenantId,
    /// The app whose program holds the key; `None` for the program of an account.
    pub app: Option<String>,
    /// The accounts for which the key may be used: its own, or those that installed the app.
    pub accounts: Vec<String>,
    /// The dialect's version for requests that name none.
    pub api_version: Option<String>,
}

impl ApiKeyHolder {
    /// The app or the account whose program holds the key.
    pub fn name(&self) -> &str {
        let account = self.accounts.first().map_or("", String::as_str);
        self.app.as_deref().unwrap_or(account)
    }
}

/// The caller of a request, as the credential proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The subject of a credential.
    pub subject: Subject,
    /// The scopes of the credential (RFC 6749 `scope`).
    pub scopes: Vec<String>,
    /// The tenant that a user's token claims. The store has the last word: a profile of another
    /// tenant is not found by this credential.
    pub tenant: Option<TenantId>,
    /// The account that a user's token is bound to: it writes nothing else.
    pub account: Option<String>,
    /// The groups that the issuer of the credential counts the caller among, for policies.
    pub groups: Vec<String>,
}

impl Caller {
    /// A user without scopes, tenant or account.
    pub fn user(profile: ProfileRef) -> Self {
        Self::of(Subject::User(profile))
    }

    /// A caller without a credential.
    pub fn anonymous() -> Self {
        Self::of(Subject::Anonymous)
    }

    fn of(subject: Subject) -> Self {
        Self {
            subject,
            scopes: Vec::new(),
            tenant: None,
            account: None,
            groups: Vec::new(),
        }
    }

    /// The caller's own profile, if the caller is a user.
    pub fn profile(&self) -> Option<&ProfileRef> {
        match &self.subject {
            Subject::User(profile) => Some(profile),
            Subject::ApiKey(_) | Subject::Anonymous => None,
        }
    }

    /// The tenant that the credential is for: that of the key, or what the token claims.
    pub fn tenant(&self) -> Option<TenantId> {
        match &self.subject {
            Subject::User(_) | Subject::Anonymous => self.tenant,
            Subject::ApiKey(key) => Some(key.tenant_id),
        }
    }

    /// Returns whether the credential may be used on behalf of `account`.
    pub fn may_act_for(&self, account: &str) -> bool {
        match &self.subject {
            Subject::User(_) => self.account.as_deref().is_none_or(|own| own == account),
            Subject::ApiKey(key) => key.accounts.iter().any(|own| own == account),
            Subject::Anonymous => false,
        }
    }

    /// Whether the credential carries `scope`, to the letter.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|given| given == scope)
    }

    /// The caller as history writes it: a pseudonym without personal data.
    pub fn actor(&self) -> String {
        match &self.subject {
            Subject::User(ProfileRef::Id(id)) => format!("user:{id}"),
            Subject::User(ProfileRef::External { dialect, id }) => format!("{dialect}:{id}"),
            Subject::User(ProfileRef::Identity { issuer, subject }) => {
                format!("identity:{issuer}#{subject}")
            }
            Subject::User(ProfileRef::Username(_)) => "user".to_owned(),
            Subject::ApiKey(holder) => format!("key:{}", holder.id),
            Subject::Anonymous => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_compared_to_the_letter() {
        let mut caller = Caller::anonymous();
        for given in ["user:update2", "USER:UPDATE", "user:update user:x", "user"] {
            caller.scopes = vec![given.to_owned()];
            assert!(!caller.has_scope("user:update"), "{given}");
        }
        caller.scopes.push("user:update".to_owned());
        assert!(caller.has_scope("user:update"));
    }
}
