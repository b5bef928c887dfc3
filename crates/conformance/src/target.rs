//! The targets of exchanges.

use manyface_core::AuthProvider;

use crate::{Failure, Request, Response, Skip, Stop};

/// The requirements of an exchange on its user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The provider that vouches for the user.
    pub provider: AuthProvider,
    /// Whether the user is unmodified.
    pub is_fresh: bool,
    /// The names of [`Account::OTHERS`] that the exchange uses.
    pub others: Vec<&'static str>,
    /// Whether the user is used exclusively, because the exchange writes.
    pub is_alone: bool,
}

/// A server of a dialect.
pub trait Target: Send + Sync {
    /// Returns a user of `provider` to send requests as.
    fn user(&self, provider: AuthProvider) -> Result<Box<dyn User + '_>, Failure>;

    /// Returns whether [`Target::user`] creates a new user each time. Otherwise a user is held
    /// exclusively, and their profile is restored.
    fn makes_users(&self) -> bool;

    /// Returns why no user fits the exchange; `None` if one does.
    fn lacks(&self, wanted: &Wanted) -> Option<Skip> {
        if self.makes_users() {
            return None;
        }
        match (wanted.provider, wanted.is_fresh) {
            (AuthProvider::Local, true) => Some(Skip::Fresh),
            (AuthProvider::Local, false) => {
                let mut others = wanted.others.iter();
                others.next().map(|other| Skip::Other(other))
            }
            (provider @ (AuthProvider::Oidc | AuthProvider::Saml), _) => {
                Some(Skip::Provider(provider))
            }
        }
    }

    /// Returns a user that meets the requirements; [`Failure::NoUserLeft`] if all are used up.
    fn user_for(&self, wanted: &Wanted) -> Result<Box<dyn User + '_>, Failure> {
        self.user(wanted.provider)
    }

    /// Returns the known users, whose profiles are restored in the end; empty if users are created.
    fn known(&self) -> Vec<Box<dyn User + '_>> {
        Vec::new()
    }
}

/// A user's token and further values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The user's token, with all scopes of the dialect's operations.
    pub token: String,
    /// Further values that exchanges may name, of [`Account::OTHERS`].
    pub others: Vec<(&'static str, String)>,
}

impl Account {
    /// The name of the user's tenant among the others.
    pub const TENANT: &str = "tenant";
    /// What only a target has that makes users: a token of the user without scopes, one that is
    /// bound to the account [`Account::PROGRAM`], one that has expired, one of a user who does not
    /// exist, the names of the user and of another one, and the API keys of that account and of an
    /// app that it has installed.
    pub const OTHERS: [&str; 8] = [
        "bare", "bound", "expired", "gone", "username", "another", "key", "app",
    ];
    /// The account whose credentials exchanges may name.
    pub const PROGRAM: &str = "biz_conformance";

    /// A user with this token, and a tenant if the dialect has tenants.
    pub fn known(token: String, tenant: Option<String>) -> Self {
        let tenant = tenant.map(|tenant| (Self::TENANT, tenant));
        Self {
            token,
            others: tenant.into_iter().collect(),
        }
    }
}

/// A user of a target.
pub trait User {
    /// The user's bearer token.
    fn token(&self) -> &str;

    /// Further values that exchanges may name, of [`Account::OTHERS`].
    fn others(&self) -> &[(&'static str, String)] {
        &[]
    }

    /// The name in messages: "the user".
    fn label(&self) -> String {
        "the user".to_owned()
    }

    /// Sends `request` unchanged.
    fn send(&self, request: &Request) -> Result<Response, Failure>;

    /// Sends `request`; returns [`Failure::Stopped`] as soon as `stop` is set, if the wait can be
    /// interrupted.
    fn send_until(&self, request: &Request, stop: &Stop) -> Result<Response, Failure> {
        let _ = stop;
        self.send(request)
    }
}
