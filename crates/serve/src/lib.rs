#![doc = include_str!("../README.md")]

mod backend;
mod body_memory;
#[cfg(feature = "swagger-ui")]
mod docs;
mod documents;
mod failure;
mod kept_file;
mod matches_tag;
mod media;
mod mount;
mod rate_limits;
mod receive;
mod rejection_log;
mod request_id;
mod respond;
mod slash;

pub use backend::Backend;
pub use body_memory::BodyMemory;
#[cfg(feature = "swagger-ui")]
pub use docs::docs;
pub use documents::{Documents, openapi};
pub use media::media;
pub use mount::{configure, scope};
pub use rate_limits::RateLimits;
pub use rejection_log::RejectionLog;
pub use request_id::RequestIds;
