//! Database URLs.

mod parameters;
mod parse;

use std::{
    fmt,
    net::IpAddr,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::Deserialize;
use tokio_postgres::config::{Config, Host};

/// The location of a database: `sqlite:PATH` or `postgres://…`.
///
/// PostgreSQL URLs are those of libpq, with `sslmode` (`disable`, `prefer`, `require`, `verify-ca`
/// or `verify-full`) and `sslrootcert` (a PEM file, or `system`) among the parameters. Surrounding
/// white space is ignored. Neither `Display` nor an error contains the password.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct DatabaseUrl(Location);

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Location {
    Sqlite(PathBuf),
    Postgres(Box<Server>),
}

/// A PostgreSQL server and the settings of connections to it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) config: Config,
    pub(crate) security: Security,
    /// The PEM file of root certificates, or `None` for those of the platform.
    pub(crate) roots: Option<PathBuf>,
}

/// The protection of a connection, as libpq's `sslmode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Security {
    /// No encryption.
    Disable,
    /// Encryption with any certificate if the server supports it, otherwise none.
    #[default]
    Prefer,
    /// Encryption with any certificate.
    Require,
    /// A certificate of any host, signed by a trusted root.
    VerifyCa,
    /// A certificate of this host, signed by a trusted root.
    VerifyFull,
}

impl Security {
    pub(crate) const ALL: [Self; 5] = [
        Self::Disable,
        Self::Prefer,
        Self::Require,
        Self::VerifyCa,
        Self::VerifyFull,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}

/// Why a string is not a [`DatabaseUrl`]. The message names the wrong part, and contains nothing
/// that could be part of a password.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseUrlError {
    /// The scheme is unknown.
    #[error("a database URL begins with `sqlite:` or `postgres://`")]
    Scheme,
    /// Keywords and values, which libpq also accepts.
    #[error(
        "keywords and values (`host=… dbname=…`) are not supported: write postgres://USER@HOST/DATABASE"
    )]
    Keywords,
    /// A SQLite URL without a file.
    #[error("a SQLite URL needs the path of a file: `sqlite:PATH`")]
    NoPath,
    /// A SQLite database in memory.
    #[error(
        "an in-memory SQLite database would be separate for each connection: use a file, `sqlite:PATH`"
    )]
    Memory,
    /// A SQLite URL with parameters.
    #[error("a SQLite URL takes no parameters")]
    Parameters,
    /// An unescaped `@`, which may be part of a password.
    #[error(
        "a database URL has one `@`, before the host: write @ in a password as %40, and / ? # as %2F %3F %23"
    )]
    At,
    /// A PostgreSQL URL without a host.
    #[error(
        "a PostgreSQL URL needs a host: postgres://USER@HOST/DATABASE, or postgres:///DATABASE?host=/var/run/postgresql for a socket"
    )]
    NoHost,
    /// The port of a PostgreSQL URL is invalid.
    #[error("the port must be a number from 1 to 65535")]
    Port,
    /// A parameter without a value.
    #[error("a parameter must have the form NAME=VALUE")]
    Form,
    /// A parameter is unknown.
    #[error("the parameter {0} is not known; known are {known}", known = parameters::known())]
    Parameter(String),
    /// A parameter has an invalid value.
    #[error("the parameter {0} must be {1}")]
    Value(&'static str, &'static str),
    /// The value of `sslmode` is unknown.
    #[error(
        "sslmode{0} is not known: disable, prefer, require, verify-ca or verify-full, in lower case"
    )]
    SslMode(String),
    /// The PostgreSQL client rejects the URL.
    #[error("not a PostgreSQL URL")]
    Postgres,
}

impl DatabaseUrl {
    /// Returns the URL of the SQLite database in the file `path`.
    pub fn sqlite(path: PathBuf) -> Self {
        Self(Location::Sqlite(path))
    }

    /// Returns the URL `text` with relative paths resolved against `folder`, or `text` itself if it
    /// is not a URL.
    pub fn resolve(text: &str, folder: &Path) -> String {
        parse::resolve(text, folder)
    }

    /// Returns the file of a SQLite database.
    pub fn sqlite_file(&self) -> Option<&Path> {
        match &self.0 {
            Location::Sqlite(path) => Some(path),
            Location::Postgres(_) => None,
        }
    }

