//! API keys kept in memory.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{ApiKey, ApiKeys, Result};

/// API keys kept in memory, gone with the process: for tests.
#[derive(Debug, Default)]
pub struct MemoryApiKeys(Mutex<Vec<([u8; 32], ApiKey)>>);

impl MemoryApiKeys {
    fn keys(&self) -> MutexGuard<'_, Vec<([u8; 32], ApiKey)>> {
        // Every change is one step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ApiKeys for MemoryApiKeys {
    async fn find(&self, dialect: &str, digest: &[u8; 32]) -> Result<Option<ApiKey>> {
        let keys = self.keys();
        let is_wanted = |key: &ApiKey| key.dialect == dialect && key.revoked_at.is_none();
        let found = keys
            .iter()
            .find(|(known, key)| known == digest && is_wanted(key));
        Ok(found.map(|(_, key)| key.clone()))
    }

    async fn add(&self, key: &ApiKey, digest: &[u8; 32]) -> Result<()> {
        self.keys().push((*digest, key.clone()));
        Ok(())
    }

    async fn list(&self) -> Result<Vec<ApiKey>> {
        Ok(self.keys().iter().map(|(_, key)| key.clone()).collect())
    }

    async fn revoke(&self, id: &str, at: Timestamp) -> Result<bool> {
        let mut keys = self.keys();
        let found = keys.iter_mut().find(|(_, key)| key.id == id);
        let is_there = found.is_some();
        if let Some((_, key)) = found {
            key.revoked_at.get_or_insert(at);
        }
        Ok(is_there)
    }
}
