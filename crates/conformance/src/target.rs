//! What exchanges are replayed against.

use manyface_core::AuthProvider;

use crate::{Failure, Request, Response, Skip, Stop};

/// The requirements of an exchange on its user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Who vouches for the user.
    pub provider: AuthProvider,
    /// Whether the user is unmodified.
    pub is_fresh: bool,
    /// What the exchange names of [`Account::OTHERS`].
    pub others: Vec<&'static str>,
    /// Whether the user is used exclusively, because the exchange writes.
    pub is_alone: bool,
}

/// A server of a dialect.
pub trait Target: Send + Sync {
    /// Returns a user of `provider` to send requests as.
    fn user(&self, provider: AuthProvider) -> Result<Box<dyn User + '_>, Failure>;

    /// Returns whether [`Target::user`] makes a new user each time. If there is only one, the holder
    /// them has them alone, and their profile is put back as it was.
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

    /// Everybody who is known, where no users are made: whose profiles are put back in the end.
    fn known(&self) -> Vec<Box<dyn User + '_>> {
        Vec::new()
    }
}

/// A user who was made, and what goes with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The user's token, good for everything that the dialect's operations ask for.
    pub token: String,
    /// What else exchanges may name, of [`Account::OTHERS`].
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

    /// A user of whom the token is known, and the tenant where there are tenants.
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

    /// What else exchanges may name, next to [`User::token`]: of [`Account::OTHERS`].
    fn others(&self) -> &[(&'static str, String)] {
        &[]
    }

    /// Who it is, for people: "the user".
    fn label(&self) -> String {
        "the user".to_owned()
    }

    /// Sends `request` unchanged.
    fn send(&self, request: &Request) -> Result<Response, Failure>;

    /// The same, given up with [`Failure::Stopped`] as soon as `stop` is said, where waiting can
    /// be.
    fn send_until(&self, request: &Request, stop: &Stop) -> Result<Response, Failure> {
        let _ = stop;
        self.send(request)
    }
}
