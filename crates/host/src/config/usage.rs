//! The settings of usage counts and deprecations.

use jiff::Timestamp;
use manyface_core::bounded;
use manyface_dialect::Dialect;
use manyface_serve::Deprecation;
use serde::{Deserialize, Deserializer, de::Error};

use super::Config;
use crate::Failure;

/// Counts of the use of operations and fields by clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UsageSettings {
    /// Whether uses are counted. Default: true.
    pub enabled: bool,
    /// The number of days after its last use for which a count is kept. Default: 400.
    #[serde(deserialize_with = "bounded::<1, 36_500, _, _>")]
    pub days: u32,
}

impl Default for UsageSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            days: 400,
        }
    }
}

/// An operation or API version of a dialect that is announced as deprecated.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeprecationConfig {
    /// The operation's id in the contract. Default: all operations.
    pub operation: Option<String>,
    /// The API version. Default: all versions.
    pub api_version: Option<String>,
    /// The time since which the use is deprecated.
    #[serde(deserialize_with = "time")]
    pub since: Timestamp,
    /// The time after which the operation may be removed.
    #[serde(default, deserialize_with = "optional_time")]
    pub sunset: Option<Timestamp>,
    /// The URL of a page for developers of clients.
    pub link: Option<String>,
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    let message = "must be a time in quotes, such as \"2026-06-25T10:30:00Z\"";
    text.parse().map_err(|_| D::Error::custom(message))
}

fn optional_time<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    time(deserializer).map(Some)
}

impl Config {
    /// Returns the deprecations of the dialects that are served.
    pub(crate) fn deprecations(
        &self,
        mounts: &[(String, Dialect)],
    ) -> Result<Vec<Deprecation>, Failure> {
        let mut deprecations = Vec::new();
        for (_, dialect) in mounts {
            let settings = self.dialects.get(dialect.name);
            for config in settings.map_or(&[][..], |settings| &settings.deprecations) {
                let DeprecationConfig {
                    operation,
                    api_version,
                    since,
                    sunset,
                    link,
                } = config.clone();
                let mut routes = dialect.routes.iter();
                if let Some(id) = &operation
                    && !routes.any(|route| route.id == id)
                {
                    let known: Vec<_> = dialect.routes.iter().map(|route| route.id).collect();
                    return Err(Failure::Usage(format!(
                        "dialects.{}.deprecations: there is no operation {id}; known are {}",
                        dialect.name,
                        known.join(", ")
                    )));
                }
                deprecations.push(Deprecation {
                    dialect: dialect.name.to_owned(),
                    operation,
                    api_version,
                    since,
                    sunset,
                    link,
                });
            }
        }
        Ok(deprecations)
    }
}
