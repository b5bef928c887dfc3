//! One key that proves tokens.

use jsonwebtoken::{DecodingKey, DecodingKeyKind, crypto::aws_lc::DEFAULT_PROVIDER};

use crate::{
    Algorithm,
    algorithm::KeyKind,
    token::{Header, Token},
};

/// The most keys that one token is tried against.
const MAX_TRIES: usize = 8;

/// A key and what it may be used for.
pub(crate) struct Key {
    id: Option<String>,
    /// Never empty, and each fits the key.
    algorithms: Vec<Algorithm>,
    material: DecodingKey,
}

/// The keys of one issuer at one time.
pub(crate) struct KeySet {
    /// Grows with each change; 0 if there were no keys yet.
    pub(crate) generation: u64,
    pub(crate) keys: Vec<Key>,
}

/// What a key set says about a token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// One of the keys signed it.
    Proven,
    /// It names a key that is not in the set.
    UnknownKey,
    /// None of the keys signed it.
    Refuted,
}

impl Key {
    /// A key for those of `algorithms` that fit its kind; `None` if there are none.
    pub(crate) fn new(
        id: Option<String>,
        kind: KeyKind,
        material: DecodingKey,
        algorithms: &[Algorithm],
    ) -> Option<Self> {
        let algorithms: Vec<Algorithm> = algorithms
            .iter()
            .copied()
            .filter(|algorithm| algorithm.key_kind() == kind)
            .collect();
        (!algorithms.is_empty()).then_some(Self {
            id,
            algorithms,
            material,
        })
    }

    /// Whether it may be what signed a token with this header.
    fn fits(&self, header: &Header) -> bool {
        self.algorithms.contains(&header.algorithm)
            && (self.id.is_none() || header.key_id.is_none() || self.id == header.key_id)
    }

    fn verifies(&self, token: &Token<'_>) -> bool {
        // The provider is named, so that nothing hangs on what the process has installed.
        let algorithm = token.header.algorithm.to_jsonwebtoken();
        (DEFAULT_PROVIDER.verifier_factory)(&algorithm, &self.material)
            .is_ok_and(|verifier| verifier.verify(token.message, &token.signature).is_ok())
    }

    /// Whether both prove the same tokens.
    fn is_same(&self, other: &Self) -> bool {
        self.id == other.id
            && self.algorithms == other.algorithms
            && match (self.material.kind(), other.material.kind()) {
                (DecodingKeyKind::SecretOrDer(ours), DecodingKeyKind::SecretOrDer(theirs)) => {
                    ours == theirs
                }
                (
                    DecodingKeyKind::RsaModulusExponent { n, e },
                    DecodingKeyKind::RsaModulusExponent {
                        n: modulus,
                        e: exponent,
                    },
                ) => n == modulus && e == exponent,
                (DecodingKeyKind::SecretOrDer(_), DecodingKeyKind::RsaModulusExponent { .. })
                | (DecodingKeyKind::RsaModulusExponent { .. }, DecodingKeyKind::SecretOrDer(_)) => {
                    false
                }
            }
    }
}

impl KeySet {
    /// Whether one of the keys signed `token`.
    pub(crate) fn prove(&self, token: &Token<'_>) -> Proof {
        let mut fitting = self.keys.iter().filter(|key| key.fits(&token.header));
        if fitting
            .by_ref()
            .take(MAX_TRIES)
            .any(|key| key.verifies(token))
        {
            return Proof::Proven;
        }
        match &token.header.key_id {
            Some(_) if !self.keys.iter().any(|key| key.id == token.header.key_id) => {
                Proof::UnknownKey
            }
            Some(_) | None => Proof::Refuted,
        }
    }

    /// Whether the set holds just `keys`, in their order.
    pub(crate) fn holds(&self, keys: &[Key]) -> bool {
        self.keys.len() == keys.len()
            && self
                .keys
                .iter()
                .zip(keys)
                .all(|(ours, theirs)| ours.is_same(theirs))
    }
}
