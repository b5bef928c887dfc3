//! Keys that verify tokens.

use jsonwebtoken::{DecodingKey, DecodingKeyKind, crypto::aws_lc::DEFAULT_PROVIDER};

use crate::{
    Algorithm, Excerpt, Excerpts,
    algorithm::KeyKind,
    token::{Header, Token},
    token_error::TokenError,
};

/// The maximum number of keys tried for one token.
const MAX_TRIED: usize = 8;

/// The maximum number of keys named in a message.
const MAX_NAMED: usize = 16;

/// A key and the algorithms that it may be used with.
pub(crate) struct Key {
    id: Option<String>,
    /// Not empty; each fits the key.
    algorithms: Vec<Algorithm>,
    material: DecodingKey,
}

/// The keys of an issuer at a point in time.
pub(crate) struct KeySet {
    /// Incremented by each change.
    pub(crate) generation: u64,
    /// Whether the keys were loaded. If not, no token can be verified.
    pub(crate) is_known: bool,
    pub(crate) keys: Vec<Key>,
}

impl Key {
    /// Returns a key for those of `algorithms` that fit its kind, or `None` if there are none.
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

    /// Returns the name of the key for operators: `RS256 k1`.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.algorithm_names(), self.id_or_none())
    }

    fn algorithm_names(&self) -> String {
        let names: Vec<_> = self.algorithms.iter().map(|known| known.name()).collect();
        names.join("/")
    }

    fn id_or_none(&self) -> String {
        let id = self.id.as_deref().map(Excerpt::new);
        id.map_or_else(
            || "(no kid)".to_owned(),
            |id| id.as_text().escape_debug().to_string(),
        )
    }

    #[cfg(test)]
    pub(crate) fn secret_or_der(&self) -> &[u8] {
        match self.material.kind() {
            DecodingKeyKind::SecretOrDer(bytes) => bytes,
            DecodingKeyKind::RsaModulusExponent { .. } => &[],
        }
    }

    /// Returns whether the key may have signed a token with this header.
    fn fits(&self, header: &Header) -> bool {
        self.algorithms.contains(&header.algorithm)
            && (self.id.is_none() || header.key_id.is_none() || self.id == header.key_id)
    }

    fn verifies(&self, token: &Token<'_>) -> bool {
        // An explicit provider, independent of the one that the process has installed.
        let algorithm = token.header.algorithm.to_jsonwebtoken();
        (DEFAULT_PROVIDER.verifier_factory)(&algorithm, &self.material)
            .is_ok_and(|verifier| verifier.verify(token.message, &token.signature).is_ok())
    }

    /// Returns whether both keys verify the same tokens.
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
    /// Returns the key that signed `token`.
    pub(crate) fn verify(&self, token: &Token<'_>) -> Result<&Key, TokenError> {
        let header = &token.header;
        let mut fitting = self.keys.iter().filter(|key| key.fits(header));
        let signer = fitting
            .by_ref()
            .take(MAX_TRIED)
            .find(|key| key.verifies(token));
        if let Some(key) = signer {
            return Ok(key);
        }
        let fitting = self.keys.iter().filter(|key| key.fits(header)).count();
        let given = Excerpt::of(header.key_id.as_deref());
        let is_known = self.keys.iter().any(|key| key.id == header.key_id);
        Err(if header.key_id.is_some() && !is_known {
            TokenError::UnknownKey {
                given,
                known: Excerpts::new(self.keys.iter().filter_map(|key| key.id.as_deref())),
            }
        } else if fitting == 0 {
            TokenError::NoKey {
                algorithm: header.algorithm,
                key_id: given,
            }
        } else {
            TokenError::Signature {
                tried: fitting.min(MAX_TRIED),
                fitting,
            }
        })
    }

    /// Returns whether the set consists of `keys`, in this order.
    pub(crate) fn holds(&self, keys: &[Key]) -> bool {
        self.keys.len() == keys.len()
            && self
                .keys
                .iter()
                .zip(keys)
                .all(|(ours, theirs)| ours.is_same(theirs))
    }
}

/// Describes keys for operators: `3 keys, RS256 k1 k2, ES256 k3`.
pub(crate) fn summary(keys: &[Key]) -> String {
    let plural = if keys.len() == 1 { "" } else { "s" };
    let mut parts = vec![format!("{} key{plural}", keys.len())];
    for group in
        keys[..keys.len().min(MAX_NAMED)].chunk_by(|one, next| one.algorithms == next.algorithms)
    {
        let ids: Vec<_> = group.iter().map(Key::id_or_none).collect();
        parts.push(format!("{} {}", group[0].algorithm_names(), ids.join(" ")));
    }
    if keys.len() > MAX_NAMED {
        parts.push(format!("and {} more", keys.len() - MAX_NAMED));
    }
    parts.join(", ")
}

#[cfg(test)]
mod vectors;
