//! Entries of lists, as responses have them.

use std::sync::Arc;

use manyface_core::CatalogueEntry;
use serde::Serialize;

/// `DeveloperSkill` and `InvestmentInterest` of the page.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Described {
    /// The number.
    id: i32,
    /// The name.
    name: String,
    /// What is meant by it.
    description: Option<String>,
}

/// `Tag` of the page.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Tag {
    /// The name.
    name: String,
}

pub(super) fn ids(entries: &[Arc<CatalogueEntry>]) -> Vec<i32> {
    entries.iter().map(|entry| entry.id.0).collect()
}

pub(super) fn names(entries: &[Arc<CatalogueEntry>]) -> Vec<String> {
    entries.iter().map(|entry| entry.name.clone()).collect()
}

pub(super) fn described(entries: &[Arc<CatalogueEntry>]) -> Vec<Described> {
    let described = entries.iter().map(|entry| Described {
        id: entry.id.0,
        name: entry.name.clone(),
        description: entry.description.clone(),
    });
    described.collect()
}

pub(super) fn tags(entries: &[Arc<CatalogueEntry>]) -> Vec<Tag> {
    let name = |entry: &Arc<CatalogueEntry>| Tag {
        name: entry.name.clone(),
    };
    entries.iter().map(name).collect()
}
