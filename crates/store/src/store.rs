//! One store, whichever database keeps it.

use std::{io, path::PathBuf, sync::Arc};

use manyface_core::{
    AdminRepository, ApiKeys, BulkRepository, CatalogueStore, ImageRecords, OperatorTokens,
    Overrides, Result, ResumeRecords, Uploads,
};

use crate::{
    DatabaseUrl, MigrateError, StoreSettings,
    bulk::BulkDatabase,
    database::Repository,
    database_url::Location,
    images::WriteImages,
    overrides::WriteOverrides,
    postgres::{Postgres, TlsError},
    sqlite::Sqlite,
};

/// An opened store.
///
/// A SQLite store finishes what it was asked for and ends its threads when the last of its
/// handles is dropped.
#[derive(Clone, Debug)]
pub struct Store(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Postgres(Repository<Postgres>),
    Sqlite(Repository<Sqlite>),
}

/// The ports that do not depend on the thread.
trait Ports:
    ApiKeys
    + BulkRepository
    + CatalogueStore
    + ImageRecords
    + OperatorTokens
    + Overrides
    + ResumeRecords
    + Uploads
{
}

impl<D: BulkDatabase + WriteImages + WriteOverrides> Ports for Repository<D> {}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file of a SQLite database, or its directory, cannot be made.
    #[error("{path} cannot be made")]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A thread cannot be started.
    #[error("a thread cannot be started")]
    Thread(#[source] io::Error),
    /// A requirement of encrypted connections to PostgreSQL is missing.
    #[error("connections to PostgreSQL cannot be encrypted")]
    Tls(#[source] TlsError),
}

impl Store {
    /// Opens the store at `url`.
    ///
    /// Makes no connection: the database may come up later.
    pub fn open(url: &DatabaseUrl, settings: &StoreSettings) -> Result<Self, OpenError> {
        let kind = match url.location() {
            Location::Postgres(server) => {
                let postgres = Postgres::open(server, settings).map_err(OpenError::Tls)?;
                Kind::Postgres(Repository(Arc::new(postgres)))
            }
            Location::Sqlite(path) => {
                Kind::Sqlite(Repository(Arc::new(Sqlite::open(path, settings)?)))
            }
        };
        Ok(Self(kind))
    }

    /// The store as the core's port.
    ///
    /// On PostgreSQL each one has two connections, one for reads and one for updates,
    /// whose tasks run where it is first used: best is one for each thread that serves.
    pub fn repository(&self) -> Arc<dyn AdminRepository> {
        match &self.0 {
            Kind::Postgres(postgres) => Arc::new(Repository(Arc::new(postgres.0.another()))),
            Kind::Sqlite(sqlite) => Arc::new(sqlite.clone()),
        }
    }

    /// The records of images.
    pub fn images(&self) -> Arc<dyn ImageRecords> {
        self.ports()
    }

    /// Returns the overrides of accounts.
    pub fn overrides(&self) -> Arc<dyn Overrides> {
        self.ports()
    }

    /// Uploads.
    pub fn uploads(&self) -> Arc<dyn Uploads> {
        self.ports()
    }

    /// API keys.
    pub fn api_keys(&self) -> Arc<dyn ApiKeys> {
        self.ports()
    }

    /// Returns the tokens of operators.
    pub fn operator_tokens(&self) -> Arc<dyn OperatorTokens> {
        self.ports()
    }

    /// The names that profiles share.
    pub fn catalogue(&self) -> Arc<dyn CatalogueStore> {
        self.ports()
    }

    /// Returns the port of exports and imports.
    pub fn bulk(&self) -> Arc<dyn BulkRepository> {
        self.ports()
    }

    /// Returns the records of résumés.
    pub fn resumes(&self) -> Arc<dyn ResumeRecords> {
        self.ports()
    }

    fn ports(&self) -> Arc<dyn Ports> {
        match &self.0 {
            Kind::Postgres(postgres) => Arc::new(postgres.clone()),
            Kind::Sqlite(sqlite) => Arc::new(sqlite.clone()),
        }
    }

    /// Returns the secret called `name`, which all processes on this database share: `candidate` if
    /// there was none before.
    pub async fn secret(&self, name: &str, candidate: &[u8; 32]) -> Result<[u8; 32]> {
        match &self.0 {
            Kind::Postgres(postgres) => postgres.secret(name, candidate).await,
            Kind::Sqlite(sqlite) => sqlite.secret(name, candidate).await,
        }
    }

    /// Verifies that the database can be used and has the layout that this program expects, as
    /// [`AdminRepository::check`] does, and that no pooler shares its connections with other clients.
    ///
    /// [`manyface_core::Error::Unavailable`] has a [`crate::ConnectError`] or a
    /// [`crate::LayoutError`] as its cause, if it is one of these.
    pub async fn verify(&self) -> Result<()> {
        match &self.0 {
            Kind::Postgres(postgres) => postgres.0.verify().await,
            Kind::Sqlite(sqlite) => sqlite.check().await,
        }
    }

    /// Brings the database to the layout that this program expects.
    ///
    /// Several processes may do so at once. Until it has succeeded, [`AdminRepository::check`] fails.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        match &self.0 {
            Kind::Postgres(postgres) => postgres.0.migrate().await,
            Kind::Sqlite(sqlite) => sqlite.0.migrate().await,
        }
    }
}
