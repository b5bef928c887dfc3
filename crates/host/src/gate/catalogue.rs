//! The door to a catalogue that may not be ready yet.

use std::sync::{Arc, atomic::AtomicBool};

use async_trait::async_trait;
use manyface_core::{
    CatalogueChange, CatalogueEntry, CatalogueId, CatalogueKind, CatalogueName, CatalogueOwner,
    CatalogueStore, Result, TenantId,
};

use super::check;

/// A catalogue that is unavailable until its store is told that its tables are there.
pub(crate) struct GatedCatalogue {
    store: Arc<dyn CatalogueStore>,
    is_open: Arc<AtomicBool>,
}

impl GatedCatalogue {
    pub(super) fn new(store: Arc<dyn CatalogueStore>, is_open: Arc<AtomicBool>) -> Self {
        Self { store, is_open }
    }
}

#[async_trait]
impl CatalogueStore for GatedCatalogue {
    async fn by_ids(
        &self,
        tenant: TenantId,
        ids: &[CatalogueId],
    ) -> Result<Vec<(CatalogueId, CatalogueEntry)>> {
        check(&self.is_open)?;
        self.store.by_ids(tenant, ids).await
    }

    async fn by_keys(
        &self,
        owner: Option<TenantId>,
        kind: CatalogueKind,
        keys: &[&str],
    ) -> Result<Vec<(String, CatalogueEntry)>> {
        check(&self.is_open)?;
        self.store.by_keys(owner, kind, keys).await
    }

    async fn insert(
        &self,
        owner: Option<TenantId>,
        kind: CatalogueKind,
        names: &[(CatalogueName, Option<String>)],
    ) -> Result<u64> {
        check(&self.is_open)?;
        self.store.insert(owner, kind, names).await
    }

    async fn list(
        &self,
        owner: CatalogueOwner,
        kind: Option<CatalogueKind>,
        after: Option<CatalogueId>,
        limit: u32,
    ) -> Result<Vec<CatalogueEntry>> {
        check(&self.is_open)?;
        self.store.list(owner, kind, after, limit).await
    }

    async fn rename(&self, id: CatalogueId, name: &CatalogueName) -> Result<CatalogueChange> {
        check(&self.is_open)?;
        self.store.rename(id, name).await
    }

    async fn merge(&self, from: CatalogueId, into: CatalogueId) -> Result<CatalogueChange> {
        check(&self.is_open)?;
        self.store.merge(from, into).await
    }
}
