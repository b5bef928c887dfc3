//! The mutants found, and the exchanges that found them.

use std::{
    collections::BTreeMap,
    env,
    sync::{Mutex, PoisonError},
};

use super::table::Mutant;

/// The exchanges that found a mutant, each with what was wrong.
type Finds = Vec<(String, Vec<String>)>;

/// Which mutants were found.
pub(crate) struct Score {
    extent: Option<String>,
    /// By the name of the mutant and what it does, then by dialect and place.
    found: Mutex<BTreeMap<(String, String), BTreeMap<String, Finds>>>,
}

impl Score {
    /// Reads from the environment whether each mutant is listed (`MANYFACE_MUTANTS=list`), and whether
    /// all exchanges that find it are listed (`MANYFACE_MUTANTS=full`) or only the first.
    pub(crate) fn new() -> Self {
        Self {
            extent: env::var("MANYFACE_MUTANTS").ok(),
            found: Mutex::default(),
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.extent.as_deref() == Some("full")
    }

    pub(crate) fn add(&self, dialect: &str, mutant: &Mutant, place: &str, finds: Finds) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (mutant.name.clone(), mutant.wrong.clone());
        let servers = found.entry(key).or_default();
        servers.insert(format!("{dialect} {place}").trim_end().to_owned(), finds);
    }

    /// Prints the score, and the list if it is requested. A mutant counts once, and counts as found if
    /// it was found in every dialect and place in which it was tried.
    pub(crate) fn print(&self) {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut mutants, mut servers, mut found_servers) = (0, 0, 0);
        for ((name, wrong), finds) in &*found {
            let count = finds.values().filter(|finds| !finds.is_empty()).count();
            mutants += usize::from(count == finds.len());
            servers += finds.len();
            found_servers += count;
            if self.extent.is_some() {
                println!("{name}: {wrong}");
                for (server, finds) in finds {
                    println!("    {server}: {}", summary(finds));
                }
            }
        }
        if servers > 0 {
            println!(
                "{mutants} of {} mutants found ({found_servers} of {servers} in their dialects and fields)",
                found.len(),
            );
        }
    }
}

fn summary(finds: &Finds) -> String {
    let Some((_, reasons)) = finds.first() else {
        return "NOT FOUND".to_owned();
    };
    let names: Vec<_> = finds.iter().map(|(name, _)| name.as_str()).collect();
    let reason: String = reasons
        .iter()
        .flat_map(|reason| reason.chars())
        .take(100)
        .collect();
    format!("{} by {}: {reason}", names.len(), names.join(", "))
}
