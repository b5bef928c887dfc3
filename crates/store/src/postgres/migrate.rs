//! Migration of a PostgreSQL database.

use diesel::{Connection, connection::SimpleConnection, pg::Pg, result::Error as DieselError};
use diesel_async::{AsyncPgConnection, async_connection_wrapper::AsyncConnectionWrapper};
use manyface_core::{Error, Result};

use super::Postgres;
use crate::{
    ConnectError,
    database::Database,
    migration::{self, LayoutError, MigrateError, SESSION},
};

/// Acquires the lock that prevents concurrent migrations, until the transaction ends, because a
/// pooler may never end a session. The isolation level lets the transaction see what another
/// process has migrated while it waited. The number is arbitrary, and used by this program only.
const LOCK: &str = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; \
                    SET LOCAL client_min_messages = warning; \
                    SET LOCAL lock_timeout = '60s'; \
                    SET LOCAL statement_timeout = 0; \
                    SELECT pg_advisory_xact_lock(7814395231470326121)";

impl Postgres {
    /// Runs all pending migrations in one transaction. Takes no lock if there are none.
    pub(crate) async fn migrate(&self) -> Result<(), MigrateError> {
        self.config.pool.compare_connections().await?;
        match self.check_layout().await? {
            Ok(()) => return Ok(()),
            Err(LayoutError::Newer(version)) => return Err(MigrateError::Unknown(version)),
            Err(LayoutError::Missing | LayoutError::Older) => {}
        }
        let connection = self.config.pool.connect().await?;
        let work = move || {
            let mut connection: AsyncConnectionWrapper<AsyncPgConnection> = connection.into();
            let mut outcome = Ok(());
            let transaction = connection.transaction(|connection| {
                connection.batch_execute(LOCK)?;
                outcome = migration::run(connection, migration::POSTGRES);
                match outcome {
                    Ok(()) => Ok(()),
                    Err(_) => Err(DieselError::RollbackTransaction),
                }
            });
            outcome?;
            transaction.map_err(|error| MigrateError::Unavailable(error.into()))
        };
        // A separate task, so that a dropped future does not cancel the migration.
        match tokio::task::spawn_blocking(work).await {
            // A newer program has migrated the database in the meantime.
            Ok(Err(MigrateError::Unknown(version))) => match self.check_layout().await? {
                Ok(()) => Ok(()),
                Err(_) => Err(MigrateError::Unknown(version)),
            },
            Ok(done) => done,
            Err(error) => Err(MigrateError::Failed(error.into())),
        }
    }

    /// Verifies that the database is usable and not behind a transaction pooler.
    pub(crate) async fn verify(&self) -> Result<()> {
        let compared = self.config.pool.compare_connections().await;
        compared.map_err(|error| Error::Unavailable(Some(error.into())))?;
        self.check_layout().await?.map_err(Error::from)
    }

    /// Compares the layout of the database with the expected one.
    pub(crate) async fn check_layout(&self) -> Result<Result<(), LayoutError>> {
        let found: Vec<String> = self.read(migration::layout()).await?;
        let is_there = |what: &str| found.iter().any(|text| text == what);
        if !is_there(SESSION) {
            return Err(Error::Unavailable(Some(ConnectError::Pooler.into())));
        }
        if !is_there(migration::TABLE) {
            return Ok(Err(LayoutError::Missing));
        }
        let applied: Vec<String> = self.read(migration::applied()).await?;
        let compatible: Vec<String> =
            match migration::compatible::<Pg>(&migration::POSTGRES, &found)? {
                Some(statement) => self.read(statement).await?,
                None => Vec::new(),
            };
        migration::check::<Pg>(&migration::POSTGRES, applied, &compatible)
    }
}
