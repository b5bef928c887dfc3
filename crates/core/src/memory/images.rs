//! What a store in memory knows of pictures.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{MemoryProfiles, State};
use crate::{Avatar, ImageId, ImageRecords, ImageUpload, Result, UploadState};

/// What is known of one picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    claimed_at: Timestamp,
    doomed_at: Option<Timestamp>,
}

impl State {
    /// Whether a profile shows the image, in an account or everywhere.
    fn shows(&self, id: &ImageId) -> bool {
        let own = self.profiles.values().map(|profile| &profile.avatar);
        let in_accounts = self.overrides.values().map(|shown| &shown.avatar);
        let mut avatars = own.chain(in_accounts);
        avatars.any(|avatar| matches!(avatar, Some(Avatar::Stored(used)) if used == id))
    }

    fn claim(&mut self, id: &ImageId, at: Timestamp) -> bool {
        let record = self.images.entry(id.clone()).or_insert(Record {
            claimed_at: at,
            doomed_at: None,
        });
        let is_doomed = record.doomed_at.is_some();
        if !is_doomed {
            record.claimed_at = record.claimed_at.max(at);
        }
        !is_doomed
    }

    fn uses(&self, id: &ImageId) -> bool {
        self.shows(id)
            || self.uploads.values().any(
                |upload| matches!(&upload.state, UploadState::Ready { image, .. } if image == id),
            )
    }
}

#[async_trait]
impl ImageRecords for MemoryProfiles {
    async fn claim(&self, id: &ImageId, at: Timestamp) -> Result<bool> {
        Ok(self.state().claim(id, at))
    }

    async fn claim_upload(
        &self,
        id: &ImageId,
        upload: &ImageUpload<'_>,
        at: Timestamp,
    ) -> Result<bool> {
        let mut state = self.state();
        let unused = state.image_uploads.iter().filter(|((owner, image), _)| {
            owner == upload.owner && image != id && !state.shows(image)
        });
        let (mut count, mut bytes, mut oldest) = (0, upload.bytes, at);
        for ((_, image), size) in unused {
            count += 1;
            bytes += size;
            let claimed_at = state.images.get(image).map(|record| record.claimed_at);
            oldest = oldest.min(claimed_at.unwrap_or(at));
        }
        let quota = upload.quota;
        if count > 0 && (count >= quota.images || bytes > quota.bytes) {
            return Err(quota.exceeded(oldest, at));
        }
        let is_claimed = state.claim(id, at);
        if is_claimed {
            let key = (upload.owner.clone(), id.clone());
            state.image_uploads.insert(key, upload.bytes);
        }
        Ok(is_claimed)
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
        let State {
            images,
            image_uploads,
            ..
        } = &mut *state;
        image_uploads.retain(|(_, image), _| images.contains_key(image));
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
