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
mod pipeline;
mod placeholder;
mod rejection;
mod resize;
mod settings;
mod storage;

pub use blob_store::BlobStore;
pub use collector::Collector;
pub use image_store::ImageStore;
pub use pipeline::{MAX_DECODED, MAX_FILE, MAX_KEPT_SIDE, MAX_PIXELS, MAX_SIDE};
pub use rejection::Rejection;
pub use settings::{MediaSettings, OpenError, S3Settings};
pub use storage::Storage;
