//! The SQLite store.

pub(crate) mod error;
pub(crate) mod file;
mod repository;
mod update;

use std::{
    fmt,
    path::{Path, PathBuf},
};

use diesel::{
    RunQueryDsl,
    deserialize::QueryableByName,
    result::Error as DieselError,
    sqlite::{Sqlite as Backend, SqliteConnection},
};
use manyface_core::{
    Avatar, PatchDocument, Profile, ProfileRef, Provenance, Result, SignedDuration, TenantId,
    Upload,
};

use self::{
    error::classify,
    file::{Opener, Purpose},
};
use crate::{
    OpenError, StoreMetrics, StoreSettings,
    batch::Threads,
    database::{Database, Decoded, FromRow},
    history,
    id_cache::IdCache,
    migration::{self, LayoutError, MigrateError},
    profiles::{self, ChainedRow, ProfileRow},
    sql::Statement,
    uploads,
};

/// A SQLite file and the threads that access it.
pub(crate) struct Sqlite {
    threads: Threads,
    ids: IdCache,
    opener: Opener,
    /// The reservation period of released user names.
    pub(crate) username_rest: SignedDuration,
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sqlite").finish_non_exhaustive()
    }
}

impl Sqlite {
    pub(crate) fn open(path: &Path, settings: &StoreSettings) -> Result<Self, OpenError> {
        let opener = Opener::new(path, settings.busy_timeout_ms).map_err(|source| {
            let path = PathBuf::from(path);
            OpenError::File { path, source }
        })?;
        let threads = Threads::start(&opener, settings).map_err(OpenError::Thread)?;
        Ok(Self {
            threads,
            ids: IdCache::new(),
            opener,
            username_rest: settings.username_rest,
        })
    }

    pub(crate) fn metrics(&self) -> &StoreMetrics {
        self.threads.metrics()
    }

    /// Reads the profile that `who` names, by its cached id if there is one. If `tenant` is given,
    /// the profile must belong to it.
    async fn find_profile(
        &self,
        who: &ProfileRef,
        tenant: Option<TenantId>,
    ) -> Result<Option<Profile>> {
        let find = |who: ProfileRef| {
            let find = match tenant {
                None => profiles::find(&who),
                Some(tenant) => profiles::find_in(tenant, &who),
            };
            self.threads
                .read(move |database| first_profile(database, find))
        };
        self.ids.find(who, find).await
    }

    /// Runs `work` on a read-only connection.
    pub(crate) async fn read_transaction<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut SqliteConnection) -> Result<T> + Send + 'static,
    {
        self.threads.read(work).await
    }

    /// Runs `work` as the only writer, and returns after its commit. If it fails, its writes are
    /// rolled back.
    pub(crate) async fn transaction<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut SqliteConnection) -> Result<T> + Send + 'static,
    {
        self.threads.write(work).await
    }

    /// Runs the pending migrations in one transaction.
    pub(crate) async fn migrate(&self) -> Result<(), MigrateError> {
        let opener = self.opener.clone();
        match tokio::task::spawn_blocking(move || migrate(&opener)).await {
            Ok(Err(MigrateError::Unknown(version))) => match self.check_layout().await? {
                Ok(()) => Ok(()),
                Err(_) => Err(MigrateError::Unknown(version)),
            },
            Ok(done) => done,
            Err(error) => Err(MigrateError::Failed(error.into())),
        }
    }
}

impl Sqlite {
    /// Compares the layout of the database with the expected one.
    pub(crate) async fn check_layout(&self) -> Result<Result<(), LayoutError>> {
        let source = &migration::SQLITE;
        let work = move |database: &mut SqliteConnection| {
            let found: Vec<String> = rows(database, migration::layout())?;
            if !found.iter().any(|text| text == migration::TABLE) {
                return Ok(Err(LayoutError::Missing));
            }
            let applied: Vec<String> = rows(database, migration::applied())?;
            let compatible: Vec<String> = match migration::compatible::<Backend>(source, &found)? {
                Some(statement) => rows(database, statement)?,
                None => Vec::new(),
            };
            migration::check::<Backend>(source, applied, &compatible)
        };
        self.threads.read(work).await
    }
}

