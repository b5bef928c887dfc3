//! How connections to PostgreSQL are made.

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
    setup::{Names, is_called, set_up},
    tls::{self, TlsError},
};
use crate::{ConnectError, StoreSettings, database_url::Server};

/// How often two connections are compared. A pooler may by chance give both what they had before.
const COMPARISONS: usize = 3;

type TlsStream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

/// The settings of connections.
#[derive(Clone)]
pub(super) struct Connector {
    config: Config,
    tls: MakeRustlsConnect,
    names: Arc<Names>,
    /// How long a step may take.
    timeout: Duration,
}

/// A connection without settings, for comparisons.
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

    /// A connection with these settings, verified.
    pub(super) async fn connect(&self, settings: &str) -> Result<AsyncPgConnection, ConnectError> {
        let (client, connection) = self.open(settings, &self.names.next()).await?;
        let connected = AsyncPgConnection::try_from_client_and_connection(client, connection).await;
        connected.map_err(|error| failed(&error))
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

    /// Fails if two connections may share a server connection, as they do behind a transaction
    /// pooler.
    pub(super) async fn compare_connections(&self) -> Result<(), ConnectError> {
        let first = self.in_time(self.probe()).await?;
        for _ in 0..COMPARISONS {
            let second = self.in_time(self.probe()).await?;
            let is_same = async {
                // A transaction keeps its server connection, so that the other client of a pooler
                // gets another one.
                let begun = second.client.batch_execute("BEGIN").await;
                begun.map_err(|error| match error.code() {
                    // A statement pooler has no transactions.
                    Some(&SqlState::PROTOCOL_VIOLATION) => ConnectError::Pooler,
                    Some(_) | None => error.into(),
                })?;
                let is_same = is_called(&first.client, &first.name).await?;
                second.client.batch_execute("COMMIT").await?;
                Ok(is_same)
            };
            if !self.in_time(is_same).await? {
                return Err(ConnectError::Pooler);
            }
        }
        Ok(())
    }

    /// Gives up a step that takes too long.
    pub(super) async fn in_time<T>(
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
        // Statements that wait for a result fail because the connection is closed.
        let _ = connection.await;
    });
}

fn failed(error: &ConnectionError) -> ConnectError {
    ConnectError::Rejected(chain(error))
}
