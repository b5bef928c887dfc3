//! A server of a dialect, over HTTP.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use manyface_core::AuthProvider;

use crate::{
    Account, Failure, Request, Response, Skip, Stop, Target, User, Wanted,
    wire::{Limits, Origin},
};

/// The default timeout of a response.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Makes a user for whom the provider vouches.
type MakeUser = Box<dyn Fn(AuthProvider) -> Result<Account, Failure> + Send + Sync>;

/// A server at some base URL, `http` or `https`.
pub struct HttpTarget {
    origin: Origin,
    accounts: Accounts,
    timeout: Duration,
}

enum Accounts {
    Known(Vec<UserSlot>),
    Fresh(MakeUser),
}

/// An existing user and their properties.
#[derive(Clone, Debug)]
pub struct KnownUser {
    /// The name in messages: "the user".
    pub label: String,
    /// The user's credentials.
    pub account: Account,
    /// Who vouches for the user; an identity provider calls them Ada Lovelace.
    pub provider: AuthProvider,
    /// Whether the user is unmodified. Such a user runs one exchange only.
    pub is_fresh: bool,
}

impl KnownUser {
    /// A user whom the deployment itself vouches for.
    pub fn user(account: Account) -> Self {
        Self {
            label: "the user".to_owned(),
            account,
            provider: AuthProvider::Local,
            is_fresh: false,
        }
    }
}

/// A known user, and whether an exchange uses it.
struct UserSlot {
    known: KnownUser,
    turn: Mutex<()>,
    is_spent: AtomicBool,
}

impl HttpTarget {
    /// A server with one known user. Exchanges run one after the other, and the user's profile
    /// is restored after each.
    pub fn with_account(base: &str, account: Account) -> Result<Self, Failure> {
        Self::with_known_users(base, vec![KnownUser::user(account)])
    }

    /// A server with several known users. Exchanges that write wait for a free user who meets their
    /// requirements, and the profile is restored after each.
    pub fn with_known_users(base: &str, known: Vec<KnownUser>) -> Result<Self, Failure> {
        let slot = |known| UserSlot {
            known,
            turn: Mutex::default(),
            is_spent: AtomicBool::new(false),
        };
        Self::new(base, Accounts::Known(known.into_iter().map(slot).collect()))
    }

    /// A server for which `make_user` makes users, for each of whom the provider vouches.
    pub fn with_users(
        base: &str,
        make_user: impl Fn(AuthProvider) -> Result<Account, Failure> + Send + Sync + 'static,
    ) -> Result<Self, Failure> {
        Self::new(base, Accounts::Fresh(Box::new(make_user)))
    }

    /// Sets the timeout of a response.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    fn new(base: &str, accounts: Accounts) -> Result<Self, Failure> {
        let origin = Origin::parse(base)?;
        Ok(Self {
            origin,
            accounts,
            timeout: TIMEOUT,
        })
    }

    fn as_user<'a>(
        &'a self,
        known: KnownUser,
        turn: Option<MutexGuard<'a, ()>>,
    ) -> Box<dyn User + 'a> {
        Box::new(HttpUser {
            target: self,
            known,
            _turn: turn,
        })
    }
}

