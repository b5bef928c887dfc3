//! The storage of images and files.

use std::{fmt, sync::Arc, time::Duration};

use jiff::SignedDuration;
use manyface_core::{Blobs, FileTransfer, ImageQuota, Images, Quotas, ResumeRecords, chain};
use manyface_dialect::Collect;
use manyface_media::{
    BlobStore, Collector, ImageQueueStatus, ImageStore, OpenError, Storage, StoredFiles,
};
use manyface_store::Store;

use crate::{Config, Failure};

/// The delay of the first collection after the start.
const INITIAL_DELAY: Duration = Duration::from_secs(60);

/// The images and files of a deployment.
#[derive(Clone)]
pub(crate) struct Media {
    images: ImageStore,
    blobs: BlobStore,
    storage: Storage,
    stored: Arc<StoredFiles>,
    collector: Collector,
    resumes: Arc<dyn ResumeRecords>,
    /// The functions that remove unused files, one per dialect with files.
    collects: Vec<Collect>,
    grace: SignedDuration,
    every: Duration,
}

impl fmt::Debug for Media {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Media").finish_non_exhaustive()
    }
}

impl Media {
    pub(crate) fn open(config: &Config, store: &Store) -> Result<Self, Failure> {
        let settings = &config.media;
        let (storage, place) = match &settings.s3 {
            Some(_) if settings.folder.is_some() => {
                let message = "media.folder and media.s3: only one of them";
                return Err(Failure::Usage(message.to_owned()));
            }
            #[cfg(feature = "s3")]
            Some(bucket) => (Storage::s3(bucket), bucket.to_string()),
            #[cfg(not(feature = "s3"))]
            Some(_) => {
                let message = "media.s3: this program was built without S3; build it with \
                               --features s3";
                return Err(Failure::Usage(message.to_owned()));
            }
            None => {
                let folder = config.media_folder();
                (Storage::folder(&folder), folder.display().to_string())
            }
        };
        let failed = |e: OpenError| Failure::could_not(&format!("open {place}"), chain(&e));
        let storage = storage.map_err(failed)?;
        let images = ImageStore::start(storage.clone(), store.images(), settings);
        let grace = i64::try_from(settings.grace_hours.get()).unwrap_or(i64::MAX);
        // The grace period is at most a thousand years.
        let grace = SignedDuration::from_hours(grace.min(8_766_000));
        let quotas = config.quotas;
        let quota = ImageQuota {
            images: Quotas::limit(quotas.unused_images),
            bytes: u64::from(Quotas::limit(quotas.unused_images_mib)) * 1024 * 1024,
            grace,
        };
        let dialects = config.dialect_registry.dialects().into_iter();
        let collects = dialects.filter_map(|dialect| Some(dialect.capabilities.files?.collect));
        let minutes = u64::try_from(settings.collect_every_minutes.get()).unwrap_or(u64::MAX);
        Ok(Self {
            images: images.map_err(failed)?.with_quota(quota),
            blobs: BlobStore::new(storage.clone()),
            storage: storage.clone(),
            stored: Arc::new(StoredFiles::new(storage.clone(), store.images())),
            collector: Collector::new(storage, store.images(), grace),
            resumes: store.resumes(),
            collects: collects.collect(),
            grace,
            every: Duration::from_secs(minutes.min(525_600) * 60),
        })
    }

    pub(crate) fn images(&self) -> Arc<dyn Images> {
        Arc::new(self.images.clone())
    }

    pub(crate) fn blobs(&self) -> Arc<dyn Blobs> {
        Arc::new(self.blobs.clone())
    }

    /// Returns the port of exports and imports.
    pub(crate) fn stored_files(&self) -> Arc<dyn FileTransfer> {
        Arc::<StoredFiles>::clone(&self.stored)
    }

    /// Returns the state of the image queue.
    pub(crate) fn queue_status(&self) -> ImageQueueStatus {
        self.images.queue_status()
    }

    /// Returns the number of failed operations of the storage.
    pub(crate) fn storage_errors(&self) -> u64 {
        self.storage.metrics().errors.get()
    }

    pub(crate) fn collector(&self) -> &Collector {
        &self.collector
    }

    /// Removes unused images and files periodically.
    pub(crate) async fn collect_forever(&self) {
        let mut pause = INITIAL_DELAY.min(self.every);
        loop {
            tokio::time::sleep(pause).await;
            match self.collector.collect().await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(removed, "removed unused images"),
                Err(error) => {
                    let cause = chain(&error);
                    tracing::warn!(cause, "cannot remove unused images; retrying later");
                }
            }
            match self.collect_files().await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(removed, "removed unused résumés"),
                Err(error) => {
                    let cause = chain(&error);
                    tracing::warn!(cause, "cannot remove unused résumés; retrying later");
                }
            }
            pause = self.every;
        }
    }

    /// Removes unused files and returns their number.
    pub(crate) async fn collect_files(&self) -> manyface_core::Result<usize> {
        let mut removed = 0;
        for collect in &self.collects {
            removed += collect(&self.blobs, &*self.resumes, self.grace).await?;
        }
        Ok(removed)
    }
}
