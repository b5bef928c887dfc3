//! Uploads, in memory.

use async_trait::async_trait;
use jiff::Timestamp;

use super::MemoryProfiles;
use crate::{Result, Upload, UploadState, Uploads};

#[async_trait]
impl Uploads for MemoryProfiles {
    async fn add(&self, upload: &Upload, most: u32) -> Result<bool> {
        let mut state = self.state();
        let is_open = |other: &&Upload| {
            other.creator == upload.creator
                && !other.is_used
                && other.expires_at > upload.created_at
        };
        if state.uploads.values().filter(is_open).count() >= most as usize {
            return Ok(false);
        }
        state.uploads.insert(upload.id.clone(), upload.clone());
        Ok(true)
    }

    async fn find(&self, id: &str) -> Result<Option<Upload>> {
        Ok(self.state().uploads.get(id).cloned())
    }

    async fn advance(&self, id: &str, to: &UploadState) -> Result<bool> {
        let mut state = self.state();
        let found = state.uploads.get_mut(id).map(|upload| &mut upload.state);
        match found {
            Some(state @ (UploadState::Pending | UploadState::Processing)) => {
                *state = to.clone();
                Ok(true)
            }
            Some(UploadState::Ready { .. } | UploadState::Failed) | None => Ok(false),
        }
    }

    async fn mark_used(&self, id: &str) -> Result<()> {
        if let Some(upload) = self.state().uploads.get_mut(id) {
            upload.is_used = true;
        }
        Ok(())
    }

    async fn forget_expired(&self, instant: Timestamp, limit: u32) -> Result<u32> {
        let mut state = self.state();
        let expired = state.uploads.values();
        let expired = expired.filter(|upload| upload.expires_at < instant);
        let ids: Vec<_> = expired.map(|upload| upload.id.clone()).collect();
        let mut forgotten = 0;
        for id in ids.iter().take(limit as usize) {
            state.uploads.remove(id);
            forgotten += 1;
        }
        Ok(forgotten)
    }
}
