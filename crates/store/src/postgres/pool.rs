//! Connections to PostgreSQL, kept for the next request.

use std::{
    ops::{Deref, DerefMut},
    time::Duration,
};

use deadpool::managed::{Manager, Metrics, Object, Pool, PoolError, RecycleError, RecycleResult};
use diesel_async::{AsyncPgConnection, pooled_connection::PoolableConnection};
use manyface_core::{BoxError, Error, Result};
use tokio::{runtime::Handle, task::JoinError, time::timeout};

use super::{connector::Connector, tls::TlsError};
use crate::{ConnectError, StoreSettings, database_url::Server};

/// How long a statement that serves many requests waits for a lock.
const LOCK_TIMEOUT_MS: u32 = 200;

/// Why a [`PooledConnection`] has a connection.
const HELD: &str = "it has its connection until it is released or dropped";

/// A pool of connections, made when they are needed.
pub(crate) struct ConnectionPool {
    pool: Pool<Maker>,
    connector: Connector,
    /// The settings of each connection.
    setup: String,
    acquire_timeout: Duration,
}

/// One connection for one statement. It goes back to the pool only when it is released: if it is dropped in mid-statement, it is busy,
/// and is closed.
pub(super) struct PooledConnection(Option<Object<Maker>>);

impl ConnectionPool {
    pub(super) fn open(server: &Server, settings: &StoreSettings) -> Result<Self, TlsError> {
        let connector = Connector::new(server, settings)?;
        let statement_timeout = settings.statement_timeout_ms;
        // Statements are short lookups by key: planning them again for each value gains nothing,
        // and a plan made while the tables were small must not stay one that reads them whole.
        // The update relies on `read committed` to see what another writer has just written. An
        // acknowledged write is a durable one, whatever the server thinks of others.
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
        // A connection is driven by a task of the runtime that made it. The pool is everybody's, so
        // that runtime must be the one that ends last: the one that opened the store.
        let manager = Maker {
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

    /// A connection, one that is not known to be dead.
    pub(super) async fn acquire(&self) -> Result<PooledConnection> {
        let cause: BoxError = match timeout(self.acquire_timeout, self.pool.get()).await {
            Ok(Ok(connection)) => return Ok(PooledConnection(Some(connection))),
            Ok(Err(PoolError::Backend(error))) => error.into(),
            Ok(Err(error)) => error.into(),
            Err(elapsed) => elapsed.into(),
        };
        Err(Error::Unavailable(Some(cause)))
    }

    /// Closes the idle connections: if one has died, others have too, and only their use would
    /// show it.
    pub(super) fn forget_idle(&self) {
        self.pool.retain(|_, _| false);
    }

    /// Makes a connection next to the pool, for statements that serve many requests: a locked row must
    /// not keep all of them waiting.
    pub(crate) async fn connect_for_many(&self) -> Result<AsyncPgConnection, ConnectError> {
        let setup = format!("{}; SET lock_timeout = {LOCK_TIMEOUT_MS}", self.setup);
        self.connector.in_time(self.connector.connect(&setup)).await
    }

    /// How long a request may wait for its statement to begin.
    pub(crate) fn acquire_timeout(&self) -> Duration {
        self.acquire_timeout
    }

    /// A connection next to the pool, without its limits.
    pub(super) async fn connect(&self) -> Result<AsyncPgConnection, ConnectError> {
        self.connector.in_time(self.connector.connect("")).await
    }

    /// Fails if a pooler shares server connections between clients.
    pub(super) async fn compare_connections(&self) -> Result<(), ConnectError> {
        self.connector.compare_connections().await
    }
}

/// Makes the connections of the pool.
struct Maker {
    connector: Connector,
    /// The settings of each.
    setup: String,
    /// The runtime that drives connections.
    runtime: Option<Handle>,
}

impl Manager for Maker {
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
    /// Gives the connection back: nothing runs on it.
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
        self.0.as_ref().expect(HELD)
    }
}

impl DerefMut for PooledConnection {
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        self.0.as_mut().expect(HELD)
    }
}
