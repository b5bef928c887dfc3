//! Reading database URLs.

use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use tokio_postgres::config::{Config, SslMode};

use super::{DatabaseUrlError, Location, Security, Server};

/// The parameters that this crate reads; the PostgreSQL client reads the others.
const SSL_MODE: &str = "sslmode";
const SSL_ROOTS: &str = "sslrootcert";
/// All parameters of a PostgreSQL URL.
const PARAMETERS: [&str; 19] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "load_balance_hosts",
    "options",
    "password",
    "port",
    "sslnegotiation",
    "tcp_user_timeout",
    "target_session_attrs",
    "user",
    SSL_MODE,
];
/// `sslrootcert` of libpq for the platform's root certificates.
const SYSTEM: &str = "system";
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The names of all parameters.
pub(super) fn known() -> String {
    format!("{}, {SSL_ROOTS}", PARAMETERS.join(", "))
}

pub(super) fn location(text: &str) -> Result<Location, DatabaseUrlError> {
    if let Some(path) = sqlite_path(text) {
        return sqlite(path);
    }
    match text.split_once("://") {
        Some(("postgres" | "postgresql", rest)) => {
            let server = postgres(rest)?;
            Ok(Location::Postgres(Box::new(server)))
        }
        Some(_) => Err(DatabaseUrlError::Scheme),
        None => Err(match text.split_once('=') {
            Some((name, _)) if PARAMETERS.contains(&name.trim()) => DatabaseUrlError::Keywords,
            Some(_) | None => DatabaseUrlError::Scheme,
        }),
    }
}

fn sqlite_path(text: &str) -> Option<&str> {
    let path = text.strip_prefix("sqlite:")?;
    Some(path.strip_prefix("//").unwrap_or(path))
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

/// Reads what comes after `postgres://`.
///
/// The client's own errors do not name the part that is wrong, so every part is checked first.
fn postgres(rest: &str) -> Result<Server, DatabaseUrlError> {
    let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = address.split_once('/').unwrap_or((address, ""));
    // What follows a second `@` may be the rest of a password, and so may what is before the first
    // one, after a slash or a question mark.
    let hosts = match authority.split_once('@') {
        Some((_, hosts)) => hosts,
        None => authority,
    };
    if [hosts, database, query]
        .iter()
        .any(|part| part.contains('@'))
    {
        return Err(DatabaseUrlError::At);
    }
    for host in hosts.split(',').filter(|_| !hosts.is_empty()) {
        check_host(host)?;
    }
    let mut security = Security::default();
    let mut roots = None;
    let mut has_host = !hosts.is_empty();
    let mut others = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or(DatabaseUrlError::Form)?;
        match name {
            SSL_MODE => security = ssl_mode(value)?,
            SSL_ROOTS if value == SYSTEM => roots = None,
            SSL_ROOTS => roots = Some(decoded(value)),
            _ => {
                check_parameter(name, pair)?;
                has_host |= ["host", "hostaddr"].contains(&name) && !value.is_empty();
                others.push(pair);
            }
        }
    }
    if !has_host {
        return Err(DatabaseUrlError::NoHost);
    }
    // As libpq does: whoever names root certificates wants them to be used.
    if security == Security::Require && roots.is_some() {
        security = Security::VerifyCa;
    }
    let known = format!("postgres://{address}?{}", others.join("&"));
    let mut config: Config = known.parse().map_err(|_| DatabaseUrlError::Postgres)?;
    config.ssl_mode(match security {
        Security::Disable => SslMode::Disable,
        Security::Prefer => SslMode::Prefer,
        Security::Require | Security::VerifyCa | Security::VerifyFull => SslMode::Require,
    });
    Ok(Server {
        config,
        security,
        roots,
    })
}

/// Checks `HOST` or `HOST:PORT`.
fn check_host(text: &str) -> Result<(), DatabaseUrlError> {
    let after_brackets = text.rfind(']').map_or(0, |end| end + 1);
    let (host, port) = match text[after_brackets..].split_once(':') {
        Some((rest, port)) => (&text[..after_brackets + rest.len()], port),
        None => (text, ""),
    };
    if host.is_empty() {
        return Err(DatabaseUrlError::NoHost);
    }
    let is_port = port.is_empty() || port.parse::<u16>().is_ok_and(|port| port > 0);
    is_port.then_some(()).ok_or(DatabaseUrlError::Port)
}

