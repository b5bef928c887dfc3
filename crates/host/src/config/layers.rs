//! Settings from four layers: defaults, file, environment and options, in this order.

use std::{collections::BTreeMap, fmt, fs, path::PathBuf};

use toml::{Table, Value};

use super::{Config, messages, paths};

/// The environment variables and the settings that they override.
const VARIABLES: [(&str, &str); 7] = [
    ("MANYFACE_LISTEN", "listen"),
    ("MANYFACE_ADMIN_LISTEN", "admin.listen"),
    ("MANYFACE_PUBLIC_URL", "public_url"),
    ("MANYFACE_DATABASE_URL", "database_url"),
    ("MANYFACE_DATA_DIR", "data_dir"),
    ("MANYFACE_LOG", "log"),
    ("MANYFACE_DEVELOPMENT_ACCESS", "development_access"),
];
const CONFIG_VARIABLE: &str = "MANYFACE_CONFIG";
const PREFIX: &str = "MANYFACE_";
/// The prefix of the variables of `manyface conform`.
const CONFORM_PREFIX: &str = "MANYFACE_CONFORM_";

/// Environment variables, of the process or of a test.
pub type Environment = Vec<(String, String)>;

/// The source of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The configuration file.
    File(PathBuf),
    /// An environment variable.
    Variable(&'static str),
    /// A command-line option.
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

/// An invalid configuration, and its source.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {0}: {1}")]
    Unreadable(PathBuf, #[source] std::io::Error),
    /// The file is invalid.
    #[error("{0}: {1}")]
    File(PathBuf, String),
    /// A variable or option has an invalid value.
    #[error("{0}: {1}")]
    Value(Source, String),
    /// The variable is unknown.
    #[error("unknown environment variable {0}; known are MANYFACE_CONFIG, {1}")]
    UnknownVariable(String, String),
}

/// The settings and the sources of those that are not defaults.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    table: Table,
    sources: BTreeMap<String, Source>,
}

impl Layers {
    /// Reads the file that the option or the environment names, then the environment, then `flags`:
    /// triples of the setting, the option and the value.
    ///
    /// Relative paths in the file are relative to the file; all others, to the working directory.
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
                || name.starts_with(CONFORM_PREFIX)
                || is_service_link(name)
                || secrets.contains(name)
                || VARIABLES.iter().any(|(known, _)| known == name);
            if name.starts_with(PREFIX) && !is_known {
                let known = VARIABLES.map(|(name, _)| name).join(", ");
                return Err(ConfigError::UnknownVariable(name.clone(), known));
            }
        }
        for (name, setting) in VARIABLES {
            if let Some(value) = variable(name) {
                // `log` is short for `log.level`.
                let setting = match layers.table.get("log") {
                    Some(Value::Table(_)) if setting == "log" => "log.level",
                    Some(_) | None => setting,
                };
                layers.set(setting, value, Source::Variable(name))?;
            }
        }
        for (setting, flag, value) in flags {
            layers.set(setting, value, Source::Flag(flag))?;
        }
        Ok(layers)
    }

    /// Returns the variables with issuers' secrets.
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
        let path = paths::absolute(path);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => return Err(ConfigError::Unreadable(path, error)),
        };
        // Parsing into the target type reports the line of a mistake.
        let read = toml::from_str::<Config>(&text).and_then(|_| text.parse::<Table>());
        match read {
            Ok(table) => self.table = table,
            Err(error) => {
                return Err(ConfigError::File(path, messages::with_line(&error, &text)));
            }
        }
        paths::resolve(&mut self.table, path.parent().unwrap_or(&path));
        for key in leaves(&self.table) {
            self.sources.insert(key, Source::File(path.clone()));
        }
        Ok(())
    }

    fn set(&mut self, setting: &str, value: String, source: Source) -> Result<(), ConfigError> {
        let mut value = Value::String(value);
        let (group, name) = setting.split_once('.').unzip();
        if let (Some(group), Some(name)) = (group, name) {
            let mut members = self.table.get(group).and_then(Value::as_table).cloned();
            let members = members.get_or_insert_default();
            members.insert(name.to_owned(), value);
            value = Value::Table(std::mem::take(members));
        }
        let key = group.unwrap_or(setting).to_owned();
        let mut layer = Table::from_iter([(key, value)]);
        paths::resolve(&mut layer, &paths::absolute(PathBuf::new()));
        let wrong = match layer.clone().try_into::<Config>() {
            Ok(config) => config.check_texts().err(),
            Err(error) => Some(messages::plain(&error)),
        };
        if let Some(wrong) = wrong {
            return Err(ConfigError::Value(source, wrong));
        }
        self.table.extend(layer);
        self.sources.insert(setting.to_owned(), source);
        Ok(())
    }

    /// Returns the settings.
    pub fn config(&self) -> Result<Config, ConfigError> {
        let config = self.table.clone().try_into();
        let mut config: Config = config.map_err(|error: toml::de::Error| {
            ConfigError::File(PathBuf::from("configuration"), messages::plain(&error))
        })?;
        config.data_dir = paths::absolute(config.data_dir);
        Ok(config)
    }

    /// Returns the source of each setting that is not a default, by dotted name.
    pub fn sources(&self) -> &BTreeMap<String, Source> {
        &self.sources
    }

    /// Returns a setting's value by its dotted name, without passwords in URLs.
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
        Some(messages::without_password(&value.to_string()))
    }
}

/// Where the settings of this process come from, to read them again.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConfigSource {
    pub(crate) file: Option<PathBuf>,
    pub(crate) environment: Environment,
    pub(crate) flags: Vec<(&'static str, &'static str, String)>,
}

impl ConfigSource {
    /// Reads the settings. The environment is that of the start.
    pub(crate) fn read(&self) -> Result<Layers, ConfigError> {
        Layers::read(self.file.clone(), &self.environment, self.flags.clone())
    }
}

/// Returns whether Kubernetes sets this variable for a service of the namespace whose name begins
/// with `manyface` (`enableServiceLinks`).
fn is_service_link(name: &str) -> bool {
    if name.ends_with("_SERVICE_HOST") || name.ends_with("_PORT") {
        return true;
    }
    let is_service_port = |(_, rest): (&str, &str)| rest.is_empty() || rest.starts_with('_');
    let is_container_port = |(_, rest): (&str, &str)| {
        let (number, protocol) = rest.split_once('_').unwrap_or_default();
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number
            && ["TCP", "UDP", "SCTP"]
                .iter()
                .any(|known| protocol.starts_with(known))
    };
    name.rsplit_once("_SERVICE_PORT")
        .is_some_and(is_service_port)
        || name.split_once("_PORT_").is_some_and(is_container_port)
}

/// Returns the dotted names of all values in `table`; array elements have numbers.
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
