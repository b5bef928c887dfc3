//! Anything that speaks a dialect over HTTP.

use std::sync::{Mutex, MutexGuard, PoisonError};

use manyface_core::AuthProvider;

use crate::{Account, Failure, Request, Response, Target, User, wire::Origin};

/// Makes a user for whom the provider vouches.
type MakeUser = Box<dyn Fn(AuthProvider) -> Result<Account, Failure> + Send + Sync>;

/// A server at some base URL, `http` or `https`.
pub struct HttpTarget {
    origin: Origin,
    accounts: Accounts,
}

enum Accounts {
    One { account: Account, turn: Mutex<()> },
    Fresh(MakeUser),
}

impl HttpTarget {
    /// A server of which one user is known. Exchanges wait for each other, and the user's profile
    /// is put back after each.
    pub fn with_account(base: &str, account: Account) -> Result<Self, Failure> {
        let turn = Mutex::default();
        Self::new(base, Accounts::One { account, turn })
    }

    /// A server for which `make_user` makes users, for each of whom the provider vouches.
    pub fn with_users(
        base: &str,
        make_user: impl Fn(AuthProvider) -> Result<Account, Failure> + Send + Sync + 'static,
    ) -> Result<Self, Failure> {
        Self::new(base, Accounts::Fresh(Box::new(make_user)))
    }

    fn new(base: &str, accounts: Accounts) -> Result<Self, Failure> {
        let origin = Origin::parse(base)?;
        Ok(Self { origin, accounts })
    }
}

impl Target for HttpTarget {
    fn user(&self, provider: AuthProvider) -> Result<Box<dyn User + '_>, Failure> {
        let (account, turn) = match &self.accounts {
            Accounts::One { account, turn } => {
                let turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
                (account.clone(), Some(turn))
            }
            Accounts::Fresh(make_user) => (make_user(provider)?, None),
        };
        Ok(Box::new(HttpUser {
            origin: &self.origin,
            account,
            _turn: turn,
        }))
    }

    fn makes_users(&self) -> bool {
        match self.accounts {
            Accounts::One { .. } => false,
            Accounts::Fresh(_) => true,
        }
    }
}

struct HttpUser<'a> {
    origin: &'a Origin,
    account: Account,
    /// Held as long as the user is.
    _turn: Option<MutexGuard<'a, ()>>,
}

impl User for HttpUser<'_> {
    fn token(&self) -> &str {
        &self.account.token
    }

    fn others(&self) -> &[(&'static str, String)] {
        &self.account.others
    }

    fn send(&self, request: &Request) -> Result<Response, Failure> {
        self.origin.send(request)
    }
}
