//! What a store in memory knows of pictures.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{MemoryProfiles, State};
use crate::{Avatar, ImageId, ImageRecords, Result, UploadState};

/// What is known of one picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    claimed_at: Timestamp,
    doomed_at: Option<Timestamp>,
}

impl State {
    fn uses(&self, id: &ImageId) -> bool {
        let own = self.profiles.values().map(|profile| &profile.avatar);
        let in_accounts = self.overrides.values().map(|shown| &shown.avatar);
        let mut avatars = own.chain(in_accounts);
        avatars.any(|avatar| matches!(avatar, Some(Avatar::Stored(used)) if used == id))
            || self.uploads.values().any(
                |upload| matches!(&upload.state, UploadState::Ready { image, .. } if image == id),
            )
    }
}

#[async_trait]
impl ImageRecords for MemoryProfiles {
    async fn claim(&self, id: &ImageId, at: Timestamp) -> Result<bool> {
        let mut state = self.state();
        let record = state.images.entry(id.clone()).or_insert(Record {
            claimed_at: at,
            doomed_at: None,
        });
        if record.doomed_at.is_some() {
            return Ok(false);
        }
        record.claimed_at = record.claimed_at.max(at);
        Ok(true)
    }

    async fn doom(
        &self,
        unclaimed_since: Timestamp,
        doomed_since: Timestamp,
        at: Timestamp,
        limit: u32,
    ) -> Result<Vec<ImageId>> {
        let mut state = self.state();
        let is_unused = |(id, record): &(&ImageId, &Record)| {
            let is_due = match record.doomed_at {
                None => record.claimed_at < unclaimed_since,
                Some(doomed_at) => doomed_at < doomed_since,
            };
            is_due && !state.uses(id)
        };
        let unused = state.images.iter().filter(is_unused).take(limit as usize);
        let unused: Vec<ImageId> = unused.map(|(id, _)| id.clone()).collect();
        for id in &unused {
            if let Some(record) = state.images.get_mut(id) {
                record.doomed_at = Some(at);
            }
        }
        Ok(unused)
    }

    async fn forget(&self, ids: &[ImageId], at: Timestamp) -> Result<()> {
        let mut state = self.state();
        let images = &mut state.images;
        images.retain(|id, record| record.doomed_at != Some(at) || !ids.contains(id));
        Ok(())
    }

    async fn adopt(&self, ids: &[ImageId], at: Timestamp) -> Result<()> {
        let mut state = self.state();
        for id in ids {
            state.images.entry(id.clone()).or_insert(Record {
                claimed_at: at,
                doomed_at: None,
            });
        }
        Ok(())
    }
}
