//! The catalogue of shared names: skills, interests, tags.

mod cached;
mod memory;
mod name;
mod new_entry;

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{CatalogueId, Field, Result, TenantId};

pub use cached::{CachedCatalogue, Openness};
pub use memory::MemoryCatalogue;
pub use name::{CatalogueName, CatalogueNameError};
pub use new_entry::{EntryRoom, NewEntry};

/// A list of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CatalogueKind {
    /// A skill of a user.
    Skill,
    /// An investment interest of a user.
    InvestmentInterest,
    /// A technical interest of a user.
    TechnicalInterest,
    /// A focus area of a user.
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

    /// Returns the list's name in snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Skill => "skill",
            Self::InvestmentInterest => "investment_interest",
            Self::TechnicalInterest => "technical_interest",
            Self::Tag => "tag",
        }
    }

    /// Parses the result of [`CatalogueKind::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Returns the field of a profile that refers to entries of this list.
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

/// An entry of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueEntry {
    /// The id, unique across lists and tenants.
    pub id: CatalogueId,
    /// The owner; `None` if all tenants share the entry.
    pub tenant_id: Option<TenantId>,
    /// The list.
    pub kind: CatalogueKind,
    /// The name, in its first spelling.
    pub name: String,
    /// The description.
    pub description: Option<String>,
}

/// The catalogue as requests use it.
///
/// A tenant sees its own entries and the shared ones. An entry of another tenant is treated as one
/// that does not exist. New entries are added by the write that refers to them
/// ([`crate::ProfilePatch::new_entries`]), so that a rejected write leaves none.
#[async_trait]
pub trait Catalogue: Send + Sync {
    /// Returns whether users may add names.
    fn accepts_new_names(&self) -> bool;

    /// Returns the entries that `tenant` sees of `ids`, in the order of `ids`, each once. The id of
    /// a merged entry returns the entry it was merged into; unknown ids are omitted.
    async fn entries(
        &self,
        tenant: TenantId,
        ids: &[CatalogueId],
    ) -> Result<Vec<Arc<CatalogueEntry>>>;

    /// Returns the entry of the list `kind` that `tenant` sees for each name, at the same index;
    /// `None` if it does not exist.
    async fn find(
        &self,
        tenant: TenantId,
        kind: CatalogueKind,
        names: &[CatalogueName],
    ) -> Result<Vec<Option<Arc<CatalogueEntry>>>>;
}

/// The outcome of an operator's change to the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CatalogueChange {
    /// The change was made.
    Done,
    /// The entry does not exist.
    NoSuchEntry,
    /// Another entry of the same list and owner has the name.
    NameTaken,
    /// The entries cannot be merged: they are the same, are of different lists or tenants, or the
    /// first is shared and the second is not.
    NotAPair,
}

/// Which entries [`CatalogueStore::list`] returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CatalogueOwner {
    /// The entries of every owner.
    #[default]
    Any,
    /// The shared entries.
    Shared,
    /// The entries of one tenant, without the shared ones.
    Tenant(TenantId),
}

/// The storage of the catalogue. Requests use it through [`CachedCatalogue`].
///
/// An owner is a tenant, or `None` for the entries that all tenants share. Every implementation
/// must pass `behaviour::check_catalogue` (feature `behaviour`).
#[async_trait]
pub trait CatalogueStore: Send + Sync {
    /// Returns the entries of `ids` that `tenant` sees, each with the requested id. The id of a
    /// merged entry returns the entry it was merged into.
    async fn by_ids(
        &self,
        tenant: TenantId,
        ids: &[CatalogueId],
    ) -> Result<Vec<(CatalogueId, CatalogueEntry)>>;

    /// Returns the entries of the list `kind` with the name keys `keys` that `owner` sees (its own
    /// and the shared ones), each key once. A tenant's own entry precedes a shared one; the name
    /// of a merged entry returns the entry it was merged into.
    async fn by_keys(
        &self,
        owner: Option<TenantId>,
        kind: CatalogueKind,
        keys: &[&str],
    ) -> Result<Vec<(String, CatalogueEntry)>>;

    /// Adds the names that `owner` does not see yet, with their descriptions, and returns how many
    /// were added. The entries of tenants that have a shared name are merged into the shared entry.
    async fn insert(
        &self,
        owner: Option<TenantId>,
        kind: CatalogueKind,
        names: &[(CatalogueName, Option<String>)],
    ) -> Result<u64>;

    /// Returns up to `limit` entries with ids above `after`, in the order of ids, without merged
    /// ones; of one list or of all.
    async fn list(
        &self,
        owner: CatalogueOwner,
        kind: Option<CatalogueKind>,
        after: Option<CatalogueId>,
        limit: u32,
    ) -> Result<Vec<CatalogueEntry>>;

    /// Renames an entry. Its former name becomes free. The entries of tenants that have the new
    /// name of a shared entry are merged into it.
    async fn rename(&self, id: CatalogueId, name: &CatalogueName) -> Result<CatalogueChange>;

    /// Merges `from` into `into`, which must have the same owner or be shared. Profiles that refer
    /// to `from` then show `into`.
    async fn merge(&self, from: CatalogueId, into: CatalogueId) -> Result<CatalogueChange>;
}
