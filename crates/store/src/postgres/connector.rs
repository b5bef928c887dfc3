//! Establishing connections to PostgreSQL.

use std::{sync::Arc, time::Duration};

use diesel::ConnectionError;
use diesel_async::AsyncPgConnection;
use manyface_core::chain;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::JoinSet,
    time::timeout,
};
use tokio_postgres::{Client, Config, Connection, Socket, error::SqlState, tls::MakeTlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{
    setup::{Names, has_name, set_up},
    tls::{self, TlsError},
};
use crate::{ConnectError, StoreSettings, database_url::Server};

/// The number of comparisons of two connections. A pooler may by chance keep their server
/// connections.
const COMPARISONS: usize = 3;

type TlsStream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

/// Opens connections to a server.
#[derive(Clone)]
pub(super) struct Connector {
    config: Config,
    tls: MakeRustlsConnect,
    names: Arc<Names>,
    /// The maximum time of a step.
    timeout: Duration,
}

/// A connection without settings, used for comparison.
struct Probe {
    client: Client,
    name: String,
    _driver: JoinSet<()>,
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
        Ok(Self {
            config,
            tls: tls::connector(server)?,
            names: Arc::new(Names::new()),
            timeout: settings.acquire_timeout(),
        })
    }

    /// Opens a connection, applies `settings` and verifies it.
    pub(super) async fn connect(&self, settings: &str) -> Result<AsyncPgConnection, ConnectError> {
        let (client, connection) = self.open(settings, &self.names.next()).await?;
        let connected = AsyncPgConnection::try_from_client_and_connection(client, connection).await;
        connected.map_err(|error| rejected(&error))
    }

    async fn open(
        &self,
        settings: &str,
        name: &str,
    ) -> Result<(Client, Connection<Socket, TlsStream>), ConnectError> {
        let (client, mut connection) = self.config.connect(self.tls.clone()).await?;
        set_up(&client, &mut connection, settings, name).await?;
        Ok((client, connection))
    }

    /// Returns an error if two connections may share a server connection, as they do behind a
    /// transaction pooler.
    pub(super) async fn compare_connections(&self) -> Result<(), ConnectError> {
        let first = self.with_timeout(self.probe()).await?;
        for _ in 0..COMPARISONS {
            let second = self.with_timeout(self.probe()).await?;
            let is_same = async {
                // The open transaction occupies its server connection, so that a pooler gives the
                // other client another one.
                let begun = second.client.batch_execute("BEGIN").await;
                begun.map_err(|error| match error.code() {
                    // A statement pooler rejects transactions.
                    Some(&SqlState::PROTOCOL_VIOLATION) => ConnectError::Pooler,
                    Some(_) | None => error.into(),
                })?;
                let is_same = has_name(&first.client, &first.name).await?;
                second.client.batch_execute("COMMIT").await?;
                Ok(is_same)
            };
            if !self.with_timeout(is_same).await? {
                return Err(ConnectError::Pooler);
            }
        }
        Ok(())
    }

    /// Runs a step, and returns an error if it takes too long.
    pub(super) async fn with_timeout<T>(
        &self,
        step: impl Future<Output = Result<T, ConnectError>>,
    ) -> Result<T, ConnectError> {
        let done = timeout(self.timeout, step).await;
        done.unwrap_or_else(|_| {
            let waited = self.timeout.as_millis();
            Err(ConnectError::Unreachable(format!(
                "no response within {waited} ms"
            )))
        })
    }

    async fn probe(&self) -> Result<Probe, ConnectError> {
        let name = self.names.next();
        let (client, connection) = self.open("", &name).await?;
        let mut driver = JoinSet::new();
        drive(&mut driver, connection);
        Ok(Probe {
            client,
            name,
            _driver: driver,
        })
    }
}

fn drive<S, T>(driver: &mut JoinSet<()>, connection: Connection<S, T>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    driver.spawn(async move {
        // Pending statements fail because the connection is closed.
        let _ = connection.await;
    });
}

fn rejected(error: &ConnectionError) -> ConnectError {
    ConnectError::Rejected(chain(error))
}
