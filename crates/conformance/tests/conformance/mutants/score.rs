//! Which mutants were found, and by what.

use std::{
    collections::BTreeMap,
    env,
    sync::{Mutex, PoisonError},
};

use super::mutant::Mutant;

/// The exchanges that found a mutant, each with what was wrong.
type Finds = Vec<(String, Vec<String>)>;

/// Which mutants were found.
pub(crate) struct Score {
    extent: Option<String>,
    found: Mutex<BTreeMap<&'static str, Record>>,
}

struct Record {
    wrong: &'static str,
    /// By dialect and place.
    servers: BTreeMap<(String, String), Finds>,
}

impl Score {
    /// Nothing yet. The environment says whether each mutant is listed (`MANYFACE_MUTANTS=list`), and
    /// whether all exchanges are tried that find it (`MANYFACE_MUTANTS=full`) or only the first.
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
        let record = found.entry(mutant.name).or_insert_with(|| Record {
            wrong: mutant.wrong,
            servers: BTreeMap::new(),
        });
        let key = (dialect.to_owned(), place.to_owned());
        record.servers.insert(key, finds);
    }

    /// Prints the score, and the list where it is asked for. A mutant counts once, and is found
    /// where it was found in every dialect and place that it was tried in.
    pub(crate) fn print(&self) {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if found.is_empty() {
            return;
        }
        if self.extent.is_some() {
            for (name, record) in &*found {
                record.print(name);
            }
        }
        let is_found = |finds: &Finds| !finds.is_empty();
        let whole = |record: &&Record| record.servers.values().all(is_found);
        let mutants = found.values().filter(whole).count();
        let servers: Vec<_> = found.values().flat_map(|r| r.servers.values()).collect();
        let in_place = servers.iter().filter(|finds| is_found(finds)).count();
        println!(
            "{mutants} of {} mutants found ({in_place} of {} in their dialects and fields)",
            found.len(),
            servers.len(),
        );
    }
}

impl Record {
    fn print(&self, name: &str) {
        println!("{name}: {}", self.wrong);
        for ((dialect, place), finds) in &self.servers {
            let place = if place.is_empty() {
                dialect.clone()
            } else {
                format!("{dialect} {place}")
            };
            let names: Vec<_> = finds.iter().map(|(name, _)| name.as_str()).collect();
            let Some((_, reasons)) = finds.first() else {
                println!("    {place}: NOT FOUND");
                continue;
            };
            let reason = reasons.first().map_or("", |reason| reason);
            let reason: String = reason.chars().take(100).collect();
            println!(
                "    {place}: {} by {}: {reason}",
                names.len(),
                names.join(", ")
            );
        }
    }
}
