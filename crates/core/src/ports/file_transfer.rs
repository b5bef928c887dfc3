//! The port for reading and writing stored files as a whole: export and import.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{BlobKey, BlobKind, ImageId, Result};

/// A stored image in all its sizes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageRecord {
    /// The id.
    pub id: String,
    /// The files in base64 by their maximum width and height in pixels; `full` is the full size.
    pub files: BTreeMap<String, String>,
}

/// A stored file other than an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecord {
    /// The kind ([`BlobKind::as_str`]).
    pub kind: String,
    /// The name.
    pub key: String,
    /// The content in base64.
    pub content: String,
}

/// The storage of files, byte for byte.
///
/// [`crate::Error::Invalid`] if a record is not valid, [`crate::Error::Unavailable`] if storage is
/// unavailable.
#[async_trait]
pub trait FileTransfer: Send + Sync {
    /// Reads an image; returns `None` if it does not exist.
    async fn read_image(&self, id: &ImageId) -> Result<Option<ImageRecord>>;

    /// Reads a file; returns `None` if it does not exist.
    async fn read_file(&self, kind: BlobKind, key: &BlobKey) -> Result<Option<FileRecord>>;

    /// Stores an image durably unless it exists, reserves it, and returns whether it is new.
    async fn write_image(&self, image: &ImageRecord) -> Result<bool>;

    /// Stores a file durably unless it exists, and returns whether it is new.
    async fn write_file(&self, file: &FileRecord) -> Result<bool>;

    /// Reserves an image, to which a profile is about to refer, and returns whether it exists.
    async fn reserve_image(&self, id: &ImageId) -> Result<bool>;
}
