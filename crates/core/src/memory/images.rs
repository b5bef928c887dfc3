//! Records of images in memory.

use std::{collections::BTreeSet, time::Instant};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::{MemoryProfiles, State};
use crate::{
    Avatar, Creator, ImageId, ImageRecords, ImageUpload, Lease, ProfileId, Result, UploadState,
};

/// The record of one image.
#[derive(Clone, Debug)]
pub(super) struct Record {
    reserved_at: Instant,
    reused_at: Option<Instant>,
    mark: Option<Mark>,
}

/// A mark for removal.
#[derive(Clone, Debug)]
struct Mark {
    at: Instant,
    lease: Lease,
}

impl Record {
    fn new() -> Self {
        Self {
            reserved_at: Instant::now(),
            reused_at: None,
            mark: None,
        }
    }
}

/// Returns the time since `instant`.
fn age_of(instant: Instant) -> SignedDuration {
    SignedDuration::try_from(instant.elapsed()).unwrap_or(SignedDuration::MAX)
}

/// Returns whether `instant` is at least `age` ago.
fn is_past(instant: Instant, age: SignedDuration) -> bool {
    age_of(instant) >= age
}

impl State {
    /// Returns the images that profiles, overrides and uploads refer to, with the profile.
    fn references(&self) -> impl Iterator<Item = (Option<ProfileId>, &ImageId)> {
        let own = self.profiles.values().map(|p| (p.id, &p.avatar));
        let in_accounts = self.overrides.iter().map(|((id, _), o)| (*id, &o.avatar));
        let avatars = own
            .chain(in_accounts)
            .filter_map(|(id, avatar)| match avatar {
                Some(Avatar::Stored(image)) => Some((Some(id), image)),
                Some(Avatar::External(_)) | None => None,
            });
        let uploads = self.uploads.values().filter_map(|upload| {
            let UploadState::Ready { image, .. } = &upload.state else {
                return None;
            };
            let profile = match &upload.creator {
                Creator::Profile(id) => Some(*id),
                Creator::Program(..) => None,
            };
            Some((profile, image))
        });
        avatars.chain(uploads)
    }

    fn uses(&self, id: &ImageId) -> bool {
        self.references().any(|(_, used)| used == id)
    }

    /// Returns whether a profile or an override has the image as its avatar.
    fn shows(&self, id: &ImageId) -> bool {
        let own = self.profiles.values().map(|profile| &profile.avatar);
        let in_accounts = self.overrides.values().map(|shown| &shown.avatar);
        let mut avatars = own.chain(in_accounts);
        avatars.any(|avatar| matches!(avatar, Some(Avatar::Stored(used)) if used == id))
    }

    fn reserve_image(&mut self, id: &ImageId) -> bool {
        if self.removed_images.contains_key(id) {
            return false;
        }
        let record = self.images.entry(id.clone()).or_insert_with(Record::new);
        if record.mark.is_some() {
            return false;
        }
        record.reserved_at = Instant::now();
        true
    }

    /// Marks up to `limit` images without references for which `is_due` returns true.
    fn mark(
        &mut self,
        lease: &Lease,
        limit: usize,
        is_due: impl Fn(&ImageId, &Record) -> bool,
    ) -> Vec<ImageId> {
        let due = self.images.iter();
        let due = due.filter(|(id, record)| is_due(id, record) && !self.uses(id));
        let due: Vec<ImageId> = due.take(limit).map(|(id, _)| id.clone()).collect();
        for id in &due {
            if let Some(record) = self.images.get_mut(id) {
                record.mark = Some(Mark {
                    at: Instant::now(),
                    lease: lease.clone(),
                });
            }
        }
        due
    }
}

#[async_trait]
impl ImageRecords for MemoryProfiles {
    async fn reserve(&self, id: &ImageId) -> Result<bool> {
        let mut state = self.state();
        let is_reserved = state.reserve_image(id);
        if is_reserved && let Some(record) = state.images.get_mut(id) {
            record.reused_at = Some(Instant::now());
        }
        Ok(is_reserved)
    }

