//! `manyface migrate`

use manyface_core::chain;

use super::output::say;
use crate::{
    Config, Failure,
    deployment::{default_tenant, open_store},
};

pub(super) async fn run(config: Config) -> Result<(), Failure> {
    let store = open_store(&config)?;
    let migrated = store.migrate().await;
    migrated.map_err(|e| Failure::could_not("migrate", chain(&e)))?;
    default_tenant(&*store.registry()).await?;
    say(&format!(
        "manyface: {} is up to date",
        config.database_url()
    ));
    Ok(())
}
