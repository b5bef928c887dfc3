//! Measurements of image processing and object storage.

use manyface_core::Counter;

/// The state of the image queue, and its counts since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImageQueueStatus {
    /// The number of images that wait for a decoder.
    pub waiting: usize,
    /// The number of bytes of the images that wait or are decoded.
    pub bytes: usize,
    /// The number of images that were accepted.
    pub accepted: u64,
    /// The number of images that were rejected because the queue was full.
    pub rejected: u64,
}

/// The counts of object storage since it was opened.
#[derive(Debug, Default)]
pub struct StorageMetrics {
    /// The operations that failed.
    pub errors: Counter,
}
