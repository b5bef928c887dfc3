//! An issuer of tokens for one dialect.

use std::sync::Arc;

use jiff::Timestamp;
use manyface_core::Caller;

use crate::{
    Algorithm, Excerpts, SetupError, claims::Rules, key::KeySet, key_ring::KeyRing,
    local_keys::LocalKeys, remote_keys::RemoteKeys, skipped_key, token::Token,
    token_error::TokenError,
};

/// An issuer with its keys and rules.
pub(crate) struct Issuer {
    pub(crate) rules: Rules,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) ring: Arc<KeyRing>,
    pub(crate) origin: Origin,
}

/// The source of an issuer's keys.
pub(crate) enum Origin {
    /// Set by the program, and never changed.
    Given,
    /// Local keys, reloaded on request.
    Local(LocalKeys),
    /// Fetched from the issuer's URL.
    Remote(Arc<RemoteKeys>),
}

impl Issuer {
    /// Verifies `token`. Returns its caller, the end of its validity and the generation of the
    /// keys.
    pub(crate) async fn check(
        &self,
        token: &Token<'_>,
        now: Timestamp,
    ) -> Result<(Caller, Timestamp, u64), TokenError> {
        self.check_algorithm(token)?;
        let generation = self.verify(token, now).await?.generation;
        let token_type = token.header.token_type.as_deref();
        let (caller, valid_until) = self.rules.check_claims(token_type, &token.claims, now)?;
        Ok((caller, valid_until, generation))
    }

    /// Verifies the signature of `token`, and returns the keys.
    ///
    /// If no key matches, keys from a URL are fetched again, at most once in each cooldown: the key
    /// may be new, even if it has the `kid` of another key or none.
    pub(crate) async fn verify(
        &self,
        token: &Token<'_>,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, TokenError> {
        let keys = match &self.origin {
            Origin::Given | Origin::Local(_) => self.ring.keys(),
            Origin::Remote(remote) => remote.current(now).await?,
        };
        let Err(unverified) = keys.verify(token) else {
            return Ok(keys);
        };
        let newer = match &self.origin {
            Origin::Given | Origin::Local(_) => return Err(unverified),
            Origin::Remote(remote) => remote.refetch_after_cooldown(keys.generation, now).await?,
        };
        if newer.generation == keys.generation {
            return Err(unverified);
        }
        newer.verify(token)?;
        Ok(newer)
    }

    pub(crate) fn check_algorithm(&self, token: &Token<'_>) -> Result<(), TokenError> {
        let given = token.header.algorithm;
        if self.algorithms.contains(&given) {
            return Ok(());
        }
        Err(TokenError::Algorithm {
            given,
            expected: Excerpts::new(self.algorithms.iter().map(|algorithm| algorithm.name())),
        })
    }

    /// Returns whether a token that was verified with the keys of `generation` is still trusted at
    /// `now`.
    pub(crate) fn is_still_trusted(&self, generation: u64, now: Timestamp) -> bool {
        let are_fresh = match &self.origin {
            Origin::Given | Origin::Local(_) => true,
            Origin::Remote(remote) => remote.are_fresh(now),
        };
        are_fresh && self.ring.generation() == generation
    }

    /// Reloads local keys. Keeps the old ones if that fails.
    pub(crate) fn reload(&self) -> Result<(), SetupError> {
        if let Origin::Local(local) = &self.origin {
            let read = local
                .load(&self.algorithms)
                .map_err(|problem| problem.of(&self.rules.dialect, &self.rules.issuer))?;
            let Rules {
                dialect, issuer, ..
            } = &self.rules;
            skipped_key::log(&read.skipped, dialect, issuer, &local.to_string());
            self.ring.replace(read.keys);
        }
        Ok(())
    }
}
