#![doc = include_str!("../README.md")]

mod blob_store;
mod collector;
mod color;
mod decode;
mod decoders;
mod dimensions;
mod encode;
mod fair_queue;
mod format;
mod image_store;
mod metrics;
mod pipeline;
mod pixels;
mod placeholder;
mod rejection;
mod resize;
mod settings;
mod storage;
mod transfer;

pub use blob_store::BlobStore;
pub use collector::Collector;
pub use image_store::ImageStore;
pub use metrics::{ImageQueueStatus, StorageMetrics};
pub use rejection::{MAX_DECODED, MAX_FILE, MAX_PIXELS, MAX_SIDE, MAX_STORED_SIDE, Rejection};
pub use settings::{MediaSettings, OpenError, S3Settings};
pub use storage::Storage;
pub use transfer::StoredFiles;
