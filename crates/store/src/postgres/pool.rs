//! The connection pool.

use std::{
    ops::{Deref, DerefMut},
    time::Duration,
};

use deadpool::managed::{Manager, Metrics, Object, Pool, PoolError, RecycleError, RecycleResult};
use diesel_async::{AsyncPgConnection, pooled_connection::PoolableConnection};
use manyface_core::{BoxError, Error, Result};
use tokio::{runtime::Handle, task::JoinError, time::timeout};

use super::{connector::Connector, tls::TlsError};
use crate::{ConnectError, PoolStatus, StoreSettings, database_url::Server};

/// The lock timeout of statements that serve many requests.
const LOCK_TIMEOUT_MS: u32 = 200;

/// The invariant of [`PooledConnection`].
const PRESENT: &str = "a connection is present until release or drop";

/// A pool of connections that are opened on demand.
pub(crate) struct ConnectionPool {
    pool: Pool<ConnectionManager>,
    connector: Connector,
    /// The settings of each connection.
    setup: String,
    acquire_timeout: Duration,
}

/// A connection from the pool.
///
/// It returns to the pool only by [`PooledConnection::release`]. If it is dropped earlier, a
/// statement may still run on it, so it is closed.
pub(super) struct PooledConnection(Option<Object<ConnectionManager>>);

impl ConnectionPool {
    pub(super) fn open(server: &Server, settings: &StoreSettings) -> Result<Self, TlsError> {
        let connector = Connector::new(server, settings)?;
        let statement_timeout = settings.statement_timeout_ms;
        // Statements are short look-ups by key. Custom plans gain nothing, and a generic plan made
        // while the tables were small must not keep sequential scans. Updates rely on `read
        // committed` to see the latest committed rows. Acknowledged writes must be durable,
        // whatever the server's default.
        let acquire_timeout = settings.acquire_timeout_ms;
        let setup = format!(
            "SET lock_timeout = {acquire_timeout}; \
             SET statement_timeout = {statement_timeout}; \
             SET plan_cache_mode = force_generic_plan; \
             SET enable_seqscan = off; \
             SET default_transaction_isolation = 'read committed'; \
             SELECT set_config('synchronous_commit', 'on', false) \
             WHERE current_setting('synchronous_commit') IN ('off', 'local')"
        );
        // A task of the runtime that opened a connection drives it. Pooled connections are shared
        // by all threads, so they belong to the runtime that opened the store, which ends last.
        let manager = ConnectionManager {
            connector: connector.clone(),
            setup: setup.clone(),
            runtime: Handle::try_current().ok(),
        };
        let pool = Pool::builder(manager).max_size(settings.max_connections.get());
        Ok(Self {
            pool: pool
                .build()
                .expect("a pool without timeouts needs no runtime"),
            connector,
            setup,
            acquire_timeout: settings.acquire_timeout(),
        })
    }

    pub(super) fn status(&self) -> PoolStatus {
        let status = self.pool.status();
        PoolStatus {
            max: status.max_size,
            open: status.size,
            idle: status.available,
            waiting: status.waiting,
        }
    }

    /// Returns a connection that is not known to be broken.
    pub(super) async fn acquire(&self) -> Result<PooledConnection> {
        let cause: BoxError = match timeout(self.acquire_timeout, self.pool.get()).await {
            Ok(Ok(connection)) => return Ok(PooledConnection(Some(connection))),
            Ok(Err(PoolError::Backend(error))) => error.into(),
            Ok(Err(error)) => error.into(),
            Err(elapsed) => elapsed.into(),
        };
        Err(Error::Unavailable(Some(cause)))
    }

    /// Closes the idle connections. After one is lost, the others probably are too, which only
    /// their use would show.
    pub(super) fn close_idle(&self) {
        self.pool.retain(|_, _| false);
    }

    /// Opens a connection outside of the pool for batches. Its short lock timeout keeps one locked
    /// row from blocking the other requests.
    pub(crate) async fn connect_for_batches(&self) -> Result<AsyncPgConnection, ConnectError> {
        let setup = format!("{}; SET lock_timeout = {LOCK_TIMEOUT_MS}", self.setup);
        self.connector
            .with_timeout(self.connector.connect(&setup))
            .await
    }

    /// Returns the maximum time that a request waits for its statement to start.
    pub(crate) fn acquire_timeout(&self) -> Duration {
        self.acquire_timeout
    }

    /// Opens a connection outside of the pool, without timeouts.
    pub(super) async fn connect(&self) -> Result<AsyncPgConnection, ConnectError> {
        self.connector
            .with_timeout(self.connector.connect(""))
            .await
    }

    /// Returns an error if a pooler shares server connections between clients.
    pub(super) async fn compare_connections(&self) -> Result<(), ConnectError> {
        self.connector.compare_connections().await
    }
}

/// Opens the connections of the pool.
struct ConnectionManager {
    connector: Connector,
    /// The settings of each connection.
    setup: String,
    /// The runtime that drives the connections.
    runtime: Option<Handle>,
}

impl Manager for ConnectionManager {
    type Type = AsyncPgConnection;
    type Error = ConnectError;

    async fn create(&self) -> Result<AsyncPgConnection, ConnectError> {
        let (connector, setup) = (self.connector.clone(), self.setup.clone());
        let connect = async move { connector.connect(&setup).await };
        let Some(runtime) = &self.runtime else {
            return connect.await;
        };
        let ended = |error: JoinError| ConnectError::Rejected(error.to_string());
        runtime.spawn(connect).await.map_err(ended)?
    }

    async fn recycle(
        &self,
        connection: &mut AsyncPgConnection,
        _: &Metrics,
    ) -> RecycleResult<ConnectError> {
        if connection.is_broken() {
            return Err(RecycleError::message("the connection is broken"));
        }
        Ok(())
    }
}

impl PooledConnection {
    /// Returns an idle connection to the pool.
    pub(super) fn release(mut self) {
        drop(self.0.take());
    }
}

/// Closes the connection.
impl Drop for PooledConnection {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(Object::take(connection));
        }
    }
}

impl Deref for PooledConnection {
    type Target = AsyncPgConnection;

    fn deref(&self) -> &AsyncPgConnection {
        self.0.as_ref().expect(PRESENT)
    }
}

impl DerefMut for PooledConnection {
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        self.0.as_mut().expect(PRESENT)
    }
}
