//! Bringing a database to the layout that this program expects.

use std::collections::BTreeSet;

use diesel::{
    backend::Backend,
    migration::{MigrationSource, MigrationVersion},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use manyface_core::{BoxError, Error, Result};

pub(crate) const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");
pub(crate) const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

/// Why a database could not be brought to the layout that this program expects.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database cannot be reached, or somebody holds its lock: try again later.
    #[error("the database is unavailable")]
    Unavailable(#[source] BoxError),
    /// A newer program has been here.
    #[error("the database has the migration {0}, which this program does not know")]
    Unknown(String),
    /// A migration failed, and was undone.
    #[error("a migration failed")]
    Failed(#[source] BoxError),
}

/// Runs what has not been run yet.
///
/// The caller holds a lock that keeps others from doing the same.
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

/// Fails unless `applied` are exactly the migrations of `source`.
pub(crate) fn check<DB: Backend>(source: &EmbeddedMigrations, applied: Vec<String>) -> Result<()>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let known = versions::<DB>(source).map_err(Error::Storage)?;
    if known == BTreeSet::from_iter(applied) {
        return Ok(());
    }
    let cause = "the database is not laid out as this program expects";
    Err(Error::Unavailable(Some(cause.into())))
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
