//! Measurements of authentication.

use crate::{TokenAuthenticator, issuer::Origin};

/// The state of the cache of verified tokens, and its counts since the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenCacheStatus {
    /// The number of cached tokens.
    pub entries: usize,
    /// The number of tokens that were found.
    pub hits: u64,
    /// The number of tokens that were not found, or that had expired.
    pub misses: u64,
}

/// The state of the keys that are fetched from an issuer's URL.
#[derive(Clone, Debug, PartialEq)]
pub struct FetchedKeysStatus {
    /// The dialect.
    pub dialect: String,
    /// The name of the issuer.
    pub issuer: String,
    /// The time since the last successful fetch, in seconds; `None` before it.
    pub age_seconds: Option<f64>,
    /// The number of failed fetches.
    pub failures: u64,
}

impl TokenAuthenticator {
    /// Returns the state of the cache of verified tokens.
    pub fn cache_status(&self) -> TokenCacheStatus {
        let (hits, misses) = self.verified.counts();
        TokenCacheStatus {
            entries: self.verified.len(),
            hits,
            misses,
        }
    }

    /// Returns the state of the keys of each issuer that has a URL.
    pub fn fetched_keys(&self) -> Vec<FetchedKeysStatus> {
        let now = (self.clock)();
        let issuers = self.issuers.iter();
        let issuers = issuers
            .flat_map(|(dialect, issuers)| issuers.iter().map(move |issuer| (dialect, issuer)));
        let mut states: Vec<_> = issuers
            .filter_map(|(dialect, issuer)| match &issuer.origin {
                Origin::Remote(remote) => Some(FetchedKeysStatus {
                    dialect: dialect.clone(),
                    issuer: issuer.rules.issuer.to_string(),
                    age_seconds: remote.age(now).map(|age| age.as_secs_f64()),
                    failures: remote.failures(),
                }),
                Origin::Given | Origin::Local(_) => None,
            })
            .collect();
        states.sort_by(|one, other| {
            (&one.dialect, &one.issuer).cmp(&(&other.dialect, &other.issuer))
        });
        states
    }
}
