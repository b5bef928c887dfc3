//! One store, whichever database keeps it.

use std::{io, path::PathBuf, sync::Arc};

use manyface_core::{
    ApiKeys, CatalogueStore, ImageRecords, Overrides, Registry, Result, ResumeRecords, Uploads,
};

use crate::{
    DatabaseUrl, MigrateError, StoreSettings,
    catalogue::Names,
    database_url::Location,
    pending_work,
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
    Postgres(Arc<Postgres>),
    Sqlite(Arc<Sqlite>),
}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file of a SQLite database, or its directory, cannot be made.
    #[error("{path} cannot be made")]
    File {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: io::Error,
    },
    /// A thread cannot be started.
    #[error("a thread cannot be started")]
    Thread(#[source] io::Error),
    /// What an encrypted connection to PostgreSQL needs is not there.
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
                Kind::Postgres(Arc::new(postgres))
            }
            Location::Sqlite(path) => Kind::Sqlite(Arc::new(Sqlite::open(path, settings)?)),
        };
        Ok(Self(kind))
    }

    /// The store as the core's port.
    ///
    /// On PostgreSQL each one has two connections of its own, one for reads and one for updates,
    /// whose tasks run where it is first used: best is one for each thread that serves.
    pub fn registry(&self) -> Arc<dyn Registry> {
        match &self.0 {
            Kind::Postgres(postgres) => Arc::new(postgres.another()),
            Kind::Sqlite(sqlite) => Arc::<Sqlite>::clone(sqlite),
        }
    }

    /// What is known of pictures, as the core's port.
    pub fn images(&self) -> Arc<dyn ImageRecords> {
        match &self.0 {
            Kind::Postgres(postgres) => Arc::<Postgres>::clone(postgres),
            Kind::Sqlite(sqlite) => Arc::<Sqlite>::clone(sqlite),
        }
    }

    /// What accounts show of users, as the core's port.
    pub fn overrides(&self) -> Arc<dyn Overrides> {
        match &self.0 {
            Kind::Postgres(postgres) => Arc::<Postgres>::clone(postgres),
            Kind::Sqlite(sqlite) => Arc::<Sqlite>::clone(sqlite),
        }
    }

    /// Uploads, as the core's port.
    pub fn uploads(&self) -> Arc<dyn Uploads> {
        match &self.0 {
            Kind::Postgres(postgres) => Arc::<Postgres>::clone(postgres),
            Kind::Sqlite(sqlite) => Arc::<Sqlite>::clone(sqlite),
        }
    }

    /// API keys, as the core's port.
    pub fn api_keys(&self) -> Arc<dyn ApiKeys> {
        match &self.0 {
            Kind::Postgres(postgres) => Arc::<Postgres>::clone(postgres),
            Kind::Sqlite(sqlite) => Arc::<Sqlite>::clone(sqlite),
        }
    }

    /// A secret that all processes on this database share: `candidate`, where there was none of
    /// that name before.
    pub async fn secret(&self, name: &str, candidate: &[u8; 32]) -> Result<[u8; 32]> {
        match &self.0 {
            Kind::Postgres(postgres) => postgres.secret(name, candidate).await,
            Kind::Sqlite(sqlite) => sqlite.secret(name, candidate).await,
        }
    }

    /// The names that profiles share.
    pub fn catalogue(&self) -> Arc<dyn CatalogueStore> {
        match &self.0 {
            Kind::Postgres(postgres) => Arc::new(Names(Arc::clone(postgres))),
            Kind::Sqlite(sqlite) => Arc::new(Names(Arc::clone(sqlite))),
        }
    }

    /// What is known of the résumés that profiles name.
    pub fn resumes(&self) -> Arc<dyn ResumeRecords> {
        match &self.0 {
            Kind::Postgres(postgres) => Arc::new(Names(Arc::clone(postgres))),
            Kind::Sqlite(sqlite) => Arc::new(Names(Arc::clone(sqlite))),
        }
    }

    /// Verifies that the database can be used and has the layout that this program expects, as
    /// [`Registry::check`] does, and that no pooler shares its connections with other clients.
    ///
    /// [`manyface_core::Error::Unavailable`] has a [`crate::ConnectError`] or a
    /// [`crate::LayoutError`] as its cause, if it is one of these.
    pub async fn verify(&self) -> Result<()> {
        match &self.0 {
            Kind::Postgres(postgres) => postgres.verify().await,
            Kind::Sqlite(sqlite) => sqlite.check().await,
        }
    }

    /// Brings the database to the layout that this program expects.
    ///
    /// Several processes may do so at once. Until it has succeeded, [`Registry::check`] fails.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        let done = match &self.0 {
            Kind::Postgres(postgres) => {
                postgres.migrate().await?;
                pending_work::run(&**postgres, &**postgres, None).await
            }
            Kind::Sqlite(sqlite) => {
                sqlite.migrate().await?;
                pending_work::run(&**sqlite, &**sqlite, Some(sqlite)).await
            }
        };
        done.map_err(|error| MigrateError::Unavailable(error.into()))
    }
}
