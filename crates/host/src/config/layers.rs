//! Settings from four places: built in, then the file, then the environment, then flags.

use std::{collections::BTreeMap, fmt, fs, path::PathBuf};

use toml::{Table, Value};

use super::Config;

/// The variables that are settings, and the settings they are.
const VARIABLES: [(&str, &str); 5] = [
    ("MANYFACE_LISTEN", "listen"),
    ("MANYFACE_PUBLIC_URL", "public_url"),
    ("MANYFACE_DATABASE_URL", "database_url"),
    ("MANYFACE_DATA_DIR", "data_dir"),
    ("MANYFACE_LOG", "log"),
];
const CONFIG_VARIABLE: &str = "MANYFACE_CONFIG";
const PREFIX: &str = "MANYFACE_";
/// Variables that are none of the server's settings: those of the conformance kit, and those that
/// Kubernetes makes of a service by the name of `manyface`.
const NOT_OURS: [&str; 3] = ["MANYFACE_CONFORM_", "MANYFACE_SERVICE_", "MANYFACE_PORT"];

/// The process's environment, or another.
pub type Environment = Vec<(String, String)>;

/// Where a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The configuration file.
    File(PathBuf),
    /// This environment variable.
    Variable(&'static str),
    /// This flag.
    Flag(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(formatter, "{}", path.display()),
            Self::Variable(name) => write!(formatter, "environment {name}"),
            Self::Flag(name) => write!(formatter, "flag {name}"),
        }
    }
}

/// What is wrong with the configuration, in words that name the place.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {0}: {1}")]
    Unreadable(PathBuf, #[source] std::io::Error),
    /// The file, or what is in it, is not configuration.
    #[error("{0}: {1}")]
    File(PathBuf, String),
    /// A variable or a flag has a value that its setting cannot have.
    #[error("{0}: {1}")]
    Value(Source, String),
    /// There is no such variable.
    #[error("unknown environment variable {0}; known are MANYFACE_CONFIG, {1}")]
    UnknownVariable(String, String),
}

/// The settings, and where each that is not built in comes from.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    table: Table,
    sources: BTreeMap<String, Source>,
}

impl Layers {
    /// Reads the file that the flag or the environment names, then the environment, then `flags`:
    /// the setting's name, the flag's, and the value.
    pub fn read(
        file: Option<PathBuf>,
        environment: &Environment,
        flags: Vec<(&'static str, &'static str, String)>,
    ) -> Result<Self, ConfigError> {
        let variable = |name: &str| {
            let found = environment.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        };
        let mut layers = Self::default();
        if let Some(path) = file.or_else(|| variable(CONFIG_VARIABLE).map(PathBuf::from)) {
            layers.read_file(path)?;
        }
        let secrets = layers.secret_variables();
        for (name, _) in environment {
            let is_known = name == CONFIG_VARIABLE
                || NOT_OURS.iter().any(|prefix| name.starts_with(prefix))
                || secrets.contains(name)
                || VARIABLES.iter().any(|(known, _)| known == name);
            if name.starts_with(PREFIX) && !is_known {
                let known = VARIABLES.map(|(name, _)| name).join(", ");
                return Err(ConfigError::UnknownVariable(name.clone(), known));
            }
        }
        for (name, setting) in VARIABLES {
            if let Some(value) = variable(name) {
                layers.set(setting, value, Source::Variable(name))?;
            }
        }
        for (setting, flag, value) in flags {
            layers.set(setting, value, Source::Flag(flag))?;
        }
        Ok(layers)
    }

    /// The variables that issuers' secrets are in.
    fn secret_variables(&self) -> Vec<String> {
        let dialects = self.table.get("dialects").and_then(Value::as_table);
        let dialects = dialects.into_iter().flat_map(Table::values);
        let issuers = dialects.filter_map(|dialect| dialect.get("issuers")?.as_array());
        let names = issuers
            .flatten()
            .filter_map(|issuer| issuer.get("secret_env")?.as_str());
        names.map(str::to_owned).collect()
    }

