//! The port through which operators keep the deployment's tenants.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;

use crate::{Result, TenantId, model::to_micros};

/// A part of the deployment whose users are kept apart from those of every other part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tenant {
    /// The id, which never changes.
    pub id: TenantId,
    /// The name, not necessarily unique.
    pub name: String,
    /// Whether profiles that are added without a tenant belong to it.
    pub is_default: bool,
    /// When it was made, in microseconds.
    pub created_at: Timestamp,
    /// When it was suspended; `None` if it is active.
    pub suspended_at: Option<Timestamp>,
}

impl Tenant {
    /// A tenant as it is at its creation.
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

/// The store of tenants, together with their profiles.
///
/// While a tenant is suspended, its profiles are none to [`crate::ProfileRepository`]: they can be neither
/// read nor changed through any dialect, from the moment [`Tenants::suspend_tenant`] has returned.
#[async_trait]
pub trait Tenants: Send + Sync {
    /// Adds `tenant`, which cannot be the default one.
    ///
    /// [`crate::Error::Taken`] names [`crate::Field::TenantId`] if that id exists.
    async fn add_tenant(&self, tenant: &Tenant) -> Result<()>;

    /// Reads one tenant.
    async fn tenant(&self, id: TenantId) -> Result<Option<Tenant>>;

    /// Up to `limit` tenants in the order of their ids, from the first one after `after`.
    async fn tenants(&self, after: Option<TenantId>, limit: u32) -> Result<Vec<Tenant>>;

    /// How many profiles belong to a tenant.
    async fn count_profiles(&self, id: TenantId) -> Result<u64>;

    /// Suspends a tenant since `since`, or resumes it with `None`, and returns it.
    /// One that is suspended already stays so since it was.
    async fn suspend_tenant(
        &self,
        id: TenantId,
        since: Option<Timestamp>,
    ) -> Result<Option<Tenant>>;

    /// Removes a tenant to which no profile and no API key belongs; whether there was one.
    ///
    /// [`crate::Error::Invalid`] names [`crate::Field::TenantId`] if profiles or keys belong to it,
    /// or if it is the default one.
    async fn remove_tenant(&self, id: TenantId) -> Result<bool>;
}
