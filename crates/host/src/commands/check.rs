//! `manyface check`

use super::output::{line, say, warn_of_unverified_database};
use crate::{Config, Deployment, Failure, Layers};

/// Says which settings are not built in and where they come from, then tries the keys and the
/// database. Changes nothing in the database.
pub(super) async fn run(config: Config, layers: &Layers) -> Result<(), Failure> {
    let url = config.database_url();
    let (profile, listen) = (config.profile, config.listen);
    let data_dir = config.data_dir.display().to_string();
    warn_of_unverified_database(&config);
    // What cannot be is refused before it is printed.
    let deployment = Deployment::open_existing(config)?;
    for (name, source) in layers.sources() {
        let value = if name == "database_url" {
            url.to_string()
        } else {
            layers.value(name).unwrap_or_default()
        };
        line(&format!("{name} = {value}    ({source})"))?;
    }
    for (name, value) in [
        ("profile", format!("{profile:?}").to_lowercase()),
        ("listen", listen.to_string()),
        ("data_dir", data_dir),
        ("database_url", url.to_string()),
    ] {
        if !layers.sources().contains_key(name) {
            line(&format!("{name} = {value:?}    (built in)"))?;
        }
    }
    for (prefix, dialect) in deployment.mounts() {
        line(&format!("dialect {}: {prefix}", dialect.name))?;
    }
    if let Some(policies) = deployment.policies() {
        let contents = policies.contents();
        line(&format!("policies: {}", contents.count()))?;
        for warning in contents.warnings {
            say(&format!("manyface: warning: {warning}"));
        }
    }
    deployment.verify().await?;
    say("manyface: all is well");
    Ok(())
}