/// Checks one parameter of those that the client reads.
fn check_parameter(name: &str, pair: &str) -> Result<(), DatabaseUrlError> {
    let Some(known) = PARAMETERS.into_iter().find(|known| *known == name) else {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        // Anything else may be the rest of a password.
        return Err(if name.len() < 32 && name.bytes().all(is_name) {
            DatabaseUrlError::Parameter(name.to_owned())
        } else {
            DatabaseUrlError::Form
        });
    };
    let alone = format!("postgres://h/?{pair}").parse::<Config>();
    let config = alone.map_err(|_| DatabaseUrlError::Value(known))?;
    if config.get_ports().contains(&0) {
        return Err(DatabaseUrlError::Port);
    }
    Ok(())
}

fn decoded(path: &str) -> PathBuf {
    PathBuf::from(percent_decode_str(path).decode_utf8_lossy().into_owned())
}

fn ssl_mode(name: &str) -> Result<Security, DatabaseUrlError> {
    let found = Security::ALL.into_iter().find(|mode| mode.as_str() == name);
    found.ok_or_else(|| {
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
        let is_short = name.len() < 16 && name.bytes().all(is_word);
        DatabaseUrlError::SslMode(if is_short {
            format!("={name}")
        } else {
            String::new()
        })
    })
}

