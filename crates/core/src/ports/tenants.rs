//! The port of the store of tenants.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Result, TenantId, model::to_micros};

/// A tenant: a group of users that is isolated from all others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// The immutable id.
    pub id: TenantId,
    /// The name, not necessarily unique.
    pub name: String,
    /// Whether this is the default tenant, for profiles that are added without a tenant.
    pub is_default: bool,
    /// The creation time, in microseconds.
    pub created_at: Timestamp,
    /// The time of the suspension; `None` if the tenant is active.
    pub suspended_at: Option<Timestamp>,
}

impl Tenant {
    /// Creates an active tenant that is not the default tenant.
    pub fn new(id: TenantId, name: String, created_at: Timestamp) -> Self {
        Self {
            id,
            name,
            is_default: false,
            created_at: to_micros(created_at),
            suspended_at: None,
        }
    }
}

/// The store of tenants.
///
/// [`crate::ProfileRepository`] finds no profiles of a suspended tenant. As soon as
/// [`Tenants::suspend_tenant`] returns, they can be neither read nor changed through any dialect.
#[async_trait]
pub trait Tenants: Send + Sync {
    /// Adds `tenant`, never as the default tenant.
    ///
    /// [`crate::Error::Taken`] for [`crate::Field::TenantId`] if the id exists.
    async fn add_tenant(&self, tenant: &Tenant) -> Result<()>;

    /// Reads a tenant.
    async fn tenant(&self, id: TenantId) -> Result<Option<Tenant>>;

    /// Returns up to `limit` tenants with ids above `after`, in the order of ids.
    async fn tenants(&self, after: Option<TenantId>, limit: u32) -> Result<Vec<Tenant>>;

    /// Returns the number of profiles of a tenant.
    async fn count_profiles(&self, id: TenantId) -> Result<u64>;

    /// Suspends a tenant from `since`, or resumes it if `since` is `None`, and returns it. A
    /// suspended tenant keeps the time of its suspension.
    async fn suspend_tenant(
        &self,
        id: TenantId,
        since: Option<Timestamp>,
    ) -> Result<Option<Tenant>>;

    /// Removes a tenant without profiles and API keys, and returns whether it existed.
    ///
    /// [`crate::Error::Invalid`] for [`crate::Field::TenantId`] if the tenant has profiles or API
    /// keys, or is the default tenant.
    async fn remove_tenant(&self, id: TenantId) -> Result<bool>;
}