    async fn reserve_upload(&self, id: &ImageId, upload: &ImageUpload<'_>) -> Result<bool> {
        let mut state = self.state();
        let unused = state.image_uploads.iter().filter(|((owner, image), _)| {
            owner == upload.owner && image != id && !state.shows(image)
        });
        let (mut count, mut bytes, mut oldest) = (0, upload.bytes, SignedDuration::ZERO);
        for ((_, image), size) in unused {
            count += 1;
            bytes += size;
            let reserved_at = state.images.get(image).map(|record| record.reserved_at);
            oldest = oldest.max(reserved_at.map_or(SignedDuration::ZERO, age_of));
        }
        let quota = upload.quota;
        if count > 0 && (count >= quota.images || bytes > quota.bytes) {
            // Only the difference between the two times matters.
            return Err(quota.exceeded(Timestamp::UNIX_EPOCH - oldest, Timestamp::UNIX_EPOCH));
        }
        let is_reserved = state.reserve_image(id);
        let exists = match upload.owner {
            Creator::Profile(id) => state.profiles.contains_key(id),
            Creator::Program(..) => true,
        };
        if is_reserved && exists {
            let key = (upload.owner.clone(), id.clone());
            state.image_uploads.insert(key, upload.bytes);
        }
        Ok(is_reserved)
    }

    async fn mark(
        &self,
        lease: &Lease,
        grace: SignedDuration,
        expiry: SignedDuration,
        limit: u32,
    ) -> Result<Vec<ImageId>> {
        let is_due = |_: &ImageId, record: &Record| match &record.mark {
            None => is_past(record.reserved_at, grace),
            Some(mark) => is_past(mark.at, expiry),
        };
        Ok(self.state().mark(lease, limit as usize, is_due))
    }

    async fn mark_erased(
        &self,
        lease: &Lease,
        grace: SignedDuration,
        ids: &[ImageId],
    ) -> Result<Vec<ImageId>> {
        let mut state = self.state();
        let uploads = state.image_uploads.keys();
        let uploaded: BTreeSet<_> = uploads.map(|(_, image)| image.clone()).collect();
        let is_due = |id: &ImageId, record: &Record| {
            let is_reused = record.reused_at.is_some_and(|at| !is_past(at, grace));
            ids.contains(id) && record.mark.is_none() && !is_reused && !uploaded.contains(id)
        };
        Ok(state.mark(lease, ids.len(), is_due))
    }

    async fn renew(&self, lease: &Lease, expiry: SignedDuration, id: &ImageId) -> Result<bool> {
        let mut state = self.state();
        let is_used = state.uses(id);
        let Some(record) = state.images.get_mut(id) else {
            return Ok(false);
        };
        let own = record.mark.as_mut().filter(|mark| mark.lease == *lease);
        let Some(mark) = own.filter(|mark| !is_past(mark.at, expiry)) else {
            return Ok(false);
        };
        mark.at = Instant::now();
        if is_used {
            record.mark = None;
        }
        Ok(!is_used)
    }

    async fn finish(&self, lease: &Lease, ids: &[ImageId]) -> Result<()> {
        let mut state = self.state();
        for id in ids {
            let mark = state.images.get(id).and_then(|record| record.mark.as_ref());
            if mark.is_some_and(|mark| mark.lease == *lease) {
                state.images.remove(id);
                state.image_uploads.retain(|(_, image), _| image != id);
                state.removed_images.insert(id.clone(), Instant::now());
            }
        }
        Ok(())
    }

    async fn import(&self, ids: &[ImageId]) -> Result<()> {
        let mut state = self.state();
        for id in ids {
            state.images.entry(id.clone()).or_insert_with(Record::new);
        }
        Ok(())
    }

    async fn purge_removed(&self, age: SignedDuration) -> Result<()> {
        let mut state = self.state();
        state.removed_images.retain(|_, at| !is_past(*at, age));
        Ok(())
    }

    async fn images_of(&self, profile: ProfileId) -> Result<Vec<ImageId>> {
        let state = self.state();
        let own = state.references().filter(|(id, _)| *id == Some(profile));
        let own = own.map(|(_, image)| image.clone());
        let owner = Creator::Profile(profile);
        let uploads = state.image_uploads.keys();
        let uploads = uploads.filter(|(by, _)| *by == owner);
        let own: BTreeSet<_> = own.chain(uploads.map(|(_, image)| image.clone())).collect();
        Ok(own.into_iter().collect())
    }
}
