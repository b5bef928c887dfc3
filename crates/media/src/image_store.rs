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
    MediaSettings, OpenError, Storage,
    decoders::Decoders,
    encode::media_type,
    pipeline::{Prepared, sha256},
    placeholder,
};

/// How many names one content may have: it gets another one whenever its image was removed.
const NAMES: u32 = 100;
/// The folder of images.
pub(crate) const FOLDER: &str = "images";
/// The minimum size of a file on disk, in bytes.
const BLOCK: u64 = 4_096;

/// Images in storage: checked, made small, and kept under the hash of their content.
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
    /// Images in `storage`, which `records` lists; starts the threads that decode them.
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

    /// The same images, of which each owner may have so many that no profile shows.
    #[must_use]
    pub fn with_quota(self, quota: ImageQuota) -> Self {
        Self { quota, ..self }
    }

    /// The same images, whose records are reached in another way.
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
        let Prepared { id, mut forms } = self.decoders.prepare(upload, owner, at).await?;
        let blocks = forms
            .iter()
            .map(|(_, image)| (image.bytes.len() as u64).next_multiple_of(BLOCK));
        let upload = ImageUpload {
            owner,
            bytes: blocks.sum(),
            quota: self.quota,
        };
        let id = self.reserve(&id, &upload).await?;
        // The full form is written last: where it is, all are.
        if self.storage.has(&name(&id, ImageSize::Full)).await? {
            return Ok(id);
        }
        let full = forms.pop();
        let put = |(size, image): (ImageSize, Image)| {
            let name = name(&id, size);
            async move { self.storage.put(&name, image.bytes).await }
        };
        try_join_all(forms.into_iter().map(put)).await?;
        try_join_all(full.into_iter().map(put)).await?;
        // Writing may have taken longer than a collector waits.
        if self.records.reserve_upload(&id, &upload).await? {
            Ok(id)
        } else {
            Err(unavailable())
        }
    }

    async fn read(&self, id: &ImageId, size: ImageSize) -> Result<Option<Image>> {
        // A form that would be as large as the full one is not written.
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
        // Looked for before, so that no name that a client makes up is noted; and after, because
        // a collector may have been there in between.
        let full = name(id, ImageSize::Full);
        if !self.storage.has(&full).await? {
            return Ok(false);
        }
        Ok(self.records.reserve(id).await? && self.storage.has(&full).await?)
    }

    async fn placeholder(&self, seed: u64, size: ImageSize) -> Result<Option<Image>> {
        let drawn = tokio::task::spawn_blocking(move || placeholder::draw(seed, size));
        let drawn = drawn.await.map_err(|error| Error::Storage(error.into()))?;
        Ok(drawn)
    }
}

impl ImageStore {
    /// Claims a name for the content with the digest `id`: that itself, or another one where an image
    /// of that name is being removed or was removed lately.
    async fn reserve(&self, id: &ImageId, upload: &ImageUpload<'_>) -> Result<ImageId> {
        let mut name = id.clone();
        for number in 1..=NAMES {
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

/// Returns the name of a form of an image in storage.
pub(crate) fn name(id: &ImageId, size: ImageSize) -> Path {
    let digits = id.as_str();
    let folder = digits.get(..2).unwrap_or(digits);
    match size.pixels() {
        None => Path::from_iter([FOLDER, folder, digits]),
        Some(pixels) => Path::from_iter([FOLDER, folder, &format!("{digits}-{pixels}")]),
    }
}

/// The image that a name in storage belongs to.
pub(crate) fn picture_of(name: &Path) -> Option<ImageId> {
    let file = name.filename()?;
    file.split('-').next()?.parse().ok()
}
