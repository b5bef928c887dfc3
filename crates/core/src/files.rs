//! Files of profiles that are not images.

mod blobs;
mod memory_blobs;

pub use blobs::{BlobKey, BlobKind, Blobs, NotABlobKey, ResumeRecords};
pub use memory_blobs::{MemoryBlobs, NoBlobs};
