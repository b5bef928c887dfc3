//! Stored files that are read in parts.

use std::fmt;

use async_trait::async_trait;

use crate::Result;

/// A stored file that is read in parts, to limit memory use.
pub struct StoredFile {
    /// The length in bytes.
    pub length: u64,
    /// The content.
    pub parts: Box<dyn FileParts>,
}

/// Reads the content of a file in parts.
#[async_trait]
pub trait FileParts: Send {
    /// Reads the next part, which is not empty; returns `None` at the end.
    async fn next(&mut self) -> Result<Option<Vec<u8>>>;
}

impl StoredFile {
    /// Reads the whole content.
    pub async fn read(mut self) -> Result<Vec<u8>> {
        let mut bytes = self.parts.next().await?.unwrap_or_default();
        while let Some(part) = self.parts.next().await? {
            bytes.extend_from_slice(&part);
        }
        Ok(bytes)
    }
}

impl From<Vec<u8>> for StoredFile {
    /// Creates a file from its content in memory.
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            length: bytes.len() as u64,
            parts: Box::new(Whole(Some(bytes))),
        }
    }
}

impl fmt::Debug for StoredFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut formatter = formatter.debug_struct("StoredFile");
        formatter
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// A file with a single part.
struct Whole(Option<Vec<u8>>);

#[async_trait]
impl FileParts for Whole {
    async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        Ok(self.0.take().filter(|bytes| !bytes.is_empty()))
    }
}
