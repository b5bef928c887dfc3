//! Migrations of the database layout.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
};

use diesel::{
    backend::Backend,
    migration::{MigrationSource, MigrationVersion},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use manyface_core::{BoxError, Error, Result};

use crate::{
    ConnectError,
    sql::{Sql, Statement},
};

pub(crate) const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");
pub(crate) const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

/// The row of [`layout`] that says that the table of migrations exists.
pub(crate) const TABLE: &str = "migrations";
/// The row of [`layout`] that says that the table of compatible versions exists.
const COMPATIBILITY: &str = "compatibility";
/// The row of [`layout`] that says that the connection still has its settings.
pub(crate) const SESSION: &str = "session";

/// Whether this process has logged a newer layout.
static IS_NEWER_LOGGED: AtomicBool = AtomicBool::new(false);

/// Reads a row if the connection still has its settings, a row if the table of migrations exists,
/// and a row if the table of compatible versions does.
static LAYOUT: Sql = Sql::pair(
    "SELECT 'session' WHERE COALESCE(current_setting('manyface.connection', true), '') <> '' \
     UNION ALL SELECT 'migrations' WHERE to_regclass('__diesel_schema_migrations') IS NOT NULL \
     UNION ALL SELECT 'compatibility' WHERE to_regclass('schema_compatibility') IS NOT NULL",
    "SELECT 'session' WHERE TRUE UNION ALL SELECT 'migrations' \
     WHERE EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '__diesel_schema_migrations') \
     UNION ALL SELECT 'compatibility' \
     WHERE EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'schema_compatibility')",
);

static APPLIED: Sql = Sql::new("SELECT version FROM __diesel_schema_migrations ORDER BY version");

/// Reads the versions after which programs that expect layout `$1` still work.
static COMPATIBLE: Sql =
    Sql::new("SELECT version FROM schema_compatibility WHERE oldest <= $1 ORDER BY version");

/// Returns the statement that reads the rows about the layout, such as [`SESSION`] and [`TABLE`].
pub(crate) fn layout() -> Statement {
    LAYOUT.with([])
}

/// Returns the statement that reads the versions of the applied migrations.
pub(crate) fn applied() -> Statement {
    APPLIED.with([])
}

/// Returns the statement that reads the versions with which programs of `source` work, or `None` if
/// the `layout` has no such table.
pub(crate) fn compatible<DB: Backend>(
    source: &EmbeddedMigrations,
    layout: &[String],
) -> Result<Option<Statement>>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    if !layout.iter().any(|text| text == COMPATIBILITY) {
        return Ok(None);
    }
    let known = versions::<DB>(source).map_err(Error::Storage)?;
    let newest = known.last().map_or("", String::as_str);
    Ok(Some(COMPATIBLE.with([newest.into()])))
}

/// How the layout of a database differs from the one that this program expects.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// There are no tables.
    #[error("the database has no tables")]
    Missing,
    /// Migrations are pending.
    #[error("the database has the layout of an older version")]
    Older,
    /// A newer program has migrated the database.
    #[error("the database has the migration {0}, which this program does not know")]
    Newer(String),
}

impl From<LayoutError> for Error {
    fn from(error: LayoutError) -> Self {
        Self::Unavailable(Some(error.into()))
    }
}

/// Why a database could not be migrated.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database cannot be reached, or another process holds its lock. A retry may succeed.
    #[error("the database is unavailable")]
    Unavailable(#[source] BoxError),
    /// The database, or a pooler in front of it, must be changed.
    #[error(transparent)]
    Unsuitable(ConnectError),
    /// A newer program has migrated the database.
    #[error("the database has the migration {0}, which this program does not know")]
    Unknown(String),
    /// A migration failed and was rolled back.
    #[error("a migration failed")]
    Failed(#[source] BoxError),
}

impl From<ConnectError> for MigrateError {
    fn from(error: ConnectError) -> Self {
        if error.is_permanent() {
            Self::Unsuitable(error)
        } else {
            Self::Unavailable(error.into())
        }
    }
}

impl From<Error> for MigrateError {
    fn from(error: Error) -> Self {
        let Error::Unavailable(Some(cause)) = error else {
            return Self::Unavailable(error.into());
        };
        match cause.downcast::<ConnectError>() {
            Ok(error) => (*error).into(),
            Err(cause) => Self::Unavailable(cause),
        }
    }
}

/// Runs the pending migrations.
///
/// The caller must hold a lock that excludes other migrations.
pub(crate) fn run<DB: Backend>(
    database: &mut impl MigrationHarness<DB>,
    source: EmbeddedMigrations,
) -> Result<(), MigrateError>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let known = versions::<DB>(&source).map_err(MigrateError::Failed)?;
    let applied = database.applied_migrations();
    for version in applied.map_err(MigrateError::Failed)? {
        let version = version.to_string();
        if !known.contains(&version) {
            return Err(MigrateError::Unknown(version));
        }
    }
    let run = database.run_pending_migrations(source);
    run.map(|_| ()).map_err(MigrateError::Failed)
}

/// Compares the `applied` migrations with those of `source`. Newer ones must be `compatible`.
pub(crate) fn check<DB: Backend>(
    source: &EmbeddedMigrations,
    applied: Vec<String>,
    compatible: &[String],
) -> Result<Result<(), LayoutError>>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let mut pending = versions::<DB>(source).map_err(Error::Storage)?;
    let mut newer = applied;
    newer.retain(|version| !pending.remove(version));
    let mut unusable = newer
        .iter()
        .filter(|&version| !compatible.contains(version));
    Ok(match (unusable.next(), newer.last()) {
        (Some(version), _) => Err(LayoutError::Newer(version.clone())),
        (None, _) if !pending.is_empty() => Err(LayoutError::Older),
        (None, Some(version)) => {
            log_newer(version);
            Ok(())
        }
        (None, None) => Ok(()),
    })
}

/// Logs, once per process, that a newer program has migrated the database.
fn log_newer(version: &str) {
    if !IS_NEWER_LOGGED.swap(true, Ordering::Relaxed) {
        tracing::info!(
            version,
            "the database has a newer layout, which is compatible with this program"
        );
    }
}

fn versions<DB: Backend>(source: &EmbeddedMigrations) -> Result<BTreeSet<String>, BoxError>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let migrations = MigrationSource::<DB>::migrations(source)?;
    let version = |version: MigrationVersion<'_>| version.to_string();
    let versions = migrations.iter().map(|m| version(m.name().version()));
    Ok(versions.collect())
}