impl Database for Sqlite {
    async fn read<T: FromRow>(&self, statement: Statement) -> Result<Vec<T>> {
        self.read_transaction(move |database| rows(database, statement))
            .await
    }

    async fn write<T: FromRow>(&self, statement: Statement) -> Result<Vec<T>> {
        self.transaction(move |database| rows(database, statement))
            .await
    }

    async fn write_locked<T: FromRow>(
        &self,
        _: Statement,
        statements: Vec<Statement>,
    ) -> Result<Vec<T>> {
        self.transaction(move |database| last_rows(database, statements))
            .await
    }
}

/// Runs a statement, and returns its rows.
pub(crate) fn load<T>(database: &mut SqliteConnection, statement: Statement) -> Result<Vec<T>>
where
    T: QueryableByName<Backend> + 'static,
{
    statement.load(database).map_err(classify)
}

/// Like [`load`], for rows that are read by column name.
pub(crate) fn rows<T: FromRow>(
    database: &mut SqliteConnection,
    statement: Statement,
) -> Result<Vec<T>> {
    load(database, statement).map(Decoded::into_values)
}

/// Runs statements, and returns the rows of the last one.
pub(crate) fn last_rows<T: FromRow>(
    database: &mut SqliteConnection,
    mut statements: Vec<Statement>,
) -> Result<Vec<T>> {
    let last = statements.pop();
    for statement in statements {
        execute(database, statement)?;
    }
    last.map_or(Ok(Vec::new()), |last| rows(database, last))
}

fn first_profile(database: &mut SqliteConnection, statement: Statement) -> Result<Option<Profile>> {
    let rows: Vec<ProfileRow> = load(database, statement)?;
    rows.into_iter().next().map(ProfileRow::read).transpose()
}

pub(crate) fn first_chained(
    database: &mut SqliteConnection,
    find: Statement,
) -> Result<Option<ChainedRow>> {
    let rows: Vec<ChainedRow> = load(database, find)?;
    Ok(rows.into_iter().next())
}

pub(crate) fn execute(database: &mut SqliteConnection, statement: Statement) -> Result<()> {
    statement.execute(database).map(|_| ()).map_err(classify)
}

fn record(
    database: &mut SqliteConnection,
    profile: &Profile,
    patch: &PatchDocument,
    provenance: &Provenance,
    previous: Option<i64>,
) -> Result<()> {
    execute(
        database,
        history::record(profile, patch, provenance, previous),
    )
}

/// Checks that the upload `id` may replace the avatar `current`.
pub(crate) fn check_upload(
    database: &mut SqliteConnection,
    id: Option<&str>,
    current: Option<&Avatar>,
) -> Result<()> {
    let Some(id) = id else {
        return Ok(());
    };
    let found: Vec<Upload> = rows(database, uploads::find(id))?;
    manyface_core::check_upload(found.first(), current)
}

/// Marks the upload `id` as used.
pub(crate) fn use_upload(database: &mut SqliteConnection, id: Option<&str>) -> Result<()> {
    match id {
        Some(id) => execute(database, uploads::mark_used(id)),
        None => Ok(()),
    }
}

fn migrate(opener: &Opener) -> Result<(), MigrateError> {
    let unavailable = |error: std::io::Error| MigrateError::Unavailable(error.into());
    // Closing the file releases the lock, at the latest when the process ends.
    let file = opener.lock_file().map_err(unavailable)?;
    file.lock().map_err(unavailable)?;
    let connection = opener.connect(Purpose::Migrate);
    let mut connection = connection.map_err(|error| MigrateError::Unavailable(Box::new(error)))?;
    let mut outcome = Ok(());
    let transaction: Result<(), DieselError> =
        connection.immediate_transaction(|connection: &mut SqliteConnection| {
            outcome = migration::run(connection, migration::SQLITE);
            match outcome {
                Ok(()) => Ok(()),
                Err(_) => Err(DieselError::RollbackTransaction),
            }
        });
    outcome?;
    transaction.map_err(|error| MigrateError::Unavailable(error.into()))
}