impl Target for HttpTarget {
    fn user(&self, provider: AuthProvider) -> Result<Box<dyn User + '_>, Failure> {
        self.user_for(&Wanted {
            provider,
            is_fresh: false,
            others: Vec::new(),
            is_alone: true,
        })
    }

    fn makes_users(&self) -> bool {
        match self.accounts {
            Accounts::Known(_) => false,
            Accounts::Fresh(_) => true,
        }
    }

    fn lacks(&self, wanted: &Wanted) -> Option<Skip> {
        let Accounts::Known(slots) = &self.accounts else {
            return None;
        };
        let fits = slots.iter().filter(|slot| slot.is_kind(wanted));
        let fits: Vec<_> = fits.collect();
        if fits.is_empty() {
            return Some(match wanted.provider {
                AuthProvider::Local => Skip::Fresh,
                provider @ (AuthProvider::Oidc | AuthProvider::Saml) => Skip::Provider(provider),
            });
        }
        if fits.iter().any(|slot| slot.has_all(&wanted.others)) {
            return None;
        }
        let mut others = wanted.others.iter();
        let missing = others.find(|other| !fits.iter().any(|slot| slot.has_all(&[other])));
        missing
            .or(wanted.others.first())
            .map(|other| Skip::Other(other))
    }

    fn user_for(&self, wanted: &Wanted) -> Result<Box<dyn User + '_>, Failure> {
        let slots = match &self.accounts {
            Accounts::Known(slots) => slots,
            Accounts::Fresh(make_user) => {
                let known = KnownUser::user(make_user(wanted.provider)?);
                return Ok(self.as_user(known, None));
            }
        };
        let fits = || {
            let fits = slots.iter().filter(|slot| slot.is_kind(wanted));
            fits.filter(|slot| slot.has_all(&wanted.others))
        };
        if wanted.is_fresh && wanted.provider == AuthProvider::Local {
            let mut unspent = fits().filter(|slot| !slot.is_spent.swap(true, Ordering::Relaxed));
            let slot = unspent.next().ok_or(Failure::NoUserLeft)?;
            return Ok(self.as_user(slot.known.clone(), Some(slot.wait())));
        }
        if !wanted.is_alone {
            let slot = fits().next().ok_or(Failure::NoUserLeft)?;
            return Ok(self.as_user(slot.known.clone(), None));
        }
        let free = fits().find_map(|slot| Some((slot, slot.take()?)));
        let (slot, turn) = if let Some(free) = free {
            free
        } else {
            let slot = fits().next().ok_or(Failure::NoUserLeft)?;
            (slot, slot.wait())
        };
        Ok(self.as_user(slot.known.clone(), Some(turn)))
    }

    fn known(&self) -> Vec<Box<dyn User + '_>> {
        match &self.accounts {
            Accounts::Known(slots) => {
                let users = slots
                    .iter()
                    .map(|slot| self.as_user(slot.known.clone(), None));
                users.collect()
            }
            Accounts::Fresh(_) => Vec::new(),
        }
    }
}

impl UserSlot {
    fn is_kind(&self, wanted: &Wanted) -> bool {
        let KnownUser {
            provider, is_fresh, ..
        } = self.known;
        let is_fit = match wanted.provider {
            AuthProvider::Local => wanted.is_fresh == is_fresh,
            AuthProvider::Oidc | AuthProvider::Saml => true,
        };
        provider == wanted.provider && is_fit
    }

    fn has_all(&self, others: &[&'static str]) -> bool {
        let has = |other: &str| {
            let mut known = self.known.account.others.iter();
            known.any(|(name, _)| *name == other)
        };
        others.iter().all(|other| has(other))
    }

    fn take(&self) -> Option<MutexGuard<'_, ()>> {
        match self.turn.try_lock() {
            Ok(turn) => Some(turn),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn wait(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct HttpUser<'a> {
    target: &'a HttpTarget,
    known: KnownUser,
    /// Held as long as the user is in use.
    _turn: Option<MutexGuard<'a, ()>>,
}

impl HttpUser<'_> {
    fn ask(&self, request: &Request, stop: Option<&Stop>) -> Result<Response, Failure> {
        let limits = Limits::new(self.target.timeout, stop);
        self.target.origin.send(request, &limits)
    }
}

impl User for HttpUser<'_> {
    fn token(&self) -> &str {
        &self.known.account.token
    }

    fn others(&self) -> &[(&'static str, String)] {
        &self.known.account.others
    }

    fn label(&self) -> String {
        self.known.label.clone()
    }

    fn send(&self, request: &Request) -> Result<Response, Failure> {
        self.ask(request, None)
    }

    fn send_until(&self, request: &Request, stop: &Stop) -> Result<Response, Failure> {
        self.ask(request, Some(stop))
    }
}
