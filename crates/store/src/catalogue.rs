//! The catalogue, on whichever database.

use async_trait::async_trait;
use manyface_core::{
    CatalogueChange, CatalogueEntry, CatalogueId, CatalogueKind, CatalogueName, CatalogueOwner,
    CatalogueStore, EntryRoom, Error, Field, ProfilePatch, Result, ResumeRecords, TenantId,
    Timestamp,
};
use serde::de::DeserializeOwned;

use crate::{
    postgres::{Effect, Postgres},
    row::TextRow,
    sqlite::Sqlite,
    statement::{self, Statement},
};

/// How often names are added again whose random ids were taken.
const ATTEMPTS: u32 = 8;

/// A database that answers statements in rows of one text each.
#[async_trait]
pub(crate) trait Texts: Send + Sync {
    async fn read(&self, statement: Statement) -> Result<Vec<String>>;

    async fn write(&self, statement: Statement) -> Result<Vec<String>>;
}

#[async_trait]
impl Texts for Postgres {
    async fn read(&self, statement: Statement) -> Result<Vec<String>> {
        Ok(texts(self.run(Effect::Read, &statement).await?))
    }

    async fn write(&self, statement: Statement) -> Result<Vec<String>> {
        Ok(texts(self.run(Effect::Write, &statement).await?))
    }
}

#[async_trait]
impl Texts for Sqlite {
    async fn read(&self, statement: Statement) -> Result<Vec<String>> {
        Ok(texts(self.read_rows(statement).await?))
    }

    async fn write(&self, statement: Statement) -> Result<Vec<String>> {
        Ok(texts(self.write_rows(statement).await?))
    }
}

fn texts(rows: Vec<TextRow>) -> Vec<String> {
    rows.into_iter().map(|row| row.0).collect()
}

/// The catalogue and the résumés of a database.
pub(crate) struct Names<D>(pub(crate) std::sync::Arc<D>);

#[async_trait]
impl<D: Texts + 'static> CatalogueStore for Names<D> {
    async fn by_ids(
        &self,
        tenant: TenantId,
        ids: &[CatalogueId],
    ) -> Result<Vec<(CatalogueId, CatalogueEntry)>> {
        let rows = self.0.read(statement::entries_by_ids(tenant, ids)).await?;
        rows.iter().map(|row| named(row)).collect()
    }

    async fn by_keys(
        &self,
        owner: Option<TenantId>,
        kind: CatalogueKind,
        keys: &[&str],
    ) -> Result<Vec<(String, CatalogueEntry)>> {
        let names: Vec<_> = keys.iter().map(|key| (kind, *key)).collect();
        let find = statement::entries_by_names(owner, &names);
        first_of_each_key(&self.0.read(find).await?)
    }

    async fn insert(
        &self,
        owner: Option<TenantId>,
        kind: CatalogueKind,
        names: &[(CatalogueName, Option<String>)],
    ) -> Result<u64> {
        let mut added = 0;
        for _ in 0..ATTEMPTS {
            let rows = self.0.write(statement::add_entries(owner, kind, names));
            let rows = rows.await?.len();
            added += rows as u64;
            // A name that was not added is there already, unless its id was another entry's.
            if rows == names.len() || self.has_all(owner, kind, names).await? {
                break;
            }
        }
        if owner.is_none() {
            let keys: Vec<_> = names.iter().map(|(name, _)| name.key()).collect();
            self.0.write(statement::absorb_entries(kind, &keys)).await?;
        }
        Ok(added)
    }

    async fn list(
        &self,
        owner: CatalogueOwner,
        kind: Option<CatalogueKind>,
        after: Option<CatalogueId>,
        limit: u32,
    ) -> Result<Vec<CatalogueEntry>> {
        let list = statement::list_entries(owner, kind, after, limit);
        let rows = self.0.read(list).await?;
        rows.iter().map(|row| columns(row).map(entry)).collect()
    }

    async fn rename(&self, id: CatalogueId, name: &CatalogueName) -> Result<CatalogueChange> {
        let renamed = match self.0.write(statement::rename_entry(id, name)).await {
            // A write that was not committed when this one began added the name.
            Err(Error::Taken(Field::CatalogueEntry)) => return Ok(CatalogueChange::NameTaken),
            renamed => renamed?,
        };
        if renamed.is_empty() {
            return Ok(match self.live(id).await? {
                Some(_) => CatalogueChange::NameTaken,
                None => CatalogueChange::NoSuchEntry,
            });
        }
        if let Some(CatalogueEntry {
            kind,
            tenant_id: None,
            ..
        }) = self.live(id).await?
        {
            let absorb = statement::absorb_entries(kind, &[name.key()]);
            self.0.write(absorb).await?;
        }
        Ok(CatalogueChange::Done)
    }

    async fn merge(&self, from: CatalogueId, into: CatalogueId) -> Result<CatalogueChange> {
        let merged = self.0.write(statement::merge_entries(from, into)).await?;
        Ok(if !merged.is_empty() {
            CatalogueChange::Done
        } else if self.live(from).await?.is_some() && self.live(into).await?.is_some() {
            CatalogueChange::NotAPair
        } else {
            CatalogueChange::NoSuchEntry
        })
    }
}

