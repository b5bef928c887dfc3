//! The catalogue, on whichever database.

use async_trait::async_trait;
use manyface_core::{
    CatalogueChange, CatalogueEntry, CatalogueId, CatalogueKind, CatalogueName, CatalogueStore,
    Error, Result, ResumeRecords,
};
use serde::de::DeserializeOwned;

use crate::{
    postgres::{Effect, Postgres},
    row::TextRow,
    sqlite::Sqlite,
    statement::{self, Statement},
};

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
    async fn by_ids(&self, ids: &[CatalogueId]) -> Result<Vec<(CatalogueId, CatalogueEntry)>> {
        let rows = self.0.read(statement::entries_by_ids(ids)).await?;
        rows.iter().map(|row| named(row)).collect()
    }

    async fn by_keys(
        &self,
        kind: CatalogueKind,
        keys: &[&str],
    ) -> Result<Vec<(String, CatalogueEntry)>> {
        let rows = self.0.read(statement::entries_by_keys(kind, keys)).await?;
        rows.iter().map(|row| named(row)).collect()
    }

    async fn insert(
        &self,
        kind: CatalogueKind,
        names: &[(CatalogueName, Option<String>)],
    ) -> Result<u64> {
        let added = self.0.write(statement::add_entries(kind, names)).await?;
        Ok(added.len() as u64)
    }

    async fn list(
        &self,
        kind: Option<CatalogueKind>,
        after: Option<CatalogueId>,
        limit: u32,
    ) -> Result<Vec<CatalogueEntry>> {
        let list = statement::list_entries(kind, after, limit);
        let rows = self.0.read(list).await?;
        let entry = |row: &String| {
            let (id, kind, name, description) = columns(row)?;
            Ok(CatalogueEntry {
                id,
                kind,
                name,
                description,
            })
        };
        rows.iter().map(entry).collect()
    }

    async fn rename(&self, id: CatalogueId, name: &CatalogueName) -> Result<CatalogueChange> {
        let renamed = self.0.write(statement::rename_entry(id, name)).await?;
        Ok(if !renamed.is_empty() {
            CatalogueChange::Done
        } else if self.is_live(id).await? {
            CatalogueChange::NameTaken
        } else {
            CatalogueChange::NoSuchEntry
        })
    }

    async fn merge(&self, from: CatalogueId, into: CatalogueId) -> Result<CatalogueChange> {
        let merged = self.0.write(statement::merge_entries(from, into)).await?;
        Ok(if !merged.is_empty() {
            CatalogueChange::Done
        } else if self.is_live(from).await? && self.is_live(into).await? {
            CatalogueChange::NotAPair
        } else {
            CatalogueChange::NoSuchEntry
        })
    }
}

impl<D: Texts + 'static> Names<D> {
    /// Whether there is such an entry, and it was not merged into another.
    async fn is_live(&self, id: CatalogueId) -> Result<bool> {
        let found = self.by_ids(&[id]).await?;
        Ok(found.iter().any(|(_, entry)| entry.id == id))
    }
}

#[async_trait]
impl<D: Texts + 'static> ResumeRecords for Names<D> {
    async fn in_use(&self, resumes: &[String]) -> Result<Vec<String>> {
        self.0.read(statement::resumes_in_use(resumes)).await
    }
}

fn named<N: DeserializeOwned>(row: &str) -> Result<(N, CatalogueEntry)> {
    let (named, id, kind, name, description) = columns(row)?;
    let entry = CatalogueEntry {
        id,
        kind,
        name,
        description,
    };
    Ok((named, entry))
}

fn columns<C: DeserializeOwned>(row: &str) -> Result<C> {
    serde_json::from_str(row).map_err(|error| Error::Storage(error.into()))
}
