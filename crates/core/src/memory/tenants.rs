//! Tenants in memory.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{MemoryProfiles, State};
use crate::{Error, Field, Result, Tenant, TenantId, Tenants, Violation, model::to_micros};

impl State {
    /// Returns whether the tenant is suspended.
    pub(super) fn is_suspended(&self, id: TenantId) -> bool {
        let tenant = self.tenants.get(&id);
        tenant.is_some_and(|tenant| tenant.suspended_at.is_some())
    }

    fn profiles_of(&self, id: TenantId) -> usize {
        let profiles = self.profiles.values();
        profiles.filter(|profile| profile.tenant_id == id).count()
    }
}

#[async_trait]
impl Tenants for MemoryProfiles {
    async fn add_tenant(&self, tenant: &Tenant) -> Result<()> {
        let mut state = self.state();
        if state.tenants.contains_key(&tenant.id) {
            return Err(Error::Taken(Field::TenantId));
        }
        let tenant = Tenant {
            is_default: false,
            ..tenant.clone()
        };
        state.tenants.insert(tenant.id, tenant);
        Ok(())
    }

    async fn tenant(&self, id: TenantId) -> Result<Option<Tenant>> {
        Ok(self.state().tenants.get(&id).cloned())
    }

    async fn tenants(&self, after: Option<TenantId>, limit: u32) -> Result<Vec<Tenant>> {
        let state = self.state();
        let rest = state.tenants.values();
        let rest = rest.filter(|tenant| after.is_none_or(|after| tenant.id > after));
        Ok(rest.take(limit as usize).cloned().collect())
    }

    async fn count_profiles(&self, id: TenantId) -> Result<u64> {
        Ok(self.state().profiles_of(id) as u64)
    }

    async fn suspend_tenant(
        &self,
        id: TenantId,
        since: Option<Timestamp>,
    ) -> Result<Option<Tenant>> {
        let mut state = self.state();
        let tenant = state.tenants.get_mut(&id);
        Ok(tenant.map(|tenant| {
            tenant.suspended_at = since.map(|at| tenant.suspended_at.unwrap_or(to_micros(at)));
            tenant.clone()
        }))
    }

    async fn remove_tenant(&self, id: TenantId) -> Result<bool> {
        let mut state = self.state();
        let Some(tenant) = state.tenants.get(&id) else {
            return Ok(false);
        };
        let reason = if tenant.is_default {
            "is the default tenant"
        } else if state.profiles_of(id) > 0
            || state.api_keys.iter().any(|(_, key)| key.tenant_id == id)
        {
            "has users or API keys"
        } else {
            state.tenants.remove(&id);
            state.remove_webhooks_of(id);
            self.catalogue.remove_tenant(id);
            return Ok(true);
        };
        Err(Error::Invalid(vec![Violation::new(
            Field::TenantId,
            reason,
        )]))
    }
}
