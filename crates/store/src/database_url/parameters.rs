//! The parameters of PostgreSQL URLs.

use tokio_postgres::config::Config;

use super::{DatabaseUrlError, Security};

/// The parameters that this crate reads.
pub(super) const SSL_MODE: &str = "sslmode";
pub(super) const SSL_ROOTS: &str = "sslrootcert";

const TEXT: &str = "UTF-8, percent-encoded";
const SECONDS: &str = "a whole number of seconds";
/// The parameters that the PostgreSQL client reads, each with the values that it accepts. They are
/// case-sensitive, as in libpq.
const PARAMETERS: [(&str, &str); 18] = [
    ("application_name", TEXT),
    (
        "channel_binding",
        "disable, prefer or require, in lower case",
    ),
    ("connect_timeout", SECONDS),
    ("dbname", TEXT),
    ("host", TEXT),
    ("hostaddr", "IP addresses, separated by commas"),
    ("keepalives", "0 or 1"),
    ("keepalives_idle", SECONDS),
    ("keepalives_interval", SECONDS),
    ("keepalives_retries", "a whole number"),
    ("load_balance_hosts", "disable or random, in lower case"),
    ("options", TEXT),
    ("password", TEXT),
    ("port", "numbers from 1 to 65535, separated by commas"),
    ("sslnegotiation", "postgres or direct, in lower case"),
    ("tcp_user_timeout", SECONDS),
    (
        "target_session_attrs",
        "any, read-write or read-only, in lower case",
    ),
    ("user", TEXT),
];

/// Returns the names of all parameters, for a message.
pub(super) fn known() -> String {
    let names = PARAMETERS.map(|(name, _)| name).join(", ");
    format!("{names}, {SSL_MODE}, {SSL_ROOTS}")
}

/// Returns whether `name` is a parameter.
pub(super) fn is_known(name: &str) -> bool {
    let mut known = PARAMETERS.iter().map(|(known, _)| *known);
    name == SSL_MODE || known.any(|known| known == name)
}

/// Checks a parameter that is passed to the client.
pub(super) fn check(name: &str, pair: &str) -> Result<(), DatabaseUrlError> {
    let Some((known, values)) = PARAMETERS.into_iter().find(|(known, _)| *known == name) else {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        // Other text may be part of a password.
        return Err(if name.len() < 32 && name.bytes().all(is_name) {
            DatabaseUrlError::Parameter(name.to_owned())
        } else {
            DatabaseUrlError::Form
        });
    };
    let alone = format!("postgres://h/?{pair}").parse::<Config>();
    let config = alone.map_err(|_| DatabaseUrlError::Value(known, values))?;
    if config.get_ports().contains(&0) {
        return Err(DatabaseUrlError::Port);
    }
    Ok(())
}

/// Parses the value of `sslmode`.
pub(super) fn ssl_mode(name: &str) -> Result<Security, DatabaseUrlError> {
    let found = Security::ALL.into_iter().find(|mode| mode.as_str() == name);
    found.ok_or_else(|| {
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
        let is_short = name.len() < 16 && name.bytes().all(is_word);
        let mut modes = Security::ALL.into_iter();
        let is_mode = modes.any(|mode| mode.as_str().eq_ignore_ascii_case(name));
        // Other text may be part of a password.
        DatabaseUrlError::SslMode(if is_short || is_mode {
            format!("={name}")
        } else {
            String::new()
        })
    })
}
