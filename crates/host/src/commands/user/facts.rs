//! `manyface user facts`

use manyface_core::{Json, ProfileRef, Provenance, Registry};

use super::{find, no_such};
use crate::{Failure, Known, commands::output::json, system};

/// The longest statement that is kept, in bytes.
const MAX_FACTS: usize = 64 * 1024;

pub(super) async fn run(
    registry: &dyn Registry,
    known: Known,
    user: &str,
    dialect: &str,
    facts: Option<String>,
    clear: bool,
) -> Result<(), Failure> {
    let known = known.find("--dialect", dialect)?;
    let profile = find(registry, user).await?;
    let facts = match facts {
        None if clear => None,
        None => return json(&profile.facts.get(dialect)),
        Some(text) if text.len() > MAX_FACTS => {
            let message = format!("facts must be at most {MAX_FACTS} bytes");
            return Err(Failure::Finding(message));
        }
        Some(text) => {
            let facts = Json::parse(text).map_err(|e| Failure::Finding(e.to_string()))?;
            (known.check_facts)(&facts).map_err(Failure::Finding)?;
            Some(facts)
        }
    };
    let who = ProfileRef::Id(profile.id);
    let provenance = Provenance::operator(system::now());
    let set = registry.set_facts(&who, dialect, facts.as_ref(), &provenance);
    let profile = set.await?.ok_or_else(|| no_such(user))?;
    json(&profile.facts.get(dialect))
}
