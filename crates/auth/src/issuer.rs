//! One issuer of tokens for one dialect.

use std::sync::Arc;

use jiff::Timestamp;
use manyface_core::Caller;

use crate::{
    Algorithm, Excerpts, SetupError, claims::Rules, key::KeySet, key_ring::KeyRing,
    local_keys::LocalKeys, remote_keys::RemoteKeys, skipped_key, token::Token,
    token_error::TokenError,
};

/// An issuer: its keys, and what its tokens must say.
pub(crate) struct Issuer {
    pub(crate) rules: Rules,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) ring: Arc<KeyRing>,
    pub(crate) origin: Origin,
}

/// The source of an issuer's keys.
pub(crate) enum Origin {
    /// From the program; they never change.
    Given,
    /// Local keys, reloaded on request.
    Local(LocalKeys),
    /// From the issuer, again and again.
    Remote(Arc<RemoteKeys>),
}

impl Issuer {
    /// The caller that `token` makes, until when, and the generation of the keys that proved it.
    pub(crate) async fn check(
        &self,
        token: &Token<'_>,
        now: Timestamp,
    ) -> Result<(Caller, Timestamp, u64), TokenError> {
        self.check_algorithm(token)?;
        let generation = self.prove(token, now).await?.generation;
        let token_type = token.header.token_type.as_deref();
        let (caller, good_until) = self.rules.admit(token_type, &token.claims, now)?;
        Ok((caller, good_until, generation))
    }

    /// Checks that one of this issuer's keys signed `token`, and returns the keys.
    ///
    /// A token that none of the keys proves is reason to fetch keys from a URL again, once in each
    /// cooldown: its key may be new, also under a `kid` that another key had, or without any.
    pub(crate) async fn prove(
        &self,
        token: &Token<'_>,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, TokenError> {
        let keys = match &self.origin {
            Origin::Given | Origin::Local(_) => self.ring.keys(),
            Origin::Remote(remote) => remote.current(now).await?,
        };
        let Err(unproven) = keys.prove(token) else {
            return Ok(keys);
        };
        let newer = match &self.origin {
            Origin::Given | Origin::Local(_) => return Err(unproven),
            Origin::Remote(remote) => remote.look_again(keys.generation, now).await?,
        };
        if newer.generation == keys.generation {
            return Err(unproven);
        }
        newer.prove(token)?;
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

    /// Whether what the keys of `generation` proved still holds, as far as is known at `now`.
    pub(crate) fn is_still_trusted(&self, generation: u64, now: Timestamp) -> bool {
        let are_fresh = match &self.origin {
            Origin::Given | Origin::Local(_) => true,
            Origin::Remote(remote) => remote.are_fresh(now),
        };
        are_fresh && self.ring.generation() == generation
    }

    /// Reads local keys again. The old ones stay if that fails.
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
