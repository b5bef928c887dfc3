//! API keys in memory.

use async_trait::async_trait;
use jiff::Timestamp;

use super::MemoryProfiles;
use crate::{ApiKey, ApiKeys, Result};

#[async_trait]
impl ApiKeys for MemoryProfiles {
    async fn find(&self, dialect: &str, digest: &[u8; 32]) -> Result<Option<ApiKey>> {
        let state = self.state();
        let is_valid = |key: &ApiKey| {
            key.dialect == dialect && key.revoked_at.is_none() && !state.is_suspended(key.tenant_id)
        };
        let mut keys = state.api_keys.iter();
        let found = keys.find(|(stored, key)| stored == digest && is_valid(key));
        Ok(found.map(|(_, key)| key.clone()))
    }

    async fn add(&self, key: &ApiKey, digest: &[u8; 32]) -> Result<()> {
        self.state().api_keys.push((*digest, key.clone()));
        Ok(())
    }

    async fn list(&self) -> Result<Vec<ApiKey>> {
        let state = self.state();
        Ok(state.api_keys.iter().map(|(_, key)| key.clone()).collect())
    }

    async fn revoke(&self, id: &str, at: Timestamp) -> Result<bool> {
        let mut state = self.state();
        let found = state.api_keys.iter_mut().find(|(_, key)| key.id == id);
        let exists = found.is_some();
        if let Some((_, key)) = found {
            key.revoked_at.get_or_insert(at);
        }
        Ok(exists)
    }
}
