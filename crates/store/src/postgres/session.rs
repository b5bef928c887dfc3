//! Connections to PostgreSQL, kept for the next request.

use std::{
    ops::{Deref, DerefMut},
    time::Duration,
};

use diesel::ConnectionError;
use diesel_async::{
    AsyncPgConnection, SimpleAsyncConnection,
    pooled_connection::{
        AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
        deadpool::{Object, Pool},
    },
};
use manyface_core::{BoxError, Error, Result};
use tokio::{runtime::Handle, task::JoinError, time::timeout};

use super::{
    connector::{Connector, Link},
    tls::TlsError,
};
use crate::{StoreSettings, database_url::Server};

/// How long a statement that serves many requests waits for a row.
const LOCK_TIMEOUT_MS: u32 = 200;

/// Why a session has a connection.
const HELD: &str = "a session has its connection until it is released or dropped";

/// A pool of connections, made when they are needed.
pub(super) struct Sessions {
    pool: Pool<AsyncPgConnection>,
    connector: Connector,
    /// What every connection is told first.
    setup: String,
    acquire_timeout: Duration,
}

/// One connection for one statement. It goes back to the pool only when it is released: whoever
/// drops it in mid-statement leaves it busy, and the next to get it would wait for that.
pub(super) struct Session(Option<Object<AsyncPgConnection>>);

impl Sessions {
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
        let mut manager = ManagerConfig::default();
        manager.recycling_method = RecyclingMethod::Fast;
        let (pooled, pooled_setup) = (connector.clone(), setup.clone());
        // A connection is driven by a task of the runtime that made it. The pool is everybody's, so
        // that runtime must be the one that ends last: the one that opened the store.
        let runtime = Handle::try_current().ok();
        manager.custom_setup = Box::new(move |_| {
            let (connector, setup) = (pooled.clone(), pooled_setup.clone());
            let connect = async move {
                let mut connection = connector.connect().await?;
                let set = connection.batch_execute(&setup).await;
                set.map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(connection)
            };
            let Some(runtime) = runtime.clone() else {
                return Box::pin(connect);
            };
            Box::pin(async move {
                let ended = |error: JoinError| ConnectionError::BadConnection(error.to_string());
                runtime.spawn(connect).await.map_err(ended)?
            })
        });
        let manager = AsyncDieselConnectionManager::new_with_config("", manager);
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
    pub(super) async fn acquire(&self) -> Result<Session> {
        let cause: BoxError = match timeout(self.acquire_timeout, self.pool.get()).await {
            Ok(Ok(connection)) => return Ok(Session(Some(connection))),
            Ok(Err(error)) => error.into(),
            Err(elapsed) => elapsed.into(),
        };
        Err(Error::Unavailable(Some(cause)))
    }

    /// Closes the connections that nobody uses: where one has died, others have too, and only
    /// their use would tell.
    pub(super) fn forget_idle(&self) {
        self.pool.retain(|_, _| false);
    }

    /// A connection beside the pool, for statements that serve many requests: a row that somebody
    /// else has locked must not keep all of them waiting.
    pub(super) async fn connect_for_many(&self) -> Result<Link, BoxError> {
        let connecting = self.connector.link();
        let mut link = timeout(self.acquire_timeout, connecting).await??;
        let setup = format!("{}; SET lock_timeout = {LOCK_TIMEOUT_MS}", self.setup);
        let set = link.batch_execute(&setup);
        timeout(self.acquire_timeout, set).await??;
        Ok(link)
    }

    /// How long a request may wait for its statement to begin.
    pub(super) fn acquire_timeout(&self) -> Duration {
        self.acquire_timeout
    }

    /// A connection beside the pool, without its limits.
    pub(super) async fn connect(&self) -> Result<AsyncPgConnection, BoxError> {
        Ok(timeout(self.acquire_timeout, self.connector.connect()).await??)
    }
}

impl Session {
    /// Gives the connection back: nothing runs on it.
    pub(super) fn release(mut self) {
        drop(self.0.take());
    }
}

/// Closes the connection.
impl Drop for Session {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(Object::take(connection));
        }
    }
}

impl Deref for Session {
    type Target = AsyncPgConnection;

    fn deref(&self) -> &AsyncPgConnection {
        self.0.as_ref().expect(HELD)
    }
}

impl DerefMut for Session {
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        self.0.as_mut().expect(HELD)
    }
}
