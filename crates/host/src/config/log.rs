//! The settings of the log.

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};

/// The settings of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogSettings {
    /// The log level, or levels by module (`info,manyface_serve=debug`). Default:
    /// `info,actix_server=warn`; in development also a line per request.
    pub level: Option<String>,
    /// Whether each request is a line at info. Default: false.
    pub requests: bool,
}

/// The settings as a table.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Table {
    level: Option<String>,
    requests: bool,
}

/// `log = "LEVEL"` is short for `log = { level = "LEVEL" }`.
impl<'de> Deserialize<'de> for LogSettings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrTable;

        impl<'de> Visitor<'de> for TextOrTable {
            type Value = LogSettings;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a level in quotes, or a table")
            }

            fn visit_str<E: Error>(self, level: &str) -> Result<LogSettings, E> {
                Ok(LogSettings {
                    level: Some(level.to_owned()),
                    requests: false,
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<LogSettings, A::Error> {
                let Table { level, requests } =
                    Table::deserialize(MapAccessDeserializer::new(map))?;
                Ok(LogSettings { level, requests })
            }
        }

        deserializer.deserialize_any(TextOrTable)
    }
}
