//! The origins whose pages may call a dialect.

use manyface_dialect::Dialect;
use manyface_serve::{AllowedOrigins, DialectOrigins};
use serde::{Deserialize, Deserializer, de::Error};

use super::{Config, Mode};

/// Deserializes origins.
pub(super) fn origins<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<AllowedOrigins>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let origins = AllowedOrigins::parse(texts.iter().map(String::as_str));
    origins.map(Some).map_err(D::Error::custom)
}

impl Config {
    /// Returns the origins whose pages may call each of the dialects that are served.
    pub(crate) fn dialect_origins(&self, mounts: &[(String, Dialect)]) -> DialectOrigins {
        let default = match self.profile {
            Mode::Development => AllowedOrigins::loopback(),
            Mode::Production => AllowedOrigins::default(),
        };
        DialectOrigins::new(mounts.iter().map(|(_, dialect)| {
            let settings = self.dialects.get(dialect.name);
            let origins = settings.and_then(|settings| settings.cors_origins.clone());
            (
                dialect.name.to_owned(),
                origins.unwrap_or_else(|| default.clone()),
            )
        }))
    }
}
