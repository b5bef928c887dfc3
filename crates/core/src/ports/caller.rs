//! The caller of a request.

use std::sync::Arc;

use crate::{ProfileId, TenantId};

/// A reference to a profile, in a credential or by an operator.
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
    /// The key of the user name ([`crate::Username::key`]).
    Username(String),
}

/// The subject of a credential.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A user, through a token.
    User(ProfileRef),
    /// An account or an app, through an API key.
    ApiKey(ApiKeyHolder),
    /// No subject: the request has no credential, or is authorized in another way.
    Anonymous,
}

/// The holder of an API key: an account or an app.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ApiKeyHolder {
    /// The public id, which is not the key itself.
    pub id: String,
    /// The tenant that the key belongs to.
    pub tenant_id: TenantId,
    /// The app that the key belongs to; `None` for the key of an account.
    pub app: Option<String>,
    /// The accounts that the key grants access to: its own, or those that installed the app.
    pub accounts: Vec<String>,
    /// The API version of requests that specify none.
    pub api_version: Option<String>,
}

impl ApiKeyHolder {
    /// Returns the id of the app, or of the account.
    pub fn name(&self) -> &str {
        let account = self.accounts.first().map_or("", String::as_str);
        self.app.as_deref().unwrap_or(account)
    }
}

/// The caller of a request, as authenticated by the credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The subject of the credential.
    pub subject: Subject,
    /// The scopes of the credential (RFC 6749 `scope`).
    pub scopes: Vec<String>,
    /// The tenant that a user's token claims. A credential that claims another tenant than the
    /// profile's does not find the profile.
    pub tenant: Option<TenantId>,
    /// The account that a user's token is bound to: it can only write overrides of that account.
    pub account: Option<String>,
    /// The client that a user's token was issued to, for usage counts.
    pub client: Option<String>,
    /// The caller's groups according to the issuer of the credential, for policies.
    pub groups: Vec<String>,
}

impl Caller {
    /// Creates a user without scopes, tenant or account.
    pub fn user(profile: ProfileRef) -> Self {
        Self::of(Subject::User(profile))
    }

    /// Creates a caller without a credential.
    pub fn anonymous() -> Self {
        Self::of(Subject::Anonymous)
    }

    fn of(subject: Subject) -> Self {
        Self {
            subject,
            scopes: Vec::new(),
            tenant: None,
            account: None,
            client: None,
            groups: Vec::new(),
        }
    }

    /// Returns the reference to the caller's own profile; `None` if the caller is not a user.
    pub fn profile(&self) -> Option<&ProfileRef> {
        match &self.subject {
            Subject::User(profile) => Some(profile),
            Subject::ApiKey(_) | Subject::Anonymous => None,
        }
    }

    /// Returns the client of the token or the id of the API key; empty if unknown.
    pub fn client(&self) -> &str {
        match &self.subject {
            Subject::ApiKey(key) => &key.id,
            Subject::User(_) | Subject::Anonymous => self.client.as_deref().unwrap_or_default(),
        }
    }

    /// Returns the tenant of the API key, or the one that the token claims.
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

    /// Returns whether the credential has exactly `scope`.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|given| given == scope)
    }

    /// Returns a pseudonym of the caller without personal data, for the history.
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
    fn scopes_are_compared_exactly() {
        let mut caller = Caller::anonymous();
        for given in ["user:update2", "USER:UPDATE", "user:update user:x", "user"] {
            caller.scopes = vec![given.to_owned()];
            assert!(!caller.has_scope("user:update"), "{given}");
        }
        caller.scopes.push("user:update".to_owned());
        assert!(caller.has_scope("user:update"));
    }
}