    fn read_file(&mut self, path: PathBuf) -> Result<(), ConfigError> {
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => return Err(ConfigError::Unreadable(path, error)),
        };
        // Read once as what it should be, because that tells the line of a mistake.
        if let Err(error) = toml::from_str::<Config>(&text) {
            return Err(ConfigError::File(path, told(&error, &text)));
        }
        match text.parse::<Table>() {
            Ok(table) => self.table = table,
            Err(error) => return Err(ConfigError::File(path, told(&error, &text))),
        }
        for key in leaves(&self.table) {
            self.sources.insert(key, Source::File(path.clone()));
        }
        Ok(())
    }

    fn set(&mut self, setting: &str, value: String, source: Source) -> Result<(), ConfigError> {
        let previous = self.table.insert(setting.to_owned(), Value::String(value));
        drop(previous);
        if let Err(error) = self.table.clone().try_into::<Config>() {
            // The message may repeat the value, and the value may be a secret.
            let message = if setting == "database_url" {
                "not a database URL".to_owned()
            } else {
                error.message().to_owned()
            };
            return Err(ConfigError::Value(source, message));
        }
        self.sources.insert(setting.to_owned(), source);
        Ok(())
    }

    /// The settings.
    pub fn config(&self) -> Result<Config, ConfigError> {
        let config = self.table.clone().try_into();
        config.map_err(|error: toml::de::Error| {
            ConfigError::File(PathBuf::from("configuration"), error.message().to_owned())
        })
    }

    /// Where each setting that is not built in comes from, by its dotted name.
    pub fn sources(&self) -> &BTreeMap<String, Source> {
        &self.sources
    }

    /// A setting's value as it was written, by its dotted name.
    pub fn value(&self, name: &str) -> Option<String> {
        let mut parts = name.split('.');
        let mut value = self.table.get(parts.next()?)?;
        for part in parts {
            value = match value {
                Value::Table(table) => table.get(part)?,
                Value::Array(items) => items.get(part.parse::<usize>().ok()?)?,
                Value::String(_)
                | Value::Integer(_)
                | Value::Float(_)
                | Value::Boolean(_)
                | Value::Datetime(_) => return None,
            };
        }
        Some(value.to_string())
    }
}

/// What is wrong and in which line, without the line's value: it may be a secret.
fn told(error: &toml::de::Error, text: &str) -> String {
    let place = error.span().map_or(0, |span| span.start);
    let before = text.get(..place).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let key = text
        .get(start..)
        .and_then(|rest| rest.lines().next()?.split_once('='));
    let key = key.map(|(key, _)| key.trim()).filter(|key| is_key(key));
    let key = key.map(|key| format!(", {key}")).unwrap_or_default();
    // So may the message, where it repeats a value that is no good.
    let message = error.message();
    let is_value = message.starts_with("invalid value") || message.starts_with("invalid type");
    let message = match message.split_once(", expected ") {
        Some((_, expected)) if is_value => format!("expected {expected}"),
        Some(_) | None => message.to_owned(),
    };
    format!("line {line}{key}: {message}")
}

fn is_key(text: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"_-.".contains(&b);
    !text.is_empty() && text.bytes().all(is_plain)
}

/// The dotted names of all values in `table`; the tables of an array are numbered.
fn leaves(table: &Table) -> Vec<String> {
    let mut names = Vec::new();
    for (key, value) in table {
        match value {
            Value::Table(inner) => {
                names.extend(leaves(inner).iter().map(|name| format!("{key}.{name}")));
            }
            Value::Array(items) if items.iter().any(Value::is_table) => {
                for (number, item) in items.iter().enumerate() {
                    let inner = item.as_table().map(leaves).unwrap_or_default();
                    names.extend(inner.iter().map(|name| format!("{key}.{number}.{name}")));
                }
            }
            Value::String(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_)
            | Value::Array(_) => names.push(key.clone()),
        }
    }
    names
}
