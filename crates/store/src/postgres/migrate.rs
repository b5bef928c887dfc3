//! Migrating a PostgreSQL database.

use diesel::connection::SimpleConnection;
use diesel_async::{AsyncPgConnection, async_connection_wrapper::AsyncConnectionWrapper};

use super::Postgres;
use crate::migration::{self, MigrateError};

/// Takes the lock that keeps two processes from migrating at once, for as long as the connection
/// lives. The number is arbitrary, and this program's own.
const LOCK: &str = "SET client_min_messages = warning; SET lock_timeout = '60s'; \
                    SELECT pg_advisory_lock(7814395231470326121)";

impl Postgres {
    pub(crate) async fn migrate(&self) -> Result<(), MigrateError> {
        let connection = self.line.sessions.connect().await;
        let connection = connection.map_err(MigrateError::Unavailable)?;
        let work = move || {
            let mut connection: AsyncConnectionWrapper<AsyncPgConnection> = connection.into();
            connection
                .batch_execute(LOCK)
                .map_err(|error| MigrateError::Unavailable(error.into()))?;
            migration::run(&mut connection, migration::POSTGRES)
        };
        // Not to be given up half-way: a task of its own, which the caller merely watches.
        match tokio::task::spawn_blocking(work).await {
            Ok(done) => done,
            Err(error) => Err(MigrateError::Failed(error.into())),
        }
    }
}
