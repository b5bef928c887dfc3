//! A cache of the catalogue.

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

/// The maximum number of cached ids, and of cached names.
const CAPACITY: usize = 50_000;

/// Whether users may add names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Openness {
    /// Users and operators add entries.
    #[default]
    Open,
    /// Only operators add entries.
    Closed,
}

/// A catalogue that caches the entries of its store.
///
/// Changes by other processes become visible after [`CachedCatalogue::MAX_AGE`] at the latest.
/// Missing entries are not cached, so that new entries are visible immediately.
pub struct CachedCatalogue {
    store: Arc<dyn CatalogueStore>,
    openness: Openness,
    now: fn() -> Timestamp,
    max_age: SignedDuration,
    cache: RwLock<Cache>,
}

#[derive(Default)]
struct Cache {
    ids: HashMap<(TenantId, CatalogueId), CachedEntry>,
    keys: HashMap<(TenantId, CatalogueKind, String), CachedEntry>,
}

#[derive(Clone)]
struct CachedEntry {
    entry: Arc<CatalogueEntry>,
    cached_at: Timestamp,
}

impl CachedCatalogue {
    /// The maximum age of a cached entry.
    pub const MAX_AGE: SignedDuration = SignedDuration::from_secs(10);

    /// Caches entries of `store` for [`CachedCatalogue::MAX_AGE`] by the clock `now`.
    pub fn new(store: Arc<dyn CatalogueStore>, openness: Openness, now: fn() -> Timestamp) -> Self {
        Self {
            store,
            openness,
            now,
            max_age: Self::MAX_AGE,
            cache: RwLock::default(),
        }
    }

    /// Creates an empty and closed catalogue.
    pub fn empty() -> Self {
        let store = Arc::new(MemoryCatalogue::default());
        // The store never changes, so no entry has to expire.
        Self::new(store, Openness::Closed, || Timestamp::UNIX_EPOCH)
    }

    /// Removes all cached entries.
    pub fn clear(&self) {
        *self.cache_mut() = Cache::default();
    }

    fn cache(&self) -> RwLockReadGuard<'_, Cache> {
        self.cache.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn cache_mut(&self) -> RwLockWriteGuard<'_, Cache> {
        // A panic during a change loses at most a cached entry.
        self.cache.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the cached entries that have not expired, at the same indexes.
    fn cached<K: Eq + Hash>(
        &self,
        wanted: &[K],
        map_of: impl Fn(&Cache) -> &HashMap<K, CachedEntry>,
    ) -> Vec<Option<Arc<CatalogueEntry>>> {
        let now = (self.now)();
        let cache = self.cache();
        let wanted = wanted.iter().map(|key| {
            let cached = map_of(&cache).get(key)?;
            let is_fresh = now.duration_since(cached.cached_at) < self.max_age;
            is_fresh.then(|| Arc::clone(&cached.entry))
        });
        wanted.collect()
    }

    fn cached_entry(&self, entry: CatalogueEntry) -> CachedEntry {
        CachedEntry {
            entry: Arc::new(entry),
            cached_at: (self.now)(),
        }
    }
}

/// Clears `map` if `more` entries would exceed [`CAPACITY`].
fn make_room<K>(map: &mut HashMap<K, CachedEntry>, more: usize) {
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
    fn accepts_new_names(&self) -> bool {
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
        let mut found = self.cached(&wanted, |cache| &cache.ids);
        let missing = ids.iter().zip(&found).filter(|(_, found)| found.is_none());
        let missing: Vec<_> = missing.map(|(id, _)| *id).collect();
        if !missing.is_empty() {
            let read = self.store.by_ids(tenant, &missing).await?.into_iter();
            let read = read.map(|(id, entry)| ((tenant, id), self.cached_entry(entry)));
            let read: HashMap<_, _> = read.collect();
            for (id, found) in wanted.iter().zip(&mut found) {
                let read = || read.get(id).map(|read| Arc::clone(&read.entry));
                *found = found.take().or_else(read);
            }
            let mut cache = self.cache_mut();
            make_room(&mut cache.ids, read.len());
            cache.ids.extend(read);
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
        let mut found = self.cached(&wanted, |cache| &cache.keys);
        let missing = wanted.iter().zip(&found);
        let missing = missing.filter(|(_, found)| found.is_none());
        let missing: Vec<&str> = missing.map(|((_, _, key), _)| key.as_str()).collect();
        if missing.is_empty() {
            return Ok(found);
        }
        let read = self.store.by_keys(Some(tenant), kind, &missing).await?;
        let read = read.into_iter();
        let read = read.map(|(key, entry)| ((tenant, kind, key), self.cached_entry(entry)));
        let read: HashMap<_, _> = read.collect();
        for (key, found) in wanted.iter().zip(&mut found) {
            let read = || read.get(key).map(|read| Arc::clone(&read.entry));
            *found = found.take().or_else(read);
        }
        let mut cache = self.cache_mut();
        make_room(&mut cache.keys, read.len());
        cache.keys.extend(read);
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
