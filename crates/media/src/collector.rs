//! Removing pictures that no profile uses.

use std::{collections::BTreeSet, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use manyface_core::{ImageId, ImageRecords, ImageSize, Result};
use object_store::path::Path;

use crate::{
    Storage,
    kept_images::{FOLDER, name, picture_of},
};

/// How long a collector may take over what it has doomed, before another one does it.
const LEASE: SignedDuration = SignedDuration::from_hours(1);
/// How many pictures are doomed at a time.
const BATCH: u32 = 100;

/// Removes pictures that no profile uses. Several may run at once.
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
    /// A collector that spares what was uploaded within `grace`: far longer than any request
    /// takes, because a picture is kept before the profile is changed that will use it.
    pub fn new(storage: Storage, records: Arc<dyn ImageRecords>, grace: SignedDuration) -> Self {
        Self {
            storage,
            records,
            grace,
        }
    }

    /// Removes what no profile uses at `now`; how many pictures there were.
    pub async fn collect(&self, now: Timestamp) -> Result<usize> {
        let (unclaimed, taken_over) = (now - self.grace, now - LEASE);
        let mut removed = 0;
        loop {
            let doomed = self.records.doom(unclaimed, taken_over, now, BATCH).await?;
            if doomed.is_empty() {
                return Ok(removed);
            }
            for id in &doomed {
                // The full form first: without it, the picture is not there.
                for size in ImageSize::ALL {
                    self.storage.remove(&name(id, size)).await?;
                }
            }
            self.records.forget(&doomed, now).await?;
            removed += doomed.len();
        }
    }

    /// Notes the pictures in storage that the database does not know of, as after one of the two
    /// was restored from a backup; how many are in storage. They are then collected as all others.
    pub async fn adopt(&self, now: Timestamp) -> Result<usize> {
        let kept = self.storage.list(&Path::from(FOLDER)).await?;
        let ids = kept
            .iter()
            .filter_map(|object| picture_of(&object.location));
        let ids: Vec<ImageId> = ids.collect::<BTreeSet<_>>().into_iter().collect();
        for some in ids.chunks(BATCH as usize) {
            self.records.adopt(some, now).await?;
        }
        Ok(ids.len())
    }
}
