//! The same door to what accounts show, and to uploads.

use std::sync::Arc;

use async_trait::async_trait;
use manyface_core::{
    InAccount, OverrideUpdate, Overrides, ProfileId, ProfileOverride, ProfileRef, Result, TenantId,
    Timestamp, Upload, UploadState, Uploads,
};
use manyface_store::Store;

use super::Gate;

/// What accounts show and uploads, unavailable until the gate is open.
pub(crate) struct AccountsGate {
    gate: Arc<Gate>,
    overrides: Arc<dyn Overrides>,
    uploads: Arc<dyn Uploads>,
}

impl AccountsGate {
    pub(crate) fn new(gate: Arc<Gate>, store: &Store) -> Self {
        Self {
            gate,
            overrides: store.overrides(),
            uploads: store.uploads(),
        }
    }
}

#[async_trait]
impl Overrides for AccountsGate {
    async fn find_override(
        &self,
        tenant: Option<TenantId>,
        who: &ProfileRef,
        account: &str,
    ) -> Result<Option<InAccount>> {
        self.gate.check()?;
        self.overrides.find_override(tenant, who, account).await
    }

    async fn update_override(&self, update: OverrideUpdate) -> Result<Option<InAccount>> {
        self.gate.check()?;
        self.overrides.update_override(update).await
    }

    async fn overrides_of(&self, id: ProfileId) -> Result<Vec<(String, ProfileOverride)>> {
        self.gate.check()?;
        self.overrides.overrides_of(id).await
    }
}

#[async_trait]
impl Uploads for AccountsGate {
    async fn add(&self, upload: &Upload, most: u32) -> Result<()> {
        self.gate.check()?;
        self.uploads.add(upload, most).await
    }

    async fn find(&self, id: &str) -> Result<Option<Upload>> {
        self.gate.check()?;
        self.uploads.find(id).await
    }

    async fn advance(&self, id: &str, state: &UploadState) -> Result<bool> {
        self.gate.check()?;
        self.uploads.advance(id, state).await
    }

    async fn forget_expired(&self, instant: Timestamp, limit: u32) -> Result<u32> {
        self.gate.check()?;
        self.uploads.forget_expired(instant, limit).await
    }
}
