//! Export and import of stored files.

use std::sync::Arc;

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use manyface_core::{
    BlobKey, BlobKind, Error, Field, FileRecord, FileTransfer, ImageId, ImageRecord, ImageRecords,
    ImageSize, Result, Violation,
};

use crate::{Storage, blob_store, encode::media_type, image_store};

/// The files of a storage, and the records of its images.
pub struct StoredFiles {
    storage: Storage,
    records: Arc<dyn ImageRecords>,
}

impl std::fmt::Debug for StoredFiles {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("StoredFiles")
            .finish_non_exhaustive()
    }
}

impl StoredFiles {
    /// Returns the files in `storage`, whose images `records` lists.
    pub fn new(storage: Storage, records: Arc<dyn ImageRecords>) -> Self {
        Self { storage, records }
    }
}

/// Returns the name of a size in records.
fn size_name(size: ImageSize) -> String {
    size.pixels()
        .map_or("full".to_owned(), |pixels| pixels.to_string())
}

fn rejected(field: Field, message: &str) -> Error {
    Error::Invalid(vec![Violation::new(field, message)])
}

fn decode(field: Field, text: &str) -> Result<Vec<u8>> {
    STANDARD
        .decode(text)
        .map_err(|_| rejected(field, "is not base64"))
}

#[async_trait]
impl FileTransfer for StoredFiles {
    async fn read_image(&self, id: &ImageId) -> Result<Option<ImageRecord>> {
        let mut image = ImageRecord {
            id: id.as_str().to_owned(),
            files: std::collections::BTreeMap::new(),
        };
        for size in ImageSize::ALL {
            // A size that would equal the full one is not stored.
            match self.storage.get(&image_store::name(id, size)).await? {
                Some(bytes) => image.files.insert(size_name(size), STANDARD.encode(bytes)),
                None if size == ImageSize::Full => return Ok(None),
                None => None,
            };
        }
        Ok(Some(image))
    }

    async fn read_file(&self, kind: BlobKind, key: &BlobKey) -> Result<Option<FileRecord>> {
        let bytes = self.storage.get(&blob_store::name(kind, key)).await?;
        Ok(bytes.map(|bytes| FileRecord {
            kind: kind.as_str().to_owned(),
            key: key.as_str().to_owned(),
            content: STANDARD.encode(bytes),
        }))
    }

    async fn write_image(&self, image: &ImageRecord) -> Result<bool> {
        let id: ImageId = image
            .id
            .parse()
            .map_err(|_| rejected(Field::Avatar, "has no valid id"))?;
        let mut files = Vec::new();
        for size in ImageSize::ALL.into_iter().rev() {
            if let Some(text) = image.files.get(&size_name(size)) {
                let bytes = decode(Field::Avatar, text)?;
                if !bytes.starts_with(b"\x89PNG\r\n\x1a\n") && !bytes.starts_with(b"\xff\xd8\xff") {
                    return Err(rejected(Field::Avatar, "is neither PNG nor JPEG"));
                }
                debug_assert!(media_type(&bytes).starts_with("image/"));
                files.push((size, bytes));
            }
        }
        let is_known = |name: &String| ImageSize::ALL.iter().any(|size| size_name(*size) == *name);
        if !image.files.contains_key("full") || !image.files.keys().all(is_known) {
            return Err(rejected(
                Field::Avatar,
                "must have the full size and known ones",
            ));
        }
        if self.reserve_image(&id).await? {
            return Ok(false);
        }
        // The full size is written last: if it exists, all sizes exist.
        for _ in 0..2 {
            if !self.records.reserve(&id).await? {
                return Err(rejected(
                    Field::Avatar,
                    "was removed lately; try again later",
                ));
            }
            for (size, bytes) in std::mem::take(&mut files) {
                self.storage
                    .put(&image_store::name(&id, size), bytes)
                    .await?;
            }
        }
        Ok(true)
    }

    async fn write_file(&self, file: &FileRecord) -> Result<bool> {
        let kinds = [BlobKind::Resume, BlobKind::Upload];
        let kind = kinds.into_iter().find(|kind| kind.as_str() == file.kind);
        let key = file.key.parse::<BlobKey>().ok();
        let (Some(kind), Some(key)) = (kind, key) else {
            return Err(rejected(Field::Resume, "has no valid kind and key"));
        };
        let bytes = decode(Field::Resume, &file.content)?;
        let name = blob_store::name(kind, &key);
        if self.storage.exists(&name).await? {
            return Ok(false);
        }
        self.storage.put(&name, bytes).await?;
        Ok(true)
    }

    async fn reserve_image(&self, id: &ImageId) -> Result<bool> {
        // Before, so that no unknown id is recorded; and after, because a collector may have removed
        // the image in between.
        let full = image_store::name(id, ImageSize::Full);
        Ok(self.storage.exists(&full).await?
            && self.records.reserve(id).await?
            && self.storage.exists(&full).await?)
    }
}

#[cfg(test)]
mod tests {
    use manyface_core::MemoryProfiles;

    use super::*;

    fn files() -> StoredFiles {
        StoredFiles::new(Storage::memory(), Arc::new(MemoryProfiles::default()))
    }

    #[tokio::test]
    async fn images_are_written_byte_for_byte() {
        let (from, to) = (files(), files());
        let id = ImageId::of_digest([7; 32]);
        assert_eq!(from.read_image(&id).await.unwrap(), None);
        for (size, byte) in [(ImageSize::Full, 1), (ImageSize::Px48, 2)] {
            let bytes = [b"\x89PNG\r\n\x1a\n".as_slice(), &[byte; 100]].concat();
            from.storage
                .put(&image_store::name(&id, size), bytes)
                .await
                .unwrap();
        }
        let image = from.read_image(&id).await.unwrap().unwrap();
        assert_eq!(image.files.keys().collect::<Vec<_>>(), ["48", "full"]);
        assert!(!to.reserve_image(&id).await.unwrap());
        assert!(to.write_image(&image).await.unwrap());
        assert!(!to.write_image(&image).await.unwrap());
        assert!(to.reserve_image(&id).await.unwrap());
        assert_eq!(to.read_image(&id).await.unwrap(), Some(image.clone()));
        for (name, content) in [("full", "%"), ("full", "AAAA"), ("47", "iVBORw0KGgo=")] {
            let mut other = image.clone();
            other.files.insert(name.to_owned(), content.to_owned());
            assert!(to.write_image(&other).await.is_err(), "{name} {content}");
        }
    }

    #[tokio::test]
    async fn files_are_written_byte_for_byte() {
        let (from, to) = (files(), files());
        let key = BlobKey::of_random([9; 16]);
        let name = blob_store::name(BlobKind::Resume, &key);
        from.storage.put(&name, b"%PDF-1.4".to_vec()).await.unwrap();
        let file = from
            .read_file(BlobKind::Resume, &key)
            .await
            .unwrap()
            .unwrap();
        assert!(to.write_file(&file).await.unwrap());
        assert!(!to.write_file(&file).await.unwrap());
        let written = to.read_file(BlobKind::Resume, &key).await.unwrap();
        assert_eq!(written, Some(file.clone()));
        let other = FileRecord {
            kind: "x".to_owned(),
            ..file
        };
        assert!(to.write_file(&other).await.is_err());
    }
}
