//! Tests of the cache and the expiry of its entries.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use super::*;
use crate::{CatalogueChange, CatalogueOwner};

static SECOND: AtomicI64 = AtomicI64::new(0);

fn now() -> Timestamp {
    Timestamp::from_second(SECOND.load(Ordering::Relaxed)).unwrap()
}

/// A store that counts its reads.
#[derive(Default)]
struct Counting {
    store: MemoryCatalogue,
    reads: AtomicUsize,
}

impl Counting {
    fn count(&self) {
        self.reads.fetch_add(1, Ordering::Relaxed);
    }
}

#[async_trait]
impl CatalogueStore for Counting {
    async fn by_ids(
        &self,
        tenant: TenantId,
        ids: &[CatalogueId],
    ) -> Result<Vec<(CatalogueId, CatalogueEntry)>> {
        self.count();
        self.store.by_ids(tenant, ids).await
    }

    async fn by_keys(
        &self,
        owner: Option<TenantId>,
        kind: CatalogueKind,
        keys: &[&str],
    ) -> Result<Vec<(String, CatalogueEntry)>> {
        self.count();
        self.store.by_keys(owner, kind, keys).await
    }

    async fn insert(
        &self,
        owner: Option<TenantId>,
        kind: CatalogueKind,
        names: &[(CatalogueName, Option<String>)],
    ) -> Result<u64> {
        self.store.insert(owner, kind, names).await
    }

    async fn list(
        &self,
        owner: CatalogueOwner,
        kind: Option<CatalogueKind>,
        after: Option<CatalogueId>,
        limit: u32,
    ) -> Result<Vec<CatalogueEntry>> {
        self.store.list(owner, kind, after, limit).await
    }

    async fn rename(&self, id: CatalogueId, name: &CatalogueName) -> Result<CatalogueChange> {
        self.store.rename(id, name).await
    }

    async fn merge(&self, from: CatalogueId, into: CatalogueId) -> Result<CatalogueChange> {
        self.store.merge(from, into).await
    }
}

fn names(texts: &[&str]) -> Vec<CatalogueName> {
    let names = texts.iter().map(|text| CatalogueName::parse(text).unwrap());
    names.collect()
}

/// A single test, because the tests would share the clock.
#[tokio::test]
async fn entries_are_cached_until_they_expire() {
    let store = Arc::new(Counting::default());
    let catalogue = CachedCatalogue::new(Arc::clone(&store) as _, Openness::Open, now);
    let reads = || store.reads.load(Ordering::Relaxed);
    let kind = CatalogueKind::Skill;

    let both = names(&["Rust", "Go"]);
    let rows: Vec<_> = both.iter().map(|name| (name.clone(), None)).collect();
    let (tenant, other) = (TenantId(uuid::Uuid::nil()), TenantId(uuid::Uuid::max()));
    store.insert(Some(tenant), kind, &rows).await.unwrap();
    let ids_of = |found: Vec<Option<Arc<CatalogueEntry>>>| -> Vec<_> {
        found.into_iter().map(|entry| Some(entry?.id)).collect()
    };
    let ids = ids_of(catalogue.find(tenant, kind, &both).await.unwrap());
    assert_eq!(reads(), 1);
    let again = names(&["go", "RUST", "go"]);
    let again = ids_of(catalogue.find(tenant, kind, &again).await.unwrap());
    assert_eq!(again, [ids[1], ids[0], ids[1]]);
    assert_eq!(reads(), 1);
    let ids: Vec<_> = ids.into_iter().flatten().collect();
    assert_eq!(
        ids_of(catalogue.find(other, kind, &both).await.unwrap()),
        [None, None],
        "entries cached for one tenant are not visible to another"
    );
    catalogue.entries(tenant, &ids).await.unwrap();
    assert_eq!(catalogue.entries(other, &ids).await.unwrap(), []);
    SECOND.fetch_add(10, Ordering::Relaxed);
    store.reads.store(3, Ordering::Relaxed);

    assert_eq!(catalogue.entries(tenant, &[]).await.unwrap(), []);
    let unknown = CatalogueId(-1);
    let wanted = [ids[1], unknown, ids[0], ids[1]];
    let names_of = |entries: Vec<Arc<CatalogueEntry>>| -> Vec<String> {
        entries.iter().map(|entry| entry.name.clone()).collect()
    };
    let entries = catalogue.entries(tenant, &wanted).await.unwrap();
    assert_eq!(names_of(entries), ["Go", "Rust"]);
    assert_eq!(reads(), 4);
    catalogue.entries(tenant, &ids).await.unwrap();
    assert_eq!(reads(), 4);

    let renamed = store.rename(ids[0], &names(&["Rust language"])[0]).await;
    assert_eq!(renamed.unwrap(), CatalogueChange::Done);
    let entries = catalogue.entries(tenant, &ids).await.unwrap();
    assert_eq!(names_of(entries), ["Rust", "Go"]);
    SECOND.fetch_add(10, Ordering::Relaxed);
    let entries = catalogue.entries(tenant, &ids).await.unwrap();
    assert_eq!(names_of(entries), ["Rust language", "Go"]);

    let merged = store.merge(ids[0], ids[1]).await;
    assert_eq!(merged.unwrap(), CatalogueChange::Done);
    SECOND.fetch_add(10, Ordering::Relaxed);
    let entries = catalogue.entries(tenant, &ids).await.unwrap();
    assert_eq!(names_of(entries), ["Go"]);
    // An unknown name does not shift the others.
    let wanted = names(&["rust LANGUAGE", "C", "Go"]);
    let found = ids_of(catalogue.find(tenant, kind, &wanted).await.unwrap());
    assert_eq!(found, [Some(ids[1]), None, Some(ids[1])]);
}

#[test]
fn only_an_open_catalogue_takes_new_names() {
    for (openness, takes) in [(Openness::Open, true), (Openness::Closed, false)] {
        let store = Arc::new(MemoryCatalogue::default());
        let catalogue = CachedCatalogue::new(store, openness, now);
        assert_eq!(catalogue.accepts_new_names(), takes);
    }
}
