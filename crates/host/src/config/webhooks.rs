//! The settings of webhooks.

use manyface_core::bounded;
use manyface_serve::Networks;
use serde::Deserialize;

use super::addresses::networks;

/// The settings of webhooks.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookSettings {
    /// Whether destinations may be `http://` URLs.
    pub allow_http: bool,
    /// The networks of permitted destinations in addition to public addresses.
    #[serde(deserialize_with = "networks")]
    pub allowed_networks: Networks,
    /// The timeout of a request, in seconds. Default: 10.
    #[serde(deserialize_with = "bounded::<1, 30, _, _>")]
    pub timeout_seconds: u32,
    /// The number of attempts to deliver a change before it becomes a dead letter. Default: 16.
    #[serde(deserialize_with = "bounded::<1, 100, _, _>")]
    pub attempts: u32,
    /// The pause after the first failed attempt, in seconds. It doubles with each further one.
    /// Default: 5.
    #[serde(deserialize_with = "bounded::<0, 86_400, _, _>")]
    pub first_retry_seconds: u32,
    /// The maximum pause between two attempts, in seconds. Default: 3,600.
    #[serde(deserialize_with = "bounded::<0, 86_400, _, _>")]
    pub max_retry_seconds: u32,
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self {
            allow_http: false,
            allowed_networks: Networks::default(),
            timeout_seconds: 10,
            attempts: 16,
            first_retry_seconds: 5,
            max_retry_seconds: 3_600,
        }
    }
}
