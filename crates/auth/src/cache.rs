//! The tokens that were lately found good.

use std::sync::Arc;

use jiff::Timestamp;
use manyface_core::Caller;
use quick_cache::{Equivalent, sync::Cache};

use crate::issuer::Issuer;

/// A bounded memory of good tokens. What was rejected is not remembered.
pub(crate) struct VerifiedTokens(Cache<TokenKey, Arc<Verified>>);

/// The cached result of verifying a token.
pub(crate) struct Verified {
    pub(crate) caller: Arc<Caller>,
    pub(crate) issuer: Arc<Issuer>,
    /// The generation of the keys that proved it.
    pub(crate) generation: u64,
    pub(crate) good_until: Timestamp,
}

#[derive(PartialEq, Eq, Hash)]
struct TokenKey {
    dialect: Arc<str>,
    token: Box<str>,
}

/// A [`TokenKey`] that owns nothing, with the same hash.
#[derive(Hash)]
struct TokenRef<'a> {
    dialect: &'a str,
    token: &'a str,
}

impl VerifiedTokens {
    /// Room for `entries` tokens.
    pub(crate) fn new(entries: usize) -> Self {
        Self(Cache::new(entries))
    }

    /// The caller that `token` was found to make for `dialect`, if that still holds. Does not
    /// allocate.
    pub(crate) fn get(&self, dialect: &str, token: &str, now: Timestamp) -> Option<Arc<Caller>> {
        let key = TokenRef { dialect, token };
        let verified = self.0.get(&key)?;
        if now >= verified.good_until {
            self.0.remove(&key);
            return None;
        }
        verified
            .issuer
            .is_still_trusted(verified.generation, now)
            .then(|| Arc::clone(&verified.caller))
    }

    /// Remembers that `token` is good.
    pub(crate) fn insert(&self, token: &str, verified: Verified) {
        let key = TokenKey {
            dialect: Arc::clone(&verified.issuer.rules.dialect),
            token: token.into(),
        };
        self.0.insert(key, Arc::new(verified));
    }

    /// How many tokens are remembered.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Equivalent<TokenKey> for TokenRef<'_> {
    fn equivalent(&self, key: &TokenKey) -> bool {
        self.token == &*key.token && self.dialect == &*key.dialect
    }
}
