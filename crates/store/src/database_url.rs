//! Where a database is.

use std::{fmt, path::PathBuf, str::FromStr};

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use tokio_postgres::config::{Config, Host, SslMode};

/// Where a database is: `sqlite:PATH` or `postgres://…`.
///
/// A PostgreSQL URL is one that libpq takes, with `sslmode` (`disable`, `prefer`, `require` or
/// `verify-full`) and `sslrootcert` (a PEM file) among its parameters. Its password appears in
/// no message.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct DatabaseUrl(Location);

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Location {
    Sqlite(PathBuf),
    Postgres(Box<Server>),
}

/// A PostgreSQL server, and how to reach it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) config: Config,
    /// Whether the server must prove its name.
    pub(crate) is_verified: bool,
    /// Where the certificates are that it may prove it with, if not the platform's.
    pub(crate) roots: Option<PathBuf>,
}

/// Why a text is no [`DatabaseUrl`].
#[derive(Debug, thiserror::Error)]
pub enum DatabaseUrlError {
    /// It begins with neither scheme.
    #[error("a database URL begins with `sqlite:` or `postgres://`")]
    Scheme,
    /// There is no file in it.
    #[error("a SQLite URL needs the path of a file: `sqlite:PATH`")]
    NoPath,
    /// It asks for a database in memory.
    #[error(
        "a SQLite database in memory would be another one for each connection: name a file, `sqlite:PATH`"
    )]
    Memory,
    /// It has parameters.
    #[error("a SQLite URL takes no parameters")]
    Parameters,
    /// `sslmode` is none of those known.
    #[error("`sslmode` must be disable, prefer, require or verify-full")]
    SslMode,
    /// The PostgreSQL client does not take it.
    #[error("not a PostgreSQL URL")]
    Postgres(#[source] tokio_postgres::Error),
}

impl DatabaseUrl {
    /// The SQLite database in this file.
    pub fn sqlite(path: PathBuf) -> Self {
        Self(Location::Sqlite(path))
    }

    pub(crate) fn location(&self) -> &Location {
        &self.0
    }
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, DatabaseUrlError> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            return sqlite(path.strip_prefix("//").unwrap_or(path)).map(Self);
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            let server = postgres(text)?;
            return Ok(Self(Location::Postgres(Box::new(server))));
        }
        Err(DatabaseUrlError::Scheme)
    }
}

impl TryFrom<String> for DatabaseUrl {
    type Error = DatabaseUrlError;

    fn try_from(text: String) -> Result<Self, DatabaseUrlError> {
        text.parse()
    }
}

fn sqlite(path: &str) -> Result<Location, DatabaseUrlError> {
    match path {
        "" => Err(DatabaseUrlError::NoPath),
        _ if path.contains(":memory:") || path.contains("mode=memory") => {
            Err(DatabaseUrlError::Memory)
        }
        _ if path.contains('?') => Err(DatabaseUrlError::Parameters),
        _ => Ok(Location::Sqlite(PathBuf::from(path))),
    }
}

/// Reads the two parameters that the client does not know by itself, and leaves it the rest.
fn postgres(text: &str) -> Result<Server, DatabaseUrlError> {
    let (address, query) = text.split_once('?').unwrap_or((text, ""));
    let mut mode = SslMode::Prefer;
    let mut is_verified = false;
    let mut roots = None;
    let mut rest = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", name)) => (mode, is_verified) = ssl_mode(name)?,
            Some(("sslrootcert", path)) => roots = Some(decoded(path)),
            Some(_) | None => rest.push(pair),
        }
    }
    let known = format!("{address}?{}", rest.join("&"));
    let mut config: Config = known.parse().map_err(DatabaseUrlError::Postgres)?;
    config.ssl_mode(mode);
    Ok(Server {
        config,
        is_verified,
        roots,
    })
}

fn decoded(path: &str) -> PathBuf {
    PathBuf::from(percent_decode_str(path).decode_utf8_lossy().into_owned())
}

