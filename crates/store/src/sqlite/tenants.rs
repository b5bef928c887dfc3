//! Tenants in SQLite.

use async_trait::async_trait;
use diesel::sqlite::SqliteConnection;
use jiff::Timestamp;
use manyface_core::{Result, Tenant, TenantId, Tenants};

use super::{Sqlite, load};
use crate::{
    row::{TenantRow, TextRow},
    statement, tenants,
};

#[async_trait]
impl Tenants for Sqlite {
    async fn add_tenant(&self, tenant: &Tenant) -> Result<()> {
        let add = statement::add_tenant(tenant);
        let work = move |database: &mut SqliteConnection| {
            let rows: Vec<TextRow> = load(database, add)?;
            tenants::added(&rows)
        };
        self.threads.write(work).await
    }

    async fn tenant(&self, id: TenantId) -> Result<Option<Tenant>> {
        let find = statement::tenant(id);
        let work = move |database: &mut SqliteConnection| {
            let rows: Vec<TenantRow> = load(database, find)?;
            Ok(rows.into_iter().next().map(|row| row.0))
        };
        self.threads.read(work).await
    }

    async fn tenants(&self, after: Option<TenantId>, limit: u32) -> Result<Vec<Tenant>> {
        let list = statement::tenants(after, limit);
        let work = move |database: &mut SqliteConnection| {
            let rows: Vec<TenantRow> = load(database, list)?;
            Ok(rows.into_iter().map(|row| row.0).collect())
        };
        self.threads.read(work).await
    }

    async fn count_profiles(&self, id: TenantId) -> Result<u64> {
        let count = statement::count_profiles(id);
        let work = move |database: &mut SqliteConnection| tenants::counted(load(database, count)?);
        self.threads.read(work).await
    }

    async fn suspend_tenant(
        &self,
        id: TenantId,
        since: Option<Timestamp>,
    ) -> Result<Option<Tenant>> {
        let suspend = statement::suspend_tenant(id, since);
        let work = move |database: &mut SqliteConnection| {
            let rows: Vec<TenantRow> = load(database, suspend)?;
            Ok(rows.into_iter().next().map(|row| row.0))
        };
        self.threads.write(work).await
    }

    async fn remove_tenant(&self, id: TenantId) -> Result<bool> {
        let remove = statement::remove_tenant(id);
        let work = move |database: &mut SqliteConnection| {
            let rows: Vec<TextRow> = load(database, remove)?;
            Ok(!rows.is_empty())
        };
        let removed = self.threads.write(work).await;
        if removed.map_err(tenants::removal_failed)? {
            return Ok(true);
        }
        tenants::not_removed(self, id).await
    }
}
