//! The deployment's access policies.

use crate::{Config, Failure};

#[cfg(feature = "policies")]
pub(crate) use manyface_policy::PolicyFolder;

/// A folder of policies, which cannot be opened without the feature `policies`.
#[cfg(not(feature = "policies"))]
pub enum PolicyFolder {}

/// Opens the folder of policies, if one is configured.
#[cfg(feature = "policies")]
pub(crate) fn open_policies(config: &Config) -> Result<Option<PolicyFolder>, Failure> {
    let Some(dir) = &config.policies.dir else {
        return Ok(None);
    };
    let opened = PolicyFolder::open(dir, &config.dialect_registry.names());
    // The error has one line per mistake.
    let failed = |error| Failure::Usage(format!("policies.dir: {error}").replace('\n', "; "));
    opened.map(Some).map_err(failed)
}

/// Returns an error if a folder of policies is configured.
#[cfg(not(feature = "policies"))]
pub(crate) fn open_policies(config: &Config) -> Result<Option<PolicyFolder>, Failure> {
    match &config.policies.dir {
        None => Ok(None),
        Some(_) => Err(Failure::Usage(
            "policies.dir: this program was built without policies; build it with --features policies"
                .to_owned(),
        )),
    }
}
