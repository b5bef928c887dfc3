//! `manyface check`

use super::output::{line, say};
use crate::{Config, Deployment, Failure, Layers, deployment::Chain};

/// Says which settings are not built in and where they come from, then tries the keys and the
/// database. Changes nothing in the database.
pub(super) async fn run(config: Config, layers: &Layers) -> Result<(), Failure> {
    for (name, source) in layers.sources() {
        let value = if name == "database_url" {
            config.database_url().to_string()
        } else {
            layers.value(name).unwrap_or_default()
        };
        line(&format!("{name} = {value}    ({source})"))?;
    }
    line(&format!("profile: {:?}", config.profile).to_lowercase())?;
    line(&format!("listen: {}", config.listen))?;
    line(&format!("database: {}", config.database_url()))?;
    let deployment = Deployment::open(config)?;
    for (prefix, dialect) in deployment.mounts() {
        line(&format!("dialect {}: {prefix}", dialect.name))?;
    }
    let checked = deployment.registry().check().await;
    checked.map_err(|error| {
        let cause = Chain(&error).to_string();
        Failure::could_not(
            "use the database",
            format!("{cause}; `manyface migrate` makes its tables"),
        )
    })?;
    say("manyface: all is well");
    Ok(())
}
