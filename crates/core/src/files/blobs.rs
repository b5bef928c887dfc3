//! Files other than images, and the port of their store.

use std::{fmt, str::FromStr};

use async_trait::async_trait;
use jiff::SignedDuration;

use crate::{Result, StoredFile};

/// The kind of a file. Each kind is a separate namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlobKind {
    /// A file of an upload.
    Upload,
    /// A user's résumé.
    Resume,
}

impl BlobKind {
    /// Returns the name of the kind, which is its folder in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Upload => "uploads",
            Self::Resume => "resumes",
        }
    }
}

/// The name of a file: 128 random bits as 32 lower-case hexadecimal digits, which cannot be
/// guessed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobKey(String);

/// The error for a string that is not a [`BlobKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 32 lower-case hexadecimal digits")]
pub struct NotABlobKey;

impl BlobKey {
    /// Creates a name from random bytes.
    pub fn of_random(random: [u8; 16]) -> Self {
        Self(format!("{:032x}", u128::from_be_bytes(random)))
    }

    /// Returns the digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BlobKey {
    type Err = NotABlobKey;

    fn from_str(text: &str) -> Result<Self, NotABlobKey> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 32 && text.bytes().all(is_digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotABlobKey)
        }
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The store of files, without their types and owners.
///
/// Files are immutable, and names are never reused. Put the file first, then store its name: a
/// crash in between leaves an unreferenced file, which [`Blobs::older_than`] finds.
///
/// [`crate::Error::Unavailable`] when storage cannot be reached.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Stores a file durably under a new name.
    async fn put(&self, kind: BlobKind, bytes: Vec<u8>) -> Result<BlobKey>;

    /// Reads a file; returns `None` if it does not exist.
    async fn get(&self, kind: BlobKind, key: &BlobKey) -> Result<Option<Vec<u8>>>;

    /// Opens a file for reading in parts; returns `None` if it does not exist.
    async fn open(&self, kind: BlobKind, key: &BlobKey) -> Result<Option<StoredFile>> {
        Ok(self.get(kind, key).await?.map(StoredFile::from))
    }

    /// Removes a file if it exists.
    async fn remove(&self, kind: BlobKind, key: &BlobKey) -> Result<()>;

    /// Returns the names of up to `limit` files that are at least `age` old, in the order of their
    /// names, after `after`. The age is measured by the storage's clock. For a collector of unused
    /// files.
    async fn older_than(
        &self,
        kind: BlobKind,
        age: SignedDuration,
        after: Option<&BlobKey>,
        limit: usize,
    ) -> Result<Vec<BlobKey>>;
}

/// The records of the résumés in use, which a collector must not remove.
#[async_trait]
pub trait ResumeRecords: Send + Sync {
    /// Returns those of `resumes` that a profile refers to, by exact comparison.
    async fn in_use(&self, resumes: &[String]) -> Result<Vec<String>>;
}
