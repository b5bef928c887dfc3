//! Unusable keys of a JWK set.

use std::fmt;

use crate::{
    Excerpt,
    algorithm::{KeyKind, RSA_BITS},
};

/// The maximum number of keys named in a log line.
const MAX_NAMED: usize = 8;

/// An unusable key of a JWK set. Displayed as one line without key material.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedKey {
    /// The `kid`, or the position of the key in the set.
    pub(crate) name: String,
    pub(crate) reason: SkipReason,
}

/// Why a key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SkipReason {
    #[error("not a JSON object")]
    NotObject,
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error("{0} is not a string")]
    NotString(&'static str),
    #[error("{0} is not an array")]
    NotArray(&'static str),
    #[error("{0} is not base64url")]
    Encoding(&'static str),
    #[error("{0} has {1} bytes, which do not fit its curve")]
    Length(&'static str, usize),
    #[error("an RSA key of {0} bits, expected {min} to {max}", min = RSA_BITS.start(), max = RSA_BITS.end())]
    RsaBits(usize),
    #[error("not a valid {0} key")]
    Rejected(&'static str),
    #[error("a private or symmetric key, which does not belong in a published set")]
    Secret,
    #[error("kty {} is not supported", Excerpt::new(.0))]
    Kind(String),
    #[error("crv {} is not supported", Excerpt::new(.0))]
    Curve(String),
    #[error("use is {}, not \"sig\"", Excerpt::new(.0))]
    Usage(String),
    #[error("key_ops has no \"verify\"")]
    Operations,
    #[error("alg {} is not one of the issuer's algorithms", Excerpt::new(.0))]
    Algorithm(String),
    #[error("{0}, for none of the issuer's algorithms")]
    Unused(KeyKind),
    #[error("alg {} does not fit {}", Excerpt::new(.0), .1)]
    Unfit(String, KeyKind),
}

impl SkippedKey {
    /// Returns whether the key is defective. Otherwise it is a valid key for other purposes.
    pub(crate) fn is_faulty(&self) -> bool {
        match self.reason {
            SkipReason::NotObject
            | SkipReason::Missing(_)
            | SkipReason::NotString(_)
            | SkipReason::NotArray(_)
            | SkipReason::Encoding(_)
            | SkipReason::Length(..)
            | SkipReason::RsaBits(_)
            | SkipReason::Rejected(_)
            | SkipReason::Unfit(..)
            | SkipReason::Secret => true,
            SkipReason::Kind(_)
            | SkipReason::Curve(_)
            | SkipReason::Usage(_)
            | SkipReason::Operations
            | SkipReason::Algorithm(_)
            | SkipReason::Unused(_) => false,
        }
    }

    /// Describes several keys in one line.
    pub(crate) fn line<'a>(skipped: impl IntoIterator<Item = &'a Self>) -> String {
        let mut skipped = skipped.into_iter();
        let named = skipped.by_ref().take(MAX_NAMED).map(ToString::to_string);
        let mut parts: Vec<_> = named.collect();
        let more = skipped.count();
        if more > 0 {
            parts.push(format!("and {more} more"));
        }
        parts.join("; ")
    }
}

/// Logs unusable keys: defective ones as a warning.
pub(crate) fn log(skipped: &[SkippedKey], dialect: &str, issuer: &str, source: &str) {
    let (faulty, unused): (Vec<_>, Vec<_>) = skipped.iter().partition(|key| key.is_faulty());
    if !faulty.is_empty() {
        let keys = SkippedKey::line(faulty);
        tracing::warn!(%dialect, %issuer, source, keys, "issuer keys cannot be used");
    }
    if !unused.is_empty() {
        let keys = SkippedKey::line(unused);
        tracing::debug!(%dialect, %issuer, source, keys, "issuer keys are for other purposes");
    }
}

impl fmt::Display for SkippedKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Excerpt::new(&self.name).into_text().unwrap_or_default();
        write!(formatter, "key {}: {}", name.escape_debug(), self.reason)
    }
}
