//! Why PostgreSQL cannot be used.

use std::{error::Error, io};

use manyface_core::chain;
use tokio_postgres::error::SqlState;

/// Why a connection to PostgreSQL could not be made, or cannot be used. The message contains no
/// password.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The server cannot be reached: no such host, no route, no response, or nothing listens there.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// The server rejected the user or the password.
    #[error("{0}")]
    Denied(String),
    /// There is no such database on the server.
    #[error("{0}")]
    NoDatabase(String),
    /// The server's certificate was rejected.
    #[error("the connection cannot be encrypted: {0}")]
    Tls(String),
    /// The server rejected the connection for another reason, such as too many clients.
    #[error("{0}")]
    Rejected(String),
    /// The client could not do what the server asks for, or the other way round: there is no
    /// password, or the server does not support encryption.
    #[error("the connection could not be set up: {0}")]
    Handshake(String),
    /// The database has another encoding than UTF-8.
    #[error("the database's encoding is {0}, and must be UTF8")]
    Encoding(String),
    /// The server may report errors in another language than English, and this role may not
    /// change that. The driver keeps few error codes, so that some errors are known by their text.
    #[error(
        "the database's messages may not be in English (lc_messages is '{0}'), and this role may not \
         change that: run ALTER DATABASE … SET lc_messages = 'C' as a superuser"
    )]
    Language(String),
    /// A pooler between this program and the server gives each transaction another server
    /// connection, on which this program's settings and prepared statements are missing.
    #[error(
        "the database is behind a connection pooler that shares server connections between clients \
         (PgBouncer's pool_mode transaction or statement): only session pooling is supported; use \
         pool_mode = session with server_reset_query = DISCARD ALL, or connect to the server directly"
    )]
    Pooler,
}

impl ConnectError {
    /// Returns whether only a change of the database or the configuration can resolve it.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Encoding(_) | Self::Language(_) | Self::Pooler => true,
            Self::Unreachable(_)
            | Self::Denied(_)
            | Self::NoDatabase(_)
            | Self::Tls(_)
            | Self::Rejected(_)
            | Self::Handshake(_) => false,
        }
    }
}

impl From<tokio_postgres::Error> for ConnectError {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(rejected) = error.as_db_error() {
            let message = rejected.message().to_owned();
            let code = rejected.code();
            return match *code {
                SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
                    Self::Denied(message)
                }
                SqlState::INVALID_CATALOG_NAME => Self::NoDatabase(message),
                _ => Self::Rejected(message),
            };
        }
        let cause = error
            .source()
            .and_then(|cause| cause.downcast_ref::<io::Error>());
        match cause {
            Some(cause)
                if cause
                    .get_ref()
                    .is_some_and(<dyn Error + Send + Sync>::is::<rustls::Error>) =>
            {
                Self::Tls(cause.to_string())
            }
            Some(cause) => Self::Unreachable(cause.to_string()),
            None if error.is_closed() => Self::Unreachable(error.to_string()),
            None => Self::Handshake(chain(&error)),
        }
    }
}