    /// Describes how connections to another machine are unprotected, or returns `None` if the
    /// server must prove its name or is on this machine.
    pub fn exposure(&self) -> Option<String> {
        let Location::Postgres(server) = &self.0 else {
            return None;
        };
        let mode = server.security.as_str();
        let accepts = match server.security {
            Security::VerifyFull => return None,
            Security::Disable => "is not encrypted",
            Security::Prefer => "accepts any certificate, and no encryption",
            Security::Require => "accepts any certificate",
            Security::VerifyCa => "accepts certificates of other hosts",
        };
        let host = server.remote_host()?;
        let accepts = format!("the connection to PostgreSQL at {host} {accepts}");
        Some(format!(
            "{accepts} (sslmode={mode}); use sslmode=verify-full"
        ))
    }

    pub(crate) fn location(&self) -> &Location {
        &self.0
    }
}

impl Server {
    /// Returns the first host that is not this machine.
    fn remote_host(&self) -> Option<String> {
        let addresses = self.config.get_hostaddrs();
        let mut remote = addresses.iter().filter(|address| !address.is_loopback());
        if let Some(address) = remote.next() {
            return Some(address.to_string());
        }
        if !addresses.is_empty() {
            return None;
        }
        let mut hosts = self
            .config
            .get_hosts()
            .iter()
            .filter_map(|host| match host {
                Host::Tcp(name) => Some(name),
                Host::Unix(_) => None,
            });
        let is_local = |name: &String| {
            let address = name.parse::<IpAddr>();
            name == "localhost" || address.is_ok_and(|address| address.is_loopback())
        };
        hosts.find(|name| !is_local(name)).cloned()
    }
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, DatabaseUrlError> {
        parse::location(text.trim()).map(Self)
    }
}

impl TryFrom<String> for DatabaseUrl {
    type Error = DatabaseUrlError;

    fn try_from(text: String) -> Result<Self, DatabaseUrlError> {
        text.parse()
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
                Host::Tcp(name) if name.contains(':') => write!(formatter, "[{name}]")?,
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

    #[test]
    fn remote_connections_are_exposed_without_verify_full() {
        let check = |url: &str, expected: Option<&str>| {
            let url: DatabaseUrl = url.parse().unwrap();
            let exposure = url.exposure();
            let is_expected = match (&exposure, expected) {
                (Some(text), Some(part)) => text.contains(part),
                (found, expected) => found.is_none() && expected.is_none(),
            };
            assert!(is_expected, "{url}: {exposure:?}");
        };
        check(
            "postgres://db.internal/x",
            Some("at db.internal accepts any certificate, and no"),
        );
        check("postgres://db/x?sslmode=prefer", Some("(sslmode=prefer)"));
        check(
            "postgres://db/x?sslmode=require",
            Some("accepts any certificate (ssl"),
        );
        check("postgres://db/x?sslmode=disable", Some("is not encrypted"));
        check(
            "postgres://db/x?sslmode=verify-ca",
            Some("certificates of other hosts"),
        );
        check("postgres://db/x?sslmode=verify-full", None);
        check("postgres://localhost,10.0.0.7/x", Some("at 10.0.0.7"));
        check(
            "postgres://localhost/x?hostaddr=10.0.0.7",
            Some("at 10.0.0.7"),
        );
        check("postgres://db/x?hostaddr=127.0.0.1", None);
        check("postgres://localhost,127.0.0.9,[::1]/x", None);
        check("postgres://%2Frun%2Fpostgresql/x", None);
        check("sqlite:x", None);
    }

    #[test]
    fn relative_paths_are_resolved() {
        let check = |url: &str, expected: &str| {
            assert_eq!(
                DatabaseUrl::resolve(url, Path::new("/etc/my profiles")),
                expected
            );
        };
        check(" sqlite:m.db\n", "sqlite:/etc/my profiles/m.db");
        check("sqlite://m.db", "sqlite:/etc/my profiles/m.db");
        check("sqlite:/m.db", "sqlite:/m.db");
        check("postgres://h/db", "postgres://h/db");
        check(
            "postgres://u:p@h/db?sslrootcert=a%20b.pem&sslmode=verify-full",
            "postgres://u:p@h/db?sslrootcert=/etc/my%20profiles/a%20b.pem&sslmode=verify-full",
        );
        for url in [
            "postgres://h/db?sslrootcert=/a.pem",
            "postgres://h/db?sslrootcert=system",
            "sqlite:",
            "sqlite::memory:",
            "mysql://h/db",
        ] {
            check(url, url);
        }
    }
}
