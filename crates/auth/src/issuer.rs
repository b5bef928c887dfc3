//! One issuer of tokens for one dialect.

use std::sync::Arc;

use jiff::Timestamp;
use manyface_core::Denial;

use crate::{
    Algorithm, SetupError, claims::Rules, key::Proof, key_ring::KeyRing, local_keys::LocalKeys,
    remote_keys::RemoteKeys, token::Token,
};

/// An issuer: its keys, and what its tokens must say.
pub(crate) struct Issuer {
    pub(crate) rules: Rules,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) ring: Arc<KeyRing>,
    pub(crate) origin: Origin,
}

/// Where an issuer's keys come from.
pub(crate) enum Origin {
    /// From the program; they never change.
    Given,
    /// From this machine, when told to.
    Local(LocalKeys),
    /// From the issuer, again and again.
    Remote(Arc<RemoteKeys>),
}

impl Issuer {
    /// Checks that one of this issuer's keys signed `token`, and tells the generation of the keys.
    pub(crate) async fn prove(&self, token: &Token<'_>, now: Timestamp) -> Result<u64, Denial> {
        if !self.algorithms.contains(&token.header.algorithm) {
            return Err(Denial::Invalid);
        }
        let keys = match &self.origin {
            Origin::Given | Origin::Local(_) => self.ring.keys(),
            Origin::Remote(remote) => remote.current(now).await?,
        };
        match (keys.prove(token), &self.origin) {
            (Proof::Proven, _) => Ok(keys.generation),
            (Proof::UnknownKey, Origin::Remote(remote)) => {
                let keys = remote.look_again(keys.generation, now).await;
                match keys.prove(token) {
                    Proof::Proven => Ok(keys.generation),
                    Proof::UnknownKey | Proof::Refuted => Err(Denial::Invalid),
                }
            }
            (Proof::UnknownKey | Proof::Refuted, _) => Err(Denial::Invalid),
        }
    }

    /// Whether what the keys of `generation` proved still holds, as far as is known at `now`.
    pub(crate) fn stands_by(&self, generation: u64, now: Timestamp) -> bool {
        let are_fresh = match &self.origin {
            Origin::Given | Origin::Local(_) => true,
            Origin::Remote(remote) => remote.are_fresh(now),
        };
        are_fresh && self.ring.generation() == generation
    }

    /// Reads local keys again. The old ones stay if that fails.
    pub(crate) fn reload(&self) -> Result<(), SetupError> {
        if let Origin::Local(local) = &self.origin {
            let keys = local
                .load(&self.algorithms)
                .map_err(|problem| problem.of(&self.rules.dialect, &self.rules.issuer))?;
            self.ring.replace(keys);
        }
        Ok(())
    }
}
