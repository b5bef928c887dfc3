//! How connections to PostgreSQL are made.

use std::{
    error::Error,
    ops::{Deref, DerefMut},
    path::PathBuf,
};

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::AsyncPgConnection;
use manyface_core::chain;
use tokio::task::JoinSet;
use tokio_postgres::{
    Config, NoTls,
    config::{Host, SslMode, TargetSessionAttrs},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{
    tls::{self, TlsError},
    unix::UnixSocket,
};
use crate::{StoreSettings, database_url::Server};

/// What it takes to make a connection.
#[derive(Clone)]
pub(super) struct Connector {
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

/// A connection that is closed when it is dropped, in the runtime that made it. Over a Unix-domain
/// socket it is cheaper than others.
pub(super) struct Link {
    connection: AsyncPgConnection,
    /// What drives the connection, where that does not do so itself.
    _driver: JoinSet<()>,
}

impl Deref for Link {
    type Target = AsyncPgConnection;

    fn deref(&self) -> &AsyncPgConnection {
        &self.connection
    }
}

impl DerefMut for Link {
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        &mut self.connection
    }
}

impl Connector {
    pub(super) fn new(server: &Server, settings: &StoreSettings) -> Result<Self, TlsError> {
        let mut config = server.config.clone();
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(settings.acquire_timeout());
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(settings.statement_timeout());
        }
        if config.get_application_name().is_none() {
            config.application_name("manyface");
        }
        let is_plain = config.get_ssl_mode() == SslMode::Disable;
        let tls = (!is_plain).then(|| tls::connector(server)).transpose()?;
        Ok(Self { config, tls })
    }

    pub(super) async fn connect(&self) -> ConnectionResult<AsyncPgConnection> {
        match &self.tls {
            None => {
                let connected = self.config.connect(NoTls).await;
                let (client, connection) = connected.map_err(|error| failed(&error))?;
                AsyncPgConnection::try_from_client_and_connection(client, connection).await
            }
            Some(tls) => {
                let connected = self.config.connect(tls.clone()).await;
                let (client, connection) = connected.map_err(|error| failed(&error))?;
                AsyncPgConnection::try_from_client_and_connection(client, connection).await
            }
        }
    }

    pub(super) async fn link(&self) -> ConnectionResult<Link> {
        let mut driver = JoinSet::new();
        let connection = match self.socket() {
            None => self.connect().await?,
            Some(path) => {
                let socket = UnixSocket::connect(&path).await;
                let socket = socket.map_err(|error| failed(&error))?;
                let connected = self.config.connect_raw(socket, NoTls).await;
                let (client, connection) = connected.map_err(|error| failed(&error))?;
                driver.spawn(async move {
                    // Whoever waits for an answer is told that the connection is closed.
                    let _ = connection.await;
                });
                AsyncPgConnection::try_from(client).await?
            }
        };
        Ok(Link {
            connection,
            _driver: driver,
        })
    }

    /// The socket of the server, where there is but one server, which may be taken as it is.
    fn socket(&self) -> Option<PathBuf> {
        let config = &self.config;
        let [Host::Unix(folder)] = config.get_hosts() else {
            return None;
        };
        // There is no TLS on such a socket: whoever insists on it is to be refused.
        let is_plain = config.get_ssl_mode() != SslMode::Require
            && config.get_hostaddrs().is_empty()
            && config.get_target_session_attrs() == TargetSessionAttrs::Any;
        let port = config.get_ports().first().copied().unwrap_or(5432);
        is_plain.then(|| folder.join(format!(".s.PGSQL.{port}")))
    }
}

fn failed(error: &(dyn Error + 'static)) -> ConnectionError {
    ConnectionError::BadConnection(chain(error))
}
