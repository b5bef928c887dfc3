//! Images in storage.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use manyface_core::{
    Creator, Error, Image, ImageId, ImageQuota, ImageRecords, ImageSize, ImageUpload, Images,
    OpenImage, Result,
};
use object_store::path::Path;

use crate::{
    ImageQueueStatus, MediaSettings, OpenError, Storage,
    decoders::Decoders,
    encode::media_type,
    pipeline::{Prepared, sha256},
    placeholder,
};

/// The maximum number of names of the same content. It gets another name while a removed image has
/// the first one.
const MAX_NAMES: u32 = 100;
/// The folder of images.
pub(crate) const FOLDER: &str = "images";
/// The assumed block size of the disk, in bytes. Files take whole blocks.
const BLOCK_SIZE: u64 = 4_096;

/// A store of images, which are validated, resized, and named by the hash of their content.
#[derive(Clone)]
pub struct ImageStore {
    storage: Storage,
    records: Arc<dyn ImageRecords>,
    decoders: Decoders,
    quota: ImageQuota,
}

impl std::fmt::Debug for ImageStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ImageStore").finish_non_exhaustive()
    }
}

impl ImageStore {
    /// Creates a store for images in `storage` with their records, and starts its decoder threads.
    pub fn start(
        storage: Storage,
        records: Arc<dyn ImageRecords>,
        settings: &MediaSettings,
    ) -> Result<Self, OpenError> {
        let decoders = Decoders::start(settings).map_err(OpenError::Thread)?;
        Ok(Self {
            storage,
            records,
            decoders,
            quota: ImageQuota::default(),
        })
    }

    /// Returns the store with a quota of unused images for each owner.
    #[must_use]
    pub fn with_quota(self, quota: ImageQuota) -> Self {
        Self { quota, ..self }
    }

    /// Returns the state of the image queue.
    pub fn queue_status(&self) -> ImageQueueStatus {
        self.decoders.status()
    }

    /// Returns the same store with other access to its records.
    #[must_use]
    pub fn with_records(&self, records: Arc<dyn ImageRecords>) -> Self {
        Self {
            records,
            ..self.clone()
        }
    }
}

#[async_trait]
impl Images for ImageStore {
    async fn put(&self, upload: Vec<u8>, owner: &Creator, at: Timestamp) -> Result<ImageId> {
        let Prepared { id, mut sizes } = self.decoders.prepare(upload, owner, at).await?;
        let blocks = sizes
            .iter()
            .map(|(_, image)| (image.bytes.len() as u64).next_multiple_of(BLOCK_SIZE));
        let upload = ImageUpload {
            owner,
            bytes: blocks.sum(),
            quota: self.quota,
        };
        let id = self.reserve(&id, &upload).await?;
        // The full size is written last: if it exists, all sizes exist.
        if self.storage.exists(&name(&id, ImageSize::Full)).await? {
            return Ok(id);
        }
        let full = sizes.pop();
        let put = |(size, image): (ImageSize, Image)| {
            let name = name(&id, size);
            async move { self.storage.put(&name, image.bytes).await }
        };
        try_join_all(sizes.into_iter().map(put)).await?;
        try_join_all(full.into_iter().map(put)).await?;
        // A collector may have marked the image in the meantime.
        if self.records.reserve_upload(&id, &upload).await? {
            Ok(id)
        } else {
            Err(unavailable())
        }
    }

    async fn read(&self, id: &ImageId, size: ImageSize) -> Result<Option<Image>> {
        // Sizes that are not smaller than the full one are not stored.
        for size in [size, ImageSize::Full] {
            if let Some(bytes) = self.storage.get(&name(id, size)).await? {
                let media_type = media_type(&bytes);
                return Ok(Some(Image { media_type, bytes }));
            }
        }
        Ok(None)
    }

    async fn open(&self, id: &ImageId, size: ImageSize) -> Result<Option<OpenImage>> {
        for size in [size, ImageSize::Full] {
            if let Some(object) = self.storage.open(&name(id, size)).await? {
                return Ok(Some(OpenImage {
                    media_type: media_type(object.first()),
                    file: object.into(),
                }));
            }
        }
        Ok(None)
    }

    async fn length(&self, id: &ImageId, size: ImageSize) -> Result<Option<u64>> {
        for size in [size, ImageSize::Full] {
            if let Some(length) = self.storage.length(&name(id, size)).await? {
                return Ok(Some(length));
            }
        }
        Ok(None)
    }

    async fn reuse(&self, id: &ImageId, _: Timestamp) -> Result<bool> {
        // Checked before, so that invented names are not recorded, and after, because a collector
        // may have removed the image in between.
        let full = name(id, ImageSize::Full);
        if !self.storage.exists(&full).await? {
            return Ok(false);
        }
        Ok(self.records.reserve(id).await? && self.storage.exists(&full).await?)
    }

    async fn placeholder(&self, seed: u64, size: ImageSize) -> Result<Option<Image>> {
        let drawn = tokio::task::spawn_blocking(move || placeholder::draw(seed, size));
        let drawn = drawn.await.map_err(|error| Error::Storage(error.into()))?;
        Ok(drawn)
    }
}

impl ImageStore {
    /// Reserves a name for the content with the digest `id`: the digest itself, or another name if an
    /// image with that name is being removed or was removed recently.
    async fn reserve(&self, id: &ImageId, upload: &ImageUpload<'_>) -> Result<ImageId> {
        let mut name = id.clone();
        for number in 1..=MAX_NAMES {
            if self.records.reserve_upload(&name, upload).await? {
                return Ok(name);
            }
            let text = format!("{id} {number}");
            name = ImageId::of_digest(sha256(text.as_bytes()));
        }
        Err(unavailable())
    }
}

fn unavailable() -> Error {
    let cause = "the image is being removed";
    Error::Unavailable(Some(cause.into()))
}

/// Returns the object name of an image in one size.
pub(crate) fn name(id: &ImageId, size: ImageSize) -> Path {
    let digits = id.as_str();
    let folder = digits.get(..2).unwrap_or(digits);
    match size.pixels() {
        None => Path::from_iter([FOLDER, folder, digits]),
        Some(pixels) => Path::from_iter([FOLDER, folder, &format!("{digits}-{pixels}")]),
    }
}

/// Returns the image that an object name belongs to.
pub(crate) fn image_id_of(name: &Path) -> Option<ImageId> {
    let file = name.filename()?;
    file.split('-').next()?.parse().ok()
}
