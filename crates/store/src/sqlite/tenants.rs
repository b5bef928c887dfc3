//! Tenants in SQLite.

use async_trait::async_trait;
use jiff::Timestamp;
use manyface_core::{Result, Tenant, TenantId, Tenants};

use super::Sqlite;
use crate::{
    row::{TenantRow, TextRow},
    statement, tenants,
};

#[async_trait]
impl Tenants for Sqlite {
    async fn add_tenant(&self, tenant: &Tenant) -> Result<()> {
        let rows: Vec<TextRow> = self.write_rows(statement::add_tenant(tenant)).await?;
        tenants::added(&rows)
    }

    async fn tenant(&self, id: TenantId) -> Result<Option<Tenant>> {
        let rows: Vec<TenantRow> = self.read_rows(statement::tenant(id)).await?;
        Ok(rows.into_iter().next().map(|row| row.0))
    }

    async fn tenants(&self, after: Option<TenantId>, limit: u32) -> Result<Vec<Tenant>> {
        let rows: Vec<TenantRow> = self.read_rows(statement::tenants(after, limit)).await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    async fn count_profiles(&self, id: TenantId) -> Result<u64> {
        tenants::counted(self.read_rows(statement::count_profiles(id)).await?)
    }

    async fn suspend_tenant(
        &self,
        id: TenantId,
        since: Option<Timestamp>,
    ) -> Result<Option<Tenant>> {
        let suspend = statement::suspend_tenant(id, since);
        let rows: Vec<TenantRow> = self.write_rows(suspend).await?;
        Ok(rows.into_iter().next().map(|row| row.0))
    }

    async fn remove_tenant(&self, id: TenantId) -> Result<bool> {
        let removed = self.write_rows(statement::remove_tenant(id)).await;
        let removed: Vec<TextRow> = removed.map_err(tenants::removal_failed)?;
        if !removed.is_empty() {
            return Ok(true);
        }
        tenants::not_removed(self, id).await
    }
}
