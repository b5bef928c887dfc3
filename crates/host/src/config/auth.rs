//! The settings of all token issuers.

use manyface_core::bounded;
use serde::Deserialize;

/// The settings of all token issuers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthSettings {
    /// The maximum number of cached verified tokens.
    #[serde(deserialize_with = "bounded::<0, 10_000_000, _, _>")]
    pub cache_entries: usize,
    /// The maximum age of keys from a URL before they are fetched again, in seconds.
    #[serde(deserialize_with = "bounded::<1, 31_536_000, _, _>")]
    pub keys_max_age_seconds: u32,
    /// The time for which keys stay trusted if fetching them fails, in seconds.
    #[serde(deserialize_with = "bounded::<1, 31_536_000, _, _>")]
    pub keys_max_stale_seconds: u32,
    /// The minimum time between two fetches for unknown keys, in seconds.
    #[serde(deserialize_with = "bounded::<0, 86_400, _, _>")]
    pub refetch_cooldown_seconds: u32,
}

impl Default for AuthSettings {
    fn default() -> Self {
        let manyface_auth::AuthConfig {
            cache_entries,
            keys_max_age_seconds,
            keys_max_stale_seconds,
            refetch_cooldown_seconds,
            dialects: _,
        } = manyface_auth::AuthConfig::default();
        Self {
            cache_entries,
            keys_max_age_seconds,
            keys_max_stale_seconds,
            refetch_cooldown_seconds,
        }
    }
}
