//! `manyface migrate`

use super::output::say;
use crate::{
    Config, Failure,
    database::default_tenant,
    database::{create_files, migration_failure, open_store},
};

/// Creates the deployment, or updates its database.
pub(crate) async fn run(config: Config) -> Result<(), Failure> {
    let url = config.database_url();
    let store = open_store(&config)?;
    let migrated = store.migrate().await;
    migrated.map_err(|error| migration_failure(&url, error))?;
    default_tenant(&*store.repository()).await?;
    create_files(&config)?;
    say(&format!("manyface: {url} is up to date"));
    Ok(())
}
