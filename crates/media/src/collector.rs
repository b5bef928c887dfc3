//! Removal of unused images.

use std::{collections::BTreeSet, sync::Arc};

use jiff::SignedDuration;
use manyface_core::{Error, ImageId, ImageRecords, ImageSize, Lease, Result};
use object_store::path::Path;

use crate::{
    Storage,
    image_store::{FOLDER, image_id_of, name},
};

/// The lifetime of a lease after its last renewal; then another collector takes over its images.
const EXPIRY: SignedDuration = SignedDuration::from_hours(1);
/// The time before the name of a removed image is used again: far longer than any removal is delayed.
const NAME_COOLDOWN: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The number of images that are marked at a time.
const BATCH_SIZE: u32 = 100;

/// Removes unused images. Several collectors may run at once.
///
/// Before each removal from storage, the database confirms that the lease is valid and that the
/// image is unused. A removal that is delayed after that is harmless, because its name is not used
/// for a new image for a long time.
#[derive(Clone)]
pub struct Collector {
    storage: Storage,
    records: Arc<dyn ImageRecords>,
    grace: SignedDuration,
}

impl std::fmt::Debug for Collector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Collector").finish_non_exhaustive()
    }
}

impl Collector {
    /// Creates a collector that spares images reserved within `grace`. An image is stored before a
    /// profile refers to it, so `grace` must be far longer than any request.
    pub fn new(storage: Storage, records: Arc<dyn ImageRecords>, grace: SignedDuration) -> Self {
        Self {
            storage,
            records,
            grace,
        }
    }

    /// Removes all unused images and returns their number.
    pub async fn collect(&self) -> Result<usize> {
        self.records.purge_removed(NAME_COOLDOWN).await?;
        let mut removed = 0;
        loop {
            let lease = new_lease()?;
            let marked = self.records.mark(&lease, self.grace, EXPIRY, BATCH_SIZE);
            let marked = marked.await?;
            if marked.is_empty() {
                return Ok(removed);
            }
            removed += self.remove(&lease, &marked).await?;
        }
    }

    /// Removes the unused images among `ids`, which a removed user has uploaded, without waiting for
    /// the grace time, and returns their number. Images that another user has uploaded too, or is
    /// about to use, are left to [`Collector::collect`].
    pub async fn remove_erased(&self, ids: &[ImageId]) -> Result<usize> {
        let lease = new_lease()?;
        let marked = self.records.mark_erased(&lease, self.grace, ids).await?;
        self.remove(&lease, &marked).await
    }

    async fn remove(&self, lease: &Lease, marked: &[ImageId]) -> Result<usize> {
        let mut removed = 0;
        'images: for id in marked {
            // The full size first: without it, the image does not exist.
            for size in ImageSize::ALL {
                if !self.records.renew(lease, EXPIRY, id).await? {
                    continue 'images;
                }
                self.storage.remove(&name(id, size)).await?;
            }
            self.records.finish(lease, std::slice::from_ref(id)).await?;
            removed += 1;
        }
        Ok(removed)
    }

    /// Records images in storage that are unknown to the database, for example after one of them was
    /// restored from a backup, and returns the number of images in storage. Unused ones are then
    /// collected like all others.
    pub async fn import(&self) -> Result<usize> {
        let objects = self.storage.list(&Path::from(FOLDER)).await?;
        let ids = objects
            .iter()
            .filter_map(|object| image_id_of(&object.location));
        let ids: Vec<ImageId> = ids.collect::<BTreeSet<_>>().into_iter().collect();
        for batch in ids.chunks(BATCH_SIZE as usize) {
            self.records.import(batch).await?;
        }
        Ok(ids.len())
    }
}

fn new_lease() -> Result<Lease> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| Error::Storage(error.into()))?;
    Ok(Lease::of_random(random))
}