fn ssl_mode(name: &str) -> Result<(SslMode, bool), DatabaseUrlError> {
    match name {
        "disable" => Ok((SslMode::Disable, false)),
        "prefer" => Ok((SslMode::Prefer, false)),
        "require" => Ok((SslMode::Require, false)),
        "verify-full" => Ok((SslMode::Require, true)),
        _ => Err(DatabaseUrlError::SslMode),
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Location::Sqlite(path) => write!(formatter, "sqlite:{}", path.display()),
            Location::Postgres(server) => server.fmt(formatter),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "DatabaseUrl({self})")
    }
}

impl fmt::Display for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("postgres://")?;
        if let Some(user) = self.config.get_user() {
            write!(formatter, "{user}@")?;
        }
        let ports = self.config.get_ports();
        for (index, host) in self.config.get_hosts().iter().enumerate() {
            formatter.write_str(if index > 0 { "," } else { "" })?;
            match host {
                Host::Tcp(name) => formatter.write_str(name)?,
                Host::Unix(path) => path.display().fmt(formatter)?,
            }
            if let Some(port) = ports.get(index).or(ports.first()) {
                write!(formatter, ":{port}")?;
            }
        }
        let name = self.config.get_dbname().unwrap_or_default();
        write!(formatter, "/{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let shown = text.parse::<DatabaseUrl>();
        let shown = shown.map_or_else(|error| error.to_string(), |url| url.to_string());
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn a_file_or_a_server_is_named() {
        check("sqlite:data/a.db", "sqlite:data/a.db");
        check("sqlite:///var/a.db", "sqlite:/var/a.db");
        check("sqlite:/var/a.db", "sqlite:/var/a.db");
        check("postgres://h/db", "postgres://h:5432/db");
        check("postgresql://u@h:1/db", "postgres://u@h:1/db");
        check("postgres://u@%2Ftmp%2Fx/db", "postgres://u@/tmp/x:5432/db");
        check("postgres:///db?host=/tmp&user=u", "postgres://u@/tmp/db");
    }

    #[test]
    fn a_password_is_never_shown() {
        check("postgres://u:secret@h/db", "postgres://u@h:5432/db");
        check(
            "postgres://u@h/db?password=secret",
            "postgres://u@h:5432/db",
        );
        check("postgres://u:sec%2Fret@h:x/db", "not a PostgreSQL URL");
        let url: DatabaseUrl = "postgres://u:secret@h/db".parse().unwrap();
        assert_eq!(format!("{url:?}"), "DatabaseUrl(postgres://u@h:5432/db)");
        let broken = "postgres://u:secret@h:secret/db".parse::<DatabaseUrl>();
        assert!(!format!("{:?}", broken.unwrap_err()).contains("secret"));
    }

    #[test]
    fn the_kind_of_encryption_is_read() {
        let mode = |parameters: &str| {
            let url: DatabaseUrl = format!("postgres://h/db{parameters}").parse().unwrap();
            match url.0 {
                Location::Postgres(server) => (server.config.get_ssl_mode(), server.is_verified),
                Location::Sqlite(_) => panic!("not a server"),
            }
        };
        assert_eq!(mode(""), (SslMode::Prefer, false));
        assert_eq!(mode("?sslmode=disable"), (SslMode::Disable, false));
        let parameters = "?application_name=x&sslmode=require";
        assert_eq!(mode(parameters), (SslMode::Require, false));
        assert_eq!(mode("?sslmode=verify-full"), (SslMode::Require, true));
    }

    #[test]
    fn anything_else_is_refused_with_a_reason() {
        let memory = DatabaseUrlError::Memory.to_string();
        check("sqlite::memory:", &memory);
        check("sqlite:file:x?mode=memory", &memory);
        check("sqlite:", &DatabaseUrlError::NoPath.to_string());
        check(
            "sqlite:a?mode=ro",
            &DatabaseUrlError::Parameters.to_string(),
        );
        check("mysql://h/db", &DatabaseUrlError::Scheme.to_string());
        let mode = DatabaseUrlError::SslMode.to_string();
        check("postgres://h/db?sslmode=maybe", &mode);
    }
}
