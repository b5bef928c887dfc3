//! Removing images that nothing refers to.

use std::{collections::BTreeSet, sync::Arc};

use jiff::SignedDuration;
use manyface_core::{Error, ImageId, ImageRecords, ImageSize, Lease, Result};
use object_store::path::Path;

use crate::{
    Storage,
    image_store::{FOLDER, name, picture_of},
};

/// How long after its last renewal another collector takes over what one has marked.
const EXPIRY: SignedDuration = SignedDuration::from_hours(1);
/// How long the name of a removed image is not used again: far longer than a removal can be held up.
const REST: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How many images are marked at a time.
const BATCH: u32 = 100;

/// Removes images that nothing refers to. Several may run at once.
///
/// Before each removal from storage, the database is asked whether the lease still holds and nothing
/// refers to the image. A removal that is held up after that is harmless: until it is long over, no
/// new image gets the same name.
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
    /// A collector that spares what was claimed within `grace`: far longer than any request takes,
    /// because an image is stored before the profile is changed to refer to it.
    pub fn new(storage: Storage, records: Arc<dyn ImageRecords>, grace: SignedDuration) -> Self {
        Self {
            storage,
            records,
            grace,
        }
    }

    /// Removes the images that nothing refers to, and returns how many.
    pub async fn collect(&self) -> Result<usize> {
        self.records.purge_removed(REST).await?;
        let mut removed = 0;
        loop {
            let lease = new_lease()?;
            let marked = self.records.mark(&lease, self.grace, EXPIRY, BATCH);
            let marked = marked.await?;
            if marked.is_empty() {
                return Ok(removed);
            }
            removed += self.remove(&lease, &marked).await?;
        }
    }

    /// Removes those of `ids` that nothing refers to at once, for a user who was removed, and returns
    /// how many. What another user has uploaded too, or is about to refer to, is left to
    /// [`Collector::collect`].
    pub async fn remove_erased(&self, ids: &[ImageId]) -> Result<usize> {
        let lease = new_lease()?;
        let marked = self.records.mark_erased(&lease, self.grace, ids).await?;
        self.remove(&lease, &marked).await
    }

    async fn remove(&self, lease: &Lease, marked: &[ImageId]) -> Result<usize> {
        let mut removed = 0;
        'images: for id in marked {
            // The full form first: without it, the image is not there.
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

    /// Notes the images in storage that the database does not know of, as after one of the two was
    /// restored from a backup, and returns how many are in storage. They are then collected as all
    /// others.
    pub async fn import(&self) -> Result<usize> {
        let kept = self.storage.list(&Path::from(FOLDER)).await?;
        let ids = kept
            .iter()
            .filter_map(|object| picture_of(&object.location));
        let ids: Vec<ImageId> = ids.collect::<BTreeSet<_>>().into_iter().collect();
        for some in ids.chunks(BATCH as usize) {
            self.records.import(some).await?;
        }
        Ok(ids.len())
    }
}

fn new_lease() -> Result<Lease> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| Error::Storage(error.into()))?;
    Ok(Lease::of_random(random))
}
