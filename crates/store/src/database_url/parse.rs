//! Parsing of database URLs.

use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use tokio_postgres::config::{Config, SslMode};

use super::{
    DatabaseUrlError, Location, Security, Server,
    parameters::{self, SSL_MODE, SSL_ROOTS},
};

/// The value of libpq's `sslrootcert` that selects the platform's root certificates.
const SYSTEM: &str = "system";
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

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
            Some((name, _)) if parameters::is_known(name.trim()) => DatabaseUrlError::Keywords,
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

/// Parses the URL after `postgres://`.
///
/// The client's errors do not name the wrong part, so every part is checked first.
fn postgres(rest: &str) -> Result<Server, DatabaseUrlError> {
    let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = address.split_once('/').unwrap_or((address, ""));
    // Text after a second `@` may belong to a password, and so may text before the first one that
    // follows a slash or a question mark.
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
            SSL_MODE => security = parameters::ssl_mode(value)?,
            SSL_ROOTS if value == SYSTEM => roots = None,
            SSL_ROOTS => roots = Some(decoded(value)),
            _ => {
                parameters::check(name, pair)?;
                has_host |= ["host", "hostaddr"].contains(&name) && !value.is_empty();
                others.push(pair);
            }
        }
    }
    if !has_host {
        return Err(DatabaseUrlError::NoHost);
    }
    // As in libpq, `sslrootcert` makes `require` verify the certificate.
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

fn decoded(path: &str) -> PathBuf {
    PathBuf::from(percent_decode_str(path).decode_utf8_lossy().into_owned())
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
    fn urls_of_files_and_servers_are_parsed() {
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
    fn passwords_are_never_shown() {
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
            let message = format!("{error} {error:?}");
            assert!(
                !message.contains("secret") && !message.contains("ret@"),
                "{message}"
            );
        }
    }

    #[test]
    fn sslmode_and_sslrootcert_are_parsed() {
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
    fn errors_name_the_wrong_part() {
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
        let modes = "disable, prefer, require, verify-ca or verify-full, in lower case";
        for (value, shown) in [
            ("allow", "=allow"),
            ("VERIFY-CA", "=VERIFY-CA"),
            ("Require", "=Require"),
            ("verify_full", ""),
            ("", "="),
        ] {
            let url = format!("postgres://h/db?sslmode={value}");
            check(&url, &format!("sslmode{shown} is not known: {modes}"));
        }
        let unknown = DatabaseUrlError::Parameter("pgbouncer".to_owned()).to_string();
        assert!(unknown.starts_with("the parameter pgbouncer is not known; known are app"));
        check("postgres://h/db?sslmode=require&pgbouncer=true", &unknown);
        for (parameter, expected) in [
            (
                "connect_timeout=soon",
                "connect_timeout must be a whole number of seconds",
            ),
            (
                "tcp_user_timeout=1.5",
                "tcp_user_timeout must be a whole number of seconds",
            ),
            ("keepalives=yes", "keepalives must be 0 or 1"),
            (
                "keepalives_idle=",
                "keepalives_idle must be a whole number of seconds",
            ),
            (
                "keepalives_interval=x",
                "keepalives_interval must be a whole number of seconds",
            ),
            (
                "keepalives_retries=-1",
                "keepalives_retries must be a whole number",
            ),
            (
                "hostaddr=db.internal",
                "hostaddr must be IP addresses, separated by commas",
            ),
            (
                "target_session_attrs=primary",
                "target_session_attrs must be any, read-write or read-only, in lower case",
            ),
            (
                "channel_binding=Require",
                "channel_binding must be disable, prefer or require, in lower case",
            ),
            (
                "load_balance_hosts=RANDOM",
                "load_balance_hosts must be disable or random, in lower case",
            ),
            (
                "sslnegotiation=Direct",
                "sslnegotiation must be postgres or direct, in lower case",
            ),
            ("user=%ff", "user must be UTF-8, percent-encoded"),
        ] {
            check(
                &format!("postgres://h/db?{parameter}"),
                &format!("the parameter {expected}"),
            );
        }
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
