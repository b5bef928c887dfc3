//! `manyface check`

use manyface_auth::KeyReport;
use manyface_core::chain;

use super::output::{line, say, warn_of_unverified_database};
use crate::{Config, Deployment, Failure, Layers};

/// Prints the configured settings and their sources, then checks the keys, also those behind URLs,
/// and the database. Does not change the database.
pub(crate) async fn run(config: Config, layers: &Layers) -> Result<(), Failure> {
    let url = config.database_url();
    let (profile, listen) = (config.profile, config.listen);
    let data_dir = config.data_dir.display().to_string();
    warn_of_unverified_database(&config);
    // Invalid settings are rejected before anything is printed.
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
    #[cfg(feature = "policies")]
    if let Some(policies) = deployment.policies() {
        let contents = policies.contents();
        line(&format!("policies: {}", contents.count()))?;
        for warning in contents.warnings {
            say(&format!("manyface: warning: {warning}"));
        }
    }
    let keys = check_keys(&deployment).await;
    deployment.verify().await?;
    keys?;
    say("manyface: all is well");
    Ok(())
}

/// Prints the keys of each issuer and returns the first failure.
async fn check_keys(deployment: &Deployment) -> Result<(), Failure> {
    let mut outcome = Ok(());
    for report in deployment.authenticator().report_keys().await {
        let KeyReport {
            dialect,
            source,
            keys,
            count,
            skipped,
        } = report;
        let failure = match keys {
            Ok(keys) => {
                line(&format!("{dialect}, {source}: {keys}"))?;
                let message =
                    format!("{source} has no key for the configured algorithms ({dialect})");
                (count == 0).then_some(Failure::Finding(message))
            }
            Err(error) => {
                let cause = chain(&*error);
                line(&format!("{dialect}, {source}: {cause}"))?;
                Some(Failure::could_not(
                    &format!("read the keys of {source}"),
                    cause,
                ))
            }
        };
        for key in skipped {
            line(&format!("{dialect}, {source}: skipped {key}"))?;
        }
        outcome = outcome.and(failure.map_or(Ok(()), Err));
    }
    outcome
}
