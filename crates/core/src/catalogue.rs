//! Names that profiles share: skills, interests, tags.

mod cached;
mod memory;
mod name;

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{CatalogueId, Field, Result};

pub use cached::{CachedCatalogue, Openness};
pub use memory::MemoryCatalogue;
pub use name::{CatalogueName, CatalogueNameError};

/// One of the catalogue's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CatalogueKind {
    /// What a user is good at.
    Skill,
    /// What a user wants to invest in.
    InvestmentInterest,
    /// What a user wants to work with.
    TechnicalInterest,
    /// What a user is about.
    Tag,
}

impl CatalogueKind {
    /// All lists.
    pub const ALL: [Self; 4] = [
        Self::Skill,
        Self::InvestmentInterest,
        Self::TechnicalInterest,
        Self::Tag,
    ];

    /// The list's name, in snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Skill => "skill",
            Self::InvestmentInterest => "investment_interest",
            Self::TechnicalInterest => "technical_interest",
            Self::Tag => "tag",
        }
    }

    /// Reads what [`CatalogueKind::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The field of a profile that names entries of this list.
    pub const fn field(self) -> Field {
        match self {
            Self::Skill => Field::Skills,
            Self::InvestmentInterest => Field::InvestmentInterests,
            Self::TechnicalInterest => Field::TechnicalInterests,
            Self::Tag => Field::FocusArea,
        }
    }
}

impl fmt::Display for CatalogueKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// One name of one list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueEntry {
    /// Its number, which no other entry of any list has.
    pub id: CatalogueId,
    /// Its list.
    pub kind: CatalogueKind,
    /// The name, as it was first spelt.
    pub name: String,
    /// What is meant by it.
    pub description: Option<String>,
}

/// The catalogue as requests use it.
#[async_trait]
pub trait Catalogue: Send + Sync {
    /// Whether a user may bring a name that nobody has used before.
    fn takes_new_names(&self) -> bool;

    /// The entries that `ids` name, in their order, each once. An entry that was merged into
    /// another is that other; an id that names nothing is left out.
    async fn entries(&self, ids: &[CatalogueId]) -> Result<Vec<Arc<CatalogueEntry>>>;

    /// The entry of each name in the list `kind`; `None` where there is none.
    async fn find(
        &self,
        kind: CatalogueKind,
        names: &[CatalogueName],
    ) -> Result<Vec<Option<Arc<CatalogueEntry>>>>;

    /// The entry of each name in the list `kind`. What is not there is added: once, however many
    /// do so at the same time.
    async fn add(
        &self,
        kind: CatalogueKind,
        names: &[CatalogueName],
    ) -> Result<Vec<Arc<CatalogueEntry>>>;
}

/// What became of a change that an operator wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CatalogueChange {
    /// It was made.
    Done,
    /// There is no such entry.
    NoSuchEntry,
    /// Another entry of the list has the name.
    NameTaken,
    /// The two entries are of different lists, or one and the same.
    NotAPair,
}

/// Where the catalogue is kept. Stores implement it; requests go through [`CachedCatalogue`].
///
/// Every implementation must pass `behaviour::check_catalogue` (feature `behaviour`).
#[async_trait]
pub trait CatalogueStore: Send + Sync {
    /// The entries that `ids` name, each beside the id that named it. An id of an entry that was
    /// merged names the entry it was merged into.
    async fn by_ids(&self, ids: &[CatalogueId]) -> Result<Vec<(CatalogueId, CatalogueEntry)>>;

    /// The entries of `kind` that have names with these keys, each beside the key. A name of an
    /// entry that was merged is a name of the entry it was merged into.
    async fn by_keys(
        &self,
        kind: CatalogueKind,
        keys: &[&str],
    ) -> Result<Vec<(String, CatalogueEntry)>>;

    /// Adds the names that are not there yet, each with its description; how many were not.
    async fn insert(
        &self,
        kind: CatalogueKind,
        names: &[(CatalogueName, Option<String>)],
    ) -> Result<u64>;

    /// Up to `limit` entries in the order of their ids, from the first one after `after`, without
    /// those that were merged; of one list or of all.
    async fn list(
        &self,
        kind: Option<CatalogueKind>,
        after: Option<CatalogueId>,
        limit: u32,
    ) -> Result<Vec<CatalogueEntry>>;

    /// Gives an entry another name. Its old one is free again.
    async fn rename(&self, id: CatalogueId, name: &CatalogueName) -> Result<CatalogueChange>;

    /// Makes `from` another name of `into`: whoever has the one has the other from now on.
    async fn merge(&self, from: CatalogueId, into: CatalogueId) -> Result<CatalogueChange>;
}
