//! A cache of verified tokens.

use std::sync::Arc;

use jiff::Timestamp;
use manyface_core::{Caller, Counter};
use quick_cache::{Equivalent, sync::Cache};

use crate::issuer::Issuer;

/// A bounded cache of verified tokens. Rejected tokens are not cached.
pub(crate) struct VerifiedTokens {
    tokens: Cache<TokenKey, Arc<Verified>>,
    hits: Counter,
    misses: Counter,
}

/// The cached result of verifying a token.
pub(crate) struct Verified {
    pub(crate) caller: Arc<Caller>,
    pub(crate) issuer: Arc<Issuer>,
    /// The generation of the keys that verified the token.
    pub(crate) generation: u64,
    pub(crate) valid_until: Timestamp,
}

#[derive(PartialEq, Eq, Hash)]
struct TokenKey {
    dialect: Arc<str>,
    token: Box<str>,
}

/// A borrowed [`TokenKey`] with the same hash.
#[derive(Hash)]
struct TokenRef<'a> {
    dialect: &'a str,
    token: &'a str,
}

impl VerifiedTokens {
    /// Creates a cache for up to `entries` tokens.
    pub(crate) fn new(entries: usize) -> Self {
        Self {
            tokens: Cache::new(entries),
            hits: Counter::default(),
            misses: Counter::default(),
        }
    }

    /// Returns the cached caller of `token` in `dialect`, if the token is still valid. Does not
    /// allocate.
    pub(crate) fn get(&self, dialect: &str, token: &str, now: Timestamp) -> Option<Arc<Caller>> {
        let found = self.find(dialect, token, now);
        let count = if found.is_some() {
            &self.hits
        } else {
            &self.misses
        };
        count.increment();
        found
    }

    fn find(&self, dialect: &str, token: &str, now: Timestamp) -> Option<Arc<Caller>> {
        let key = TokenRef { dialect, token };
        let verified = self.tokens.get(&key)?;
        if now >= verified.valid_until {
            self.tokens.remove(&key);
            return None;
        }
        verified
            .issuer
            .is_still_trusted(verified.generation, now)
            .then(|| Arc::clone(&verified.caller))
    }

    /// Caches the result of verifying `token`.
    pub(crate) fn insert(&self, token: &str, verified: Verified) {
        let key = TokenKey {
            dialect: Arc::clone(&verified.issuer.rules.dialect),
            token: token.into(),
        };
        self.tokens.insert(key, Arc::new(verified));
    }

    /// Returns the number of cached tokens.
    pub(crate) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Returns how many tokens were found, and how many were not.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.hits.get(), self.misses.get())
    }
}

impl Equivalent<TokenKey> for TokenRef<'_> {
    fn equivalent(&self, key: &TokenKey) -> bool {
        self.token == &*key.token && self.dialect == &*key.dialect
    }
}
