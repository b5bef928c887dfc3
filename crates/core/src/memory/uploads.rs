//! Uploads in memory.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{MemoryProfiles, State};
use crate::{
    Avatar, Creator, Error, ProfileRef, Quota, Result, Upload, UploadState, Uploads, check_upload,
};

impl State {
    /// Checks that the upload `id` may replace the avatar `current`.
    pub(super) fn check_upload(&self, id: Option<&str>, current: Option<&Avatar>) -> Result<()> {
        id.map_or(Ok(()), |id| check_upload(self.uploads.get(id), current))
    }

    /// Marks the upload `id` as used.
    pub(super) fn use_upload(&mut self, id: Option<&str>) {
        if let Some(upload) = id.and_then(|id| self.uploads.get_mut(id)) {
            upload.is_used = true;
        }
    }
}

#[async_trait]
impl Uploads for MemoryProfiles {
    async fn add(&self, upload: &Upload, max_open: u32) -> Result<()> {
        let mut state = self.state();
        if let Creator::Profile(id) = upload.creator
            && !state.profiles.contains_key(&id)
        {
            return Err(Error::NotFound);
        }
        let is_open = |other: &&Upload| {
            other.creator == upload.creator
                && !other.is_used
                && other.expires_at > upload.created_at
        };
        let open: Vec<_> = state.uploads.values().filter(is_open).collect();
        if open.len() >= max_open as usize {
            let until = open.iter().map(|upload| upload.expires_at).min();
            let until = until.unwrap_or(upload.created_at);
            return Err(Quota::OpenUploads.exceeded_until(until, upload.created_at));
        }
        state.uploads.insert(upload.id.clone(), upload.clone());
        Ok(())
    }

    async fn find(&self, id: &str) -> Result<Option<Upload>> {
        let state = self.state();
        let found = state.uploads.get(id);
        let is_served = |upload: &&Upload| match &upload.creator {
            Creator::Profile(id) => state.find(&ProfileRef::Id(*id)).is_some(),
            Creator::Program(tenant, _) => !state.is_suspended(*tenant),
        };
        Ok(found.filter(is_served).cloned())
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

    async fn purge_expired(&self, instant: Timestamp, limit: u32) -> Result<u32> {
        let mut state = self.state();
        let expired = state.uploads.values();
        let expired = expired.filter(|upload| upload.expires_at < instant);
        let ids: Vec<_> = expired.map(|upload| upload.id.clone()).collect();
        let mut removed = 0;
        for id in ids.iter().take(limit as usize) {
            state.uploads.remove(id);
            removed += 1;
        }
        Ok(removed)
    }
}
