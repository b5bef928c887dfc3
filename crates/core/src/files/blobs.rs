//! Files next to images, and the port through which they are kept.

use std::{fmt, str::FromStr};

use async_trait::async_trait;
use jiff::SignedDuration;

use crate::{Result, StoredFile};

/// The purpose of a file. Each kind is a separate namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlobKind {
    /// A file that was uploaded to be named in a later request.
    Upload,
    /// A user's résumé.
    Resume,
}

impl BlobKind {
    /// The kind's name, which is its folder in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Upload => "uploads",
            Self::Resume => "resumes",
        }
    }
}

/// The name of a file: 128 random bits as 32 lower-case hexadecimal digits. Nothing of it comes
/// from a client, and it cannot be guessed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobKey(String);

/// A text that is no [`BlobKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 32 lower-case hexadecimal digits")]
pub struct NotABlobKey;

impl BlobKey {
    /// The name that sixteen random bytes make.
    pub fn of_random(random: [u8; 16]) -> Self {
        Self(format!("{:032x}", u128::from_be_bytes(random)))
    }

    /// The digits.
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

/// The store of files, byte for byte. Their types and owners are up to the caller.
///
/// A name is used once: a file never changes. Put the file first, then write its name down. A
/// crash between the two leaves an unreferenced file, which [`Blobs::older_than`] finds.
///
/// [`crate::Error::Unavailable`] when storage cannot be reached.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Keeps a file under a new name: it is durable before this returns.
    async fn put(&self, kind: BlobKind, bytes: Vec<u8>) -> Result<BlobKey>;

    /// Reads a file; returns `None` if there is no file of that name and kind.
    async fn get(&self, kind: BlobKind, key: &BlobKey) -> Result<Option<Vec<u8>>>;

    /// Opens a file that is read in parts; `None` if it does not exist.
    async fn open(&self, kind: BlobKind, key: &BlobKey) -> Result<Option<StoredFile>> {
        Ok(self.get(kind, key).await?.map(StoredFile::from))
    }

    /// Removes a file, if there is one.
    async fn remove(&self, kind: BlobKind, key: &BlobKey) -> Result<()>;

    /// Returns the names of up to `limit` files that were put `age` ago or earlier, for a collector
    /// that knows which of them are in use. In the order of their names, those after `after`. Both
    /// times are those of the storage's clock: that of the host does not matter.
    async fn older_than(
        &self,
        kind: BlobKind,
        age: SignedDuration,
        after: Option<&BlobKey>,
        limit: usize,
    ) -> Result<Vec<BlobKey>>;
}

/// The records of the résumés in use, so that no such file is removed.
#[async_trait]
pub trait ResumeRecords: Send + Sync {
    /// Those of `resumes` that some profile has, to the letter.
    async fn in_use(&self, resumes: &[String]) -> Result<Vec<String>>;
}
