//! Errors of opening a store and of connections to PostgreSQL.

use std::{error::Error, io, path::PathBuf};

use manyface_core::chain;
use tokio_postgres::error::SqlState;

use crate::postgres::TlsError;

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file of a SQLite database, or its directory, cannot be created.
    #[error("{path} cannot be created")]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A thread cannot be started.
    #[error("a thread cannot be started")]
    Thread(#[source] io::Error),
    /// TLS for connections to PostgreSQL cannot be set up.
    #[error("connections to PostgreSQL cannot be encrypted")]
    Tls(#[source] TlsError),
}

/// Why a connection to PostgreSQL failed or cannot be used. Messages never contain the password.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The server cannot be reached: unknown host, no route, no response, or connection refused.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// The server rejected the user or the password.
    #[error("{0}")]
    Denied(String),
    /// The database does not exist.
    #[error("{0}")]
    NoDatabase(String),
    /// The server's certificate was rejected.
    #[error("the connection cannot be encrypted: {0}")]
    Tls(String),
    /// The server rejected the connection for another reason, such as too many clients.
    #[error("{0}")]
    Rejected(String),
    /// Client and server do not agree: the password is missing, or the server does not support
    /// encryption.
    #[error("the connection could not be set up: {0}")]
    Handshake(String),
    /// The encoding of the database is not UTF-8.
    #[error("the database's encoding is {0}, and must be UTF8")]
    Encoding(String),
    /// The server may report errors in another language, and the role may not change that. The
    /// driver exposes few error codes, so that some errors are recognised by their English text.
    #[error(
        "the database's messages may not be in English (lc_messages is '{0}'), and this role may not \
         change that: run ALTER DATABASE … SET lc_messages = 'C' as a superuser"
    )]
    Language(String),
    /// A pooler assigns another server connection to each transaction, where the settings and
    /// prepared statements of this program are missing.
    #[error(
        "the database is behind a connection pooler that shares server connections between clients \
         (PgBouncer's pool_mode transaction or statement): only session pooling is supported; use \
         pool_mode = session with server_reset_query = DISCARD ALL, or connect to the server directly"
    )]
    Pooler,
}

impl ConnectError {
    /// Returns whether the error persists until the database or the configuration is changed.
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
