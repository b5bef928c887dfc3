//! The store, independent of its database.

use std::sync::Arc;

use manyface_core::{
    AdminRepository, ApiKeys, BulkRepository, CatalogueStore, ImageRecords, OperatorTokens,
    Overrides, Result, ResumeRecords, Uploads, UsageStore, WebhookStore,
};

use crate::{
    DatabaseUrl, MigrateError, OpenError, PoolStatus, StoreMetrics, StoreSettings,
    bulk::BulkDatabase, database::Repository, database_url::Location, images::WriteImages,
    overrides::WriteOverrides, postgres::Postgres, sqlite::Sqlite,
};

/// An open store.
///
/// Dropping the last handle of a SQLite store waits for the queued jobs, and ends its threads.
#[derive(Clone, Debug)]
pub struct Store(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Postgres(Repository<Postgres>),
    Sqlite(Repository<Sqlite>),
}

/// The ports that all threads can share.
trait Ports:
    ApiKeys
    + BulkRepository
    + CatalogueStore
    + ImageRecords
    + OperatorTokens
    + Overrides
    + ResumeRecords
    + Uploads
    + UsageStore
    + WebhookStore
{
}

impl<D: BulkDatabase + WriteImages + WriteOverrides> Ports for Repository<D> {}

impl Store {
    /// Opens the store at `url`, without connecting to the database.
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

    /// Returns the store as a repository of profiles.
    ///
    /// On PostgreSQL each repository has one connection for reads and one for updates. Their tasks
    /// run in the runtime that first uses them, so each serving thread should have a repository.
    pub fn repository(&self) -> Arc<dyn AdminRepository> {
        match &self.0 {
            Kind::Postgres(postgres) => {
                Arc::new(Repository(Arc::new(postgres.0.with_new_batchers())))
            }
            Kind::Sqlite(sqlite) => Arc::new(sqlite.clone()),
        }
    }

    /// Returns the records of images.
    pub fn images(&self) -> Arc<dyn ImageRecords> {
        self.ports()
    }

    /// Returns the overrides of accounts.
    pub fn overrides(&self) -> Arc<dyn Overrides> {
        self.ports()
    }

    /// Returns the records of uploads.
    pub fn uploads(&self) -> Arc<dyn Uploads> {
        self.ports()
    }

    /// Returns the API keys.
    pub fn api_keys(&self) -> Arc<dyn ApiKeys> {
        self.ports()
    }

    /// Returns the usage counts.
    pub fn usage(&self) -> Arc<dyn UsageStore> {
        self.ports()
    }

    /// Returns the webhooks.
    pub fn webhooks(&self) -> Arc<dyn WebhookStore> {
        self.ports()
    }

    /// Returns the tokens of operators.
    pub fn operator_tokens(&self) -> Arc<dyn OperatorTokens> {
        self.ports()
    }

    /// Returns the catalogue.
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

    /// Returns the measurements of the store.
    pub fn metrics(&self) -> &StoreMetrics {
        match &self.0 {
            Kind::Postgres(postgres) => postgres.0.metrics(),
            Kind::Sqlite(sqlite) => sqlite.0.metrics(),
        }
    }

    /// Returns the state of the connection pool, or `None` on SQLite.
    pub fn pool_status(&self) -> Option<PoolStatus> {
        match &self.0 {
            Kind::Postgres(postgres) => Some(postgres.0.pool_status()),
            Kind::Sqlite(_) => None,
        }
    }

    /// Returns the secret `name`, which all processes on this database share. Stores `candidate`
    /// first if the secret is missing.
    pub async fn secret(&self, name: &str, candidate: &[u8; 32]) -> Result<[u8; 32]> {
        match &self.0 {
            Kind::Postgres(postgres) => postgres.secret(name, candidate).await,
            Kind::Sqlite(sqlite) => sqlite.secret(name, candidate).await,
        }
    }

    /// Removes all users, tenants, keys, catalogue entries and webhooks with their history. For
    /// development.
    pub async fn clear(&self) -> Result<()> {
        match &self.0 {
            Kind::Postgres(postgres) => postgres.clear().await,
            Kind::Sqlite(sqlite) => sqlite.clear().await,
        }
    }

    /// Verifies that the database is usable and has the expected layout, as
    /// [`AdminRepository::check`] does, and that no pooler shares its connections with other
    /// clients.
    ///
    /// The cause of [`manyface_core::Error::Unavailable`] may be a [`crate::ConnectError`] or a
    /// [`crate::LayoutError`].
    pub async fn verify(&self) -> Result<()> {
        match &self.0 {
            Kind::Postgres(postgres) => postgres.0.verify().await,
            Kind::Sqlite(sqlite) => sqlite.check().await,
        }
    }

    /// Runs the pending migrations.
    ///
    /// Several processes may do so at once. Before the first success, [`AdminRepository::check`]
    /// fails.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        match &self.0 {
            Kind::Postgres(postgres) => postgres.0.migrate().await,
            Kind::Sqlite(sqlite) => sqlite.0.migrate().await,
        }
    }
}
