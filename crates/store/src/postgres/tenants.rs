//! Tenants in PostgreSQL.

use async_trait::async_trait;
use jiff::Timestamp;
use manyface_core::{Result, Tenant, TenantId, Tenants};

use super::{Effect, Postgres};
use crate::{
    row::{TenantRow, TextRow},
    statement, tenants,
};

#[async_trait]
impl Tenants for Postgres {
    async fn add_tenant(&self, tenant: &Tenant) -> Result<()> {
        let add = statement::add_tenant(tenant);
        let rows: Vec<TextRow> = self.run(Effect::Write, &add).await?;
        tenants::added(&rows)
    }

    async fn tenant(&self, id: TenantId) -> Result<Option<Tenant>> {
        let rows: Vec<TenantRow> = self.run(Effect::Read, &statement::tenant(id)).await?;
        Ok(rows.into_iter().next().map(|row| row.0))
    }

    async fn tenants(&self, after: Option<TenantId>, limit: u32) -> Result<Vec<Tenant>> {
        let list = statement::tenants(after, limit);
        let rows: Vec<TenantRow> = self.run(Effect::Read, &list).await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    async fn count_profiles(&self, id: TenantId) -> Result<u64> {
        let count = statement::count_profiles(id);
        tenants::counted(self.run(Effect::Read, &count).await?)
    }

    async fn suspend_tenant(
        &self,
        id: TenantId,
        since: Option<Timestamp>,
    ) -> Result<Option<Tenant>> {
        let suspend = statement::suspend_tenant(id, since);
        let rows: Vec<TenantRow> = self.run(Effect::Write, &suspend).await?;
        Ok(rows.into_iter().next().map(|row| row.0))
    }

    async fn remove_tenant(&self, id: TenantId) -> Result<bool> {
        let remove = statement::remove_tenant(id);
        let removed: Result<Vec<TextRow>> = self.run(Effect::Write, &remove).await;
        if !removed.map_err(tenants::removal_failed)?.is_empty() {
            return Ok(true);
        }
        tenants::not_removed(self, id).await
    }
}