pub(super) fn resolve(text: &str, folder: &Path) -> String {
    let trimmed = text.trim();
    match location(trimmed) {
        Ok(Location::Sqlite(path)) => {
            let path = folder.join(path);
            format!("sqlite:{}", path.display())
        }
        Ok(Location::Postgres(server)) => match server.roots {
            Some(path) if path.is_relative() => {
                let path = folder.join(path).display().to_string();
                let path = utf8_percent_encode(&path, IN_PATH);
                let pairs = trimmed.split('&').map(|pair| {
                    let start = pair
                        .find(&format!("{SSL_ROOTS}="))
                        .filter(|start| *start == 0 || pair[..*start].ends_with('?'));
                    match start {
                        Some(start) => format!("{}{SSL_ROOTS}={path}", &pair[..start]),
                        None => pair.to_owned(),
                    }
                });
                pairs.collect::<Vec<_>>().join("&")
            }
            Some(_) | None => trimmed.to_owned(),
        },
        Err(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::DatabaseUrl, *};

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
        check(" sqlite:/var/a.db\r\n", "sqlite:/var/a.db");
        check("postgres://h/db", "postgres://h:5432/db");
        check("\tpostgres://h/db\n", "postgres://h:5432/db");
        check("postgresql://u@h:1/db", "postgres://u@h:1/db");
        check("postgres://u@[::1]:7/db", "postgres://u@[::1]:7/db");
        check("postgres://a:1,b:2/db", "postgres://a:1,b:2/db");
        check("postgres://u@%2Ftmp%2Fx/db", "postgres://u@/tmp/x:5432/db");
        check("postgres:///db?host=/tmp&user=u", "postgres://u@/tmp/db");
        check("postgres://u@/db?host=/tmp", "postgres://u@/tmp/db");
    }

    #[test]
    fn a_password_is_never_shown() {
        check("postgres://u:secret@h/db", "postgres://u@h:5432/db");
        check("postgres://u:sec%40ret@h/db", "postgres://u@h:5432/db");
        check(
            "postgres://u@h/db?password=secret",
            "postgres://u@h:5432/db",
        );
        let url: DatabaseUrl = "postgres://u:secret@h/db".parse().unwrap();
        assert_eq!(format!("{url:?}"), "DatabaseUrl(postgres://u@h:5432/db)");
        for (text, expected) in [
            ("postgres://u:sec@ret@h/db", DatabaseUrlError::At),
            ("postgres://u:sec@ret@h@i/db", DatabaseUrlError::At),
            ("postgres://u:sec/ret@h/db", DatabaseUrlError::At),
            ("postgres://u:12/ret@h/db", DatabaseUrlError::At),
            ("postgres://u:12?ret@h/db", DatabaseUrlError::At),
            ("postgres://u:12?user=ret@h/db", DatabaseUrlError::At),
            ("postgres://u:secret", DatabaseUrlError::Port),
            ("postgres://u:secret@h:secret/db", DatabaseUrlError::Port),
            ("postgres://u:pw@h/db?sec!ret=1", DatabaseUrlError::Form),
            ("postgres://u:pw@h/db?secret", DatabaseUrlError::Form),
            (
                "postgres://u:pw@h/db?sslmode=Secret",
                DatabaseUrlError::SslMode(String::new()),
            ),
            ("mysql://u:secret@h/db", DatabaseUrlError::Scheme),
            ("u:secret@h/db", DatabaseUrlError::Scheme),
            ("host=h password=secret", DatabaseUrlError::Keywords),
            ("postgres://%ff:secret@h/db", DatabaseUrlError::Postgres),
        ] {
            let error = text.parse::<DatabaseUrl>().unwrap_err();
            assert_eq!(error, expected, "{text}");
            let said = format!("{error} {error:?}");
            assert!(!said.contains("secret") && !said.contains("ret@"), "{said}");
        }
    }

    #[test]
    fn the_kind_of_encryption_is_read() {
        let check = |parameters: &str, mode, security, roots: Option<&str>| {
            let text = format!("postgres://h/db{parameters}");
            let Ok(Location::Postgres(server)) = location(&text) else {
                panic!("{text} is not a server");
            };
            assert_eq!(server.config.get_ssl_mode(), mode);
            assert_eq!(server.security, security);
            assert_eq!(server.roots, roots.map(PathBuf::from));
        };
        check("", SslMode::Prefer, Security::Prefer, None);
        check(
            "?sslmode=disable",
            SslMode::Disable,
            Security::Disable,
            None,
        );
        let parameters = "?application_name=x&sslmode=require";
        check(parameters, SslMode::Require, Security::Require, None);
        check(
            "?sslmode=verify-full",
            SslMode::Require,
            Security::VerifyFull,
            None,
        );
        let parameters = "?sslmode=verify-ca&sslrootcert=a%20b";
        check(
            parameters,
            SslMode::Require,
            Security::VerifyCa,
            Some("a b"),
        );
        let parameters = "?sslmode=require&sslrootcert=a";
        check(parameters, SslMode::Require, Security::VerifyCa, Some("a"));
        let parameters = "?sslrootcert=system&sslmode=verify-full";
        check(parameters, SslMode::Require, Security::VerifyFull, None);
    }

    #[test]
    fn the_part_that_is_wrong_is_named() {
        let memory = DatabaseUrlError::Memory.to_string();
        check("sqlite::memory:", &memory);
        check("sqlite:file:x?mode=memory", &memory);
        check("sqlite:", &DatabaseUrlError::NoPath.to_string());
        check(
            "sqlite:a?mode=ro",
            &DatabaseUrlError::Parameters.to_string(),
        );
        check("mysql://h/db", &DatabaseUrlError::Scheme.to_string());
        check("manyface.db", &DatabaseUrlError::Scheme.to_string());
        check("", &DatabaseUrlError::Scheme.to_string());
        check("dbname=x host=h", &DatabaseUrlError::Keywords.to_string());
        check(
            "postgres://h/db?sslmode=allow",
            "sslmode=allow is not known: disable, prefer, require, verify-ca or verify-full",
        );
        let unknown = DatabaseUrlError::Parameter("pgbouncer".to_owned()).to_string();
        assert!(unknown.starts_with("the parameter pgbouncer is not known; known are app"));
        check("postgres://h/db?sslmode=require&pgbouncer=true", &unknown);
        check(
            "postgres://h/db?connect_timeout=soon",
            "the parameter connect_timeout has a value that it cannot have",
        );
        check(
            "postgres://h/db?target_session_attrs=primary",
            "the parameter target_session_attrs has a value that it cannot have",
        );
        let no_host = DatabaseUrlError::NoHost.to_string();
        check("postgres:///db", &no_host);
        check("postgres://", &no_host);
        check("postgres://u:p@/db", &no_host);
        check("postgres://a,,b/db", &no_host);
        check("postgres://:5432/db", &no_host);
        let port = DatabaseUrlError::Port.to_string();
        check("postgres://h:0/db", &port);
        check("postgres://h:65536/db", &port);
        check("postgres://[::1]:x/db", &port);
        check("postgres:///db?host=/tmp&port=0", &port);
    }
}
