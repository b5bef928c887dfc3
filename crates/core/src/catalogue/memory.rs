//! A catalogue in memory: for tests, embedders and as the reference for other stores.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use crate::{
    CatalogueChange, CatalogueEntry, CatalogueId, CatalogueKind, CatalogueName, CatalogueStore,
    Result,
};

/// A catalogue in memory, gone with the process.
#[derive(Debug, Default)]
pub struct MemoryCatalogue(Mutex<BTreeMap<CatalogueId, Kept>>);

#[derive(Clone, Debug)]
struct Kept {
    entry: CatalogueEntry,
    key: String,
    merged_into: Option<CatalogueId>,
}

impl MemoryCatalogue {
    fn entries(&self) -> MutexGuard<'_, BTreeMap<CatalogueId, Kept>> {
        // Every check comes before the first write.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an entry stands for: itself, or what it was merged into.
fn resolved<'a>(
    entries: &'a BTreeMap<CatalogueId, Kept>,
    kept: &'a Kept,
) -> Option<&'a CatalogueEntry> {
    match kept.merged_into {
        Some(into) => entries.get(&into).map(|kept| &kept.entry),
        None => Some(&kept.entry),
    }
}

fn with_key<'a>(
    entries: &'a BTreeMap<CatalogueId, Kept>,
    kind: CatalogueKind,
    key: &str,
) -> Option<&'a Kept> {
    let mut all = entries.values();
    all.find(|kept| kept.entry.kind == kind && kept.key == key)
}

#[async_trait]
impl CatalogueStore for MemoryCatalogue {
    async fn by_ids(&self, ids: &[CatalogueId]) -> Result<Vec<(CatalogueId, CatalogueEntry)>> {
        let entries = self.entries();
        let found = ids.iter().filter_map(|id| {
            let entry = resolved(&entries, entries.get(id)?)?;
            Some((*id, entry.clone()))
        });
        Ok(found.collect())
    }

    async fn by_keys(
        &self,
        kind: CatalogueKind,
        keys: &[&str],
    ) -> Result<Vec<(String, CatalogueEntry)>> {
        let entries = self.entries();
        let found = keys.iter().filter_map(|key| {
            let entry = resolved(&entries, with_key(&entries, kind, key)?)?;
            Some(((*key).to_owned(), entry.clone()))
        });
        Ok(found.collect())
    }

    async fn insert(
        &self,
        kind: CatalogueKind,
        names: &[(CatalogueName, Option<String>)],
    ) -> Result<u64> {
        let mut entries = self.entries();
        let mut added = 0;
        for (name, description) in names {
            if with_key(&entries, kind, name.key()).is_some() {
                continue;
            }
            let last = entries.last_key_value().map_or(0, |(id, _)| id.0);
            let entry = CatalogueEntry {
                id: CatalogueId(last + 1),
                kind,
                name: name.as_str().to_owned(),
                description: description.clone(),
            };
            let kept = Kept {
                key: name.key().to_owned(),
                merged_into: None,
                entry,
            };
            entries.insert(kept.entry.id, kept);
            added += 1;
        }
        Ok(added)
    }

    async fn list(
        &self,
        kind: Option<CatalogueKind>,
        after: Option<CatalogueId>,
        limit: u32,
    ) -> Result<Vec<CatalogueEntry>> {
        let entries = self.entries();
        let wanted = entries.values().filter(|kept| {
            kept.merged_into.is_none()
                && kind.is_none_or(|kind| kept.entry.kind == kind)
                && after.is_none_or(|after| kept.entry.id > after)
        });
        let page = wanted.take(limit as usize);
        Ok(page.map(|kept| kept.entry.clone()).collect())
    }

    async fn rename(&self, id: CatalogueId, name: &CatalogueName) -> Result<CatalogueChange> {
        let mut entries = self.entries();
        let Some(kept) = entries.get(&id).filter(|kept| kept.merged_into.is_none()) else {
            return Ok(CatalogueChange::NoSuchEntry);
        };
        let holder = with_key(&entries, kept.entry.kind, name.key());
        if holder.is_some_and(|holder| holder.entry.id != id) {
            return Ok(CatalogueChange::NameTaken);
        }
        if let Some(kept) = entries.get_mut(&id) {
            name.as_str().clone_into(&mut kept.entry.name);
            name.key().clone_into(&mut kept.key);
        }
        Ok(CatalogueChange::Done)
    }

    async fn merge(&self, from: CatalogueId, into: CatalogueId) -> Result<CatalogueChange> {
        let mut entries = self.entries();
        let live = |id| entries.get(&id).filter(|kept| kept.merged_into.is_none());
        let (Some(one), Some(other)) = (live(from), live(into)) else {
            return Ok(CatalogueChange::NoSuchEntry);
        };
        if from == into || one.entry.kind != other.entry.kind {
            return Ok(CatalogueChange::NotAPair);
        }
        for kept in entries.values_mut() {
            if kept.entry.id == from || kept.merged_into == Some(from) {
                kept.merged_into = Some(into);
            }
        }
        Ok(CatalogueChange::Done)
    }
}
