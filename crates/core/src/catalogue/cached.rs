//! The catalogue, remembered.

use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::{
    Catalogue, CatalogueEntry, CatalogueId, CatalogueKind, CatalogueName, CatalogueStore,
    MemoryCatalogue, Result, TenantId,
};

/// How many ids, and how many names, are remembered.
const CAPACITY: usize = 50_000;

/// Whether users may add names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Openness {
    /// A new name becomes an entry.
    #[default]
    Open,
    /// Only an operator adds entries.
    Closed,
}

/// A catalogue that asks its store for each entry once in a while.
///
/// What another process renames or merges is seen when an entry has been remembered for `max_age`,
/// at the latest. What is not there is asked for each time, so that what another process adds is
/// seen at once.
pub struct CachedCatalogue {
    store: Arc<dyn CatalogueStore>,
    openness: Openness,
    now: fn() -> Timestamp,
    max_age: SignedDuration,
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    ids: HashMap<(TenantId, CatalogueId), Remembered>,
    keys: HashMap<(TenantId, CatalogueKind, String), Remembered>,
}

#[derive(Clone)]
struct Remembered {
    entry: Arc<CatalogueEntry>,
    since: Timestamp,
}

impl CachedCatalogue {
    /// How long an entry is remembered, where nothing else is said.
    pub const MAX_AGE: SignedDuration = SignedDuration::from_secs(10);

    /// Remembers entries of `store` for [`CachedCatalogue::MAX_AGE`] by the clock `now`.
    pub fn new(store: Arc<dyn CatalogueStore>, openness: Openness, now: fn() -> Timestamp) -> Self {
        Self {
            store,
            openness,
            now,
            max_age: Self::MAX_AGE,
            known: RwLock::default(),
        }
    }

    /// An empty catalogue to which no user adds names, for those that keep none.
    pub fn empty() -> Self {
        let store = Arc::new(MemoryCatalogue::default());
        // Nothing that it remembers ever changes, so nothing has to expire.
        Self::new(store, Openness::Closed, || Timestamp::UNIX_EPOCH)
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn known_mut(&self) -> RwLockWriteGuard<'_, Known> {
        // A half-made change is at worst an entry that is asked for again.
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the cached entries that are young enough, at the same indexes.
    fn recall<K: Eq + Hash>(
        &self,
        wanted: &[K],
        of: impl Fn(&Known) -> &HashMap<K, Remembered>,
    ) -> Vec<Option<Arc<CatalogueEntry>>> {
        let now = (self.now)();
        let known = self.known();
        let wanted = wanted.iter().map(|key| {
            let remembered = of(&known).get(key)?;
            let is_young = now.duration_since(remembered.since) < self.max_age;
            is_young.then(|| Arc::clone(&remembered.entry))
        });
        wanted.collect()
    }

    fn remember(&self, entry: CatalogueEntry) -> Remembered {
        Remembered {
            entry: Arc::new(entry),
            since: (self.now)(),
        }
    }
}

/// Makes room for `more` entries.
fn bound<K>(map: &mut HashMap<K, Remembered>, more: usize) {
    if map.len().saturating_add(more) > CAPACITY {
        map.clear();
    }
}

impl fmt::Debug for CachedCatalogue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CachedCatalogue")
            .field("openness", &self.openness)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Catalogue for CachedCatalogue {
    fn takes_new_names(&self) -> bool {
        self.openness == Openness::Open
    }

    async fn entries(
        &self,
        tenant: TenantId,
        ids: &[CatalogueId],
    ) -> Result<Vec<Arc<CatalogueEntry>>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: Vec<_> = ids.iter().map(|id| (tenant, *id)).collect();
        let mut found = self.recall(&wanted, |known| &known.ids);
        let missing = ids.iter().zip(&found).filter(|(_, found)| found.is_none());
        let missing: Vec<_> = missing.map(|(id, _)| *id).collect();
        if !missing.is_empty() {
            let read = self.store.by_ids(tenant, &missing).await?.into_iter();
            let read = read.map(|(id, entry)| ((tenant, id), self.remember(entry)));
            let read: HashMap<_, _> = read.collect();
            for (id, found) in wanted.iter().zip(&mut found) {
                let read = || read.get(id).map(|read| Arc::clone(&read.entry));
                *found = found.take().or_else(read);
            }
            let mut known = self.known_mut();
            bound(&mut known.ids, read.len());
            known.ids.extend(read);
        }
        let mut entries: Vec<Arc<CatalogueEntry>> = Vec::with_capacity(found.len());
        for entry in found.into_iter().flatten() {
            if !entries.iter().any(|earlier| earlier.id == entry.id) {
                entries.push(entry);
            }
        }
        Ok(entries)
    }

    async fn find(
        &self,
        tenant: TenantId,
        kind: CatalogueKind,
        names: &[CatalogueName],
    ) -> Result<Vec<Option<Arc<CatalogueEntry>>>> {
        let wanted = names
            .iter()
            .map(|name| (tenant, kind, name.key().to_owned()));
        let wanted: Vec<_> = wanted.collect();
        let mut found = self.recall(&wanted, |known| &known.keys);
        let missing = wanted.iter().zip(&found);
        let missing = missing.filter(|(_, found)| found.is_none());
        let missing: Vec<&str> = missing.map(|((_, _, key), _)| key.as_str()).collect();
        if missing.is_empty() {
            return Ok(found);
        }
        let read = self.store.by_keys(Some(tenant), kind, &missing).await?;
        let read = read.into_iter();
        let read = read.map(|(key, entry)| ((tenant, kind, key), self.remember(entry)));
        let read: HashMap<_, _> = read.collect();
        for (key, found) in wanted.iter().zip(&mut found) {
            let read = || read.get(key).map(|read| Arc::clone(&read.entry));
            *found = found.take().or_else(read);
        }
        let mut known = self.known_mut();
        bound(&mut known.keys, read.len());
        known.keys.extend(read);
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
