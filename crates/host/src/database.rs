//! Opening and verification of the database, and messages about its failures.

use manyface_core::{AdminRepository, BoxError, Error, TenantId, chain};
use manyface_store::{ConnectError, DatabaseUrl, LayoutError, MigrateError, Store, StoreSettings};

use crate::{Config, Failure, Mode, development::DevelopmentKey, system};

/// Opens the store. Creates a missing SQLite file; a PostgreSQL server need not be available.
pub(crate) fn open_store(config: &Config) -> Result<Store, Failure> {
    let url = config.database_url();
    let settings = StoreSettings {
        username_rest: config.username_rest(),
        ..config.database.clone()
    };
    let store = Store::open(&url, &settings);
    store.map_err(|error| Failure::could_not(&format!("open {url}"), chain(&error)))
}

/// Opens the store for a command and verifies the database. Creates nothing.
pub(crate) async fn ready_store(config: &Config) -> Result<Store, Failure> {
    require_database(config)?;
    let store = open_store(config)?;
    verify(&store, config).await?;
    Ok(store)
}

/// Returns the default tenant.
pub(crate) async fn default_tenant(store: &dyn AdminRepository) -> Result<TenantId, Failure> {
    let now = system::now();
    Ok(store.default_tenant(system::tenant_id(now)?, now).await?)
}

/// Verifies that the database is available and has the expected schema version.
pub(crate) async fn verify(store: &Store, config: &Config) -> Result<(), Failure> {
    let verified = store.verify().await;
    verified.map_err(|error| failure(&config.database_url(), error))
}

/// Returns an error if the database file does not exist.
fn require_database(config: &Config) -> Result<(), Failure> {
    let url = config.database_url();
    match url.sqlite_file() {
        Some(file) if !file.exists() && config.database_url.is_some() => {
            let file = file.display();
            Err(Failure::CouldNotRun(format!(
                "there is no database {file}; run `manyface serve` or `manyface migrate` first, or \
                 pass --database-url"
            )))
        }
        Some(file) if !file.exists() => Err(no_deployment(config)),
        Some(_) | None => Ok(()),
    }
}

/// Returns an error if files are missing that `serve` and `migrate` create.
pub(crate) fn require_deployment(config: &Config) -> Result<(), Failure> {
    require_database(config)?;
    let has_folder = config.media.s3.is_some() || config.media_folder().is_dir();
    let has_key =
        config.profile == Mode::Production || DevelopmentKey::new(&config.data_dir).exists();
    if has_folder && has_key {
        Ok(())
    } else {
        Err(no_deployment(config))
    }
}

fn no_deployment(config: &Config) -> Failure {
    let folder = config.data_dir.display();
    Failure::CouldNotRun(format!(
        "there is no deployment in {folder}; run `manyface serve` or `manyface migrate` first, or pass \
         --data-dir"
    ))
}

/// Explains why the database at `url` cannot be used, with the next step.
pub(crate) fn failure(url: &DatabaseUrl, error: Error) -> Failure {
    if let Error::Unavailable(Some(cause)) = error {
        of_cause(url, &cause)
    } else {
        Failure::could_not(&format!("use {url}"), chain(&error))
    }
}

/// Explains why the migration of the database at `url` failed, with the next step.
pub(crate) fn migration_failure(url: &DatabaseUrl, error: MigrateError) -> Failure {
    match error {
        MigrateError::Unavailable(cause) => of_cause(url, &cause),
        MigrateError::Unsuitable(error) => of_connection(url, &error),
        MigrateError::Unknown(version) => of_layout(url, &LayoutError::Newer(version)),
        MigrateError::Failed(cause) => {
            Failure::could_not(&format!("migrate {url}"), chain(&*cause))
        }
    }
}

fn of_cause(url: &DatabaseUrl, cause: &BoxError) -> Failure {
    if let Some(error) = cause.downcast_ref::<ConnectError>() {
        of_connection(url, error)
    } else if let Some(error) = cause.downcast_ref::<LayoutError>() {
        of_layout(url, error)
    } else {
        Failure::could_not(&format!("use {url}"), chain(&**cause))
    }
}

fn of_connection(url: &DatabaseUrl, error: &ConnectError) -> Failure {
    let step = match error {
        ConnectError::Unreachable(_) => {
            "check that the server is running, and the host and port of database_url"
        }
        ConnectError::Denied(_) => {
            "check the user and password of database_url, and pg_hba.conf on the server"
        }
        ConnectError::NoDatabase(_) => "create it, or change the database of database_url",
        ConnectError::Tls(_) => "check sslmode and sslrootcert in database_url",
        ConnectError::Handshake(_) => "check sslmode and the password in database_url",
        ConnectError::Encoding(_) => {
            "create one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
        }
        ConnectError::Rejected(_) | ConnectError::Language(_) | ConnectError::Pooler => "",
    };
    let message = with_step(url, error, step);
    if error.is_permanent() {
        Failure::Usage(message)
    } else {
        Failure::CouldNotRun(message)
    }
}

fn of_layout(url: &DatabaseUrl, error: &LayoutError) -> Failure {
    let step = match error {
        LayoutError::Missing => "`manyface migrate` creates them",
        LayoutError::Older => "`manyface migrate` updates it",
        LayoutError::Newer(_) => "use the version of manyface that migrated it, or a later one",
    };
    Failure::CouldNotRun(with_step(url, error, step))
}

fn with_step(url: &DatabaseUrl, error: &dyn std::error::Error, step: &str) -> String {
    debug_assert!(error.source().is_none(), "the message includes its cause");
    let separator = if step.is_empty() { "" } else { "; " };
    format!("could not use {url}: {error}{separator}{step}")
}

/// Creates the files of a deployment: the image folder and, in development, the signing key.
pub(crate) fn create_files(config: &Config) -> Result<(), Failure> {
    if config.media.s3.is_none() {
        crate::development::create_folder(&config.media_folder())?;
    }
    if config.profile == Mode::Development {
        DevelopmentKey::new(&config.data_dir).issuer()?;
    }
    Ok(())
}