impl<D: Texts + 'static> Names<D> {
    /// Returns the entry `id` of any owner, unless it was merged into another.
    async fn live(&self, id: CatalogueId) -> Result<Option<CatalogueEntry>> {
        let rows = self.0.read(statement::live_entry(id)).await?;
        let row = rows.first();
        row.map(|row| columns(row).map(entry)).transpose()
    }

    /// Returns whether `owner` sees every one of `names`.
    async fn has_all(
        &self,
        owner: Option<TenantId>,
        kind: CatalogueKind,
        names: &[(CatalogueName, Option<String>)],
    ) -> Result<bool> {
        let keys: Vec<_> = names.iter().map(|(name, _)| name.key()).collect();
        let found = self.by_keys(owner, kind, &keys).await?;
        let is_found = |key| found.iter().any(|(found, _)| found == key);
        Ok(keys.into_iter().all(is_found))
    }
}

#[async_trait]
impl<D: Texts + 'static> ResumeRecords for Names<D> {
    async fn in_use(&self, resumes: &[String]) -> Result<Vec<String>> {
        self.0.read(statement::resumes_in_use(resumes)).await
    }
}

/// An entry's columns, as statements return them.
type Columns = (
    CatalogueId,
    Option<TenantId>,
    CatalogueKind,
    String,
    Option<String>,
);

fn entry((id, tenant_id, kind, name, description): Columns) -> CatalogueEntry {
    CatalogueEntry {
        id,
        tenant_id,
        kind,
        name,
        description,
    }
}

/// The statement that finds the entries that `tenant` sees for the names of a patch's new entries.
pub(crate) fn find_new_entries(tenant: TenantId, patch: &ProfilePatch) -> Statement {
    let new = patch.new_entries.iter();
    let names: Vec<_> = new.map(|new| (new.kind, new.name.key())).collect();
    statement::entries_by_names(Some(tenant), &names)
}

/// Lets a patch refer to the entries that [`find_new_entries`] found.
pub(crate) fn use_found_entries(patch: &mut ProfilePatch, rows: &[TextRow]) -> Result<()> {
    let found = rows.iter().map(|row| named::<String>(&row.0));
    let found = found.collect::<Result<Vec<_>>>()?;
    patch.use_existing_entries(|new| {
        let mut found = found.iter();
        let same = found.find(|(key, entry)| entry.kind == new.kind && key == new.name.key());
        same.map(|(_, entry)| entry.id)
    });
    Ok(())
}

/// Checks that new entries fit. The row, if there is one, is what [`statement::surplus_entry`] reads.
pub(crate) fn check_room(room: EntryRoom, rows: Vec<TextRow>) -> Result<()> {
    let surplus = rows.into_iter().next().map(|TextRow(text)| {
        let micros = text
            .parse()
            .map_err(|error| Error::Storage(Box::new(error)))?;
        Timestamp::from_microsecond(micros).map_err(|error| Error::Storage(Box::new(error)))
    });
    room.check(surplus.transpose()?)
}

/// Reads rows of a key and an entry; a tenant's own entries come first.
fn first_of_each_key(rows: &[String]) -> Result<Vec<(String, CatalogueEntry)>> {
    let mut found: Vec<(String, CatalogueEntry)> = Vec::with_capacity(rows.len());
    for row in rows {
        let (key, entry) = named(row)?;
        if !found.iter().any(|(known, _)| *known == key) {
            found.push((key, entry));
        }
    }
    Ok(found)
}

fn named<N: DeserializeOwned>(row: &str) -> Result<(N, CatalogueEntry)> {
    let (named, id, tenant_id, kind, name, description) = columns(row)?;
    let entry = entry((id, tenant_id, kind, name, description));
    Ok((named, entry))
}

fn columns<C: DeserializeOwned>(row: &str) -> Result<C> {
    serde_json::from_str(row).map_err(|error| Error::Storage(error.into()))
}
