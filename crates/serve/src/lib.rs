#![doc = include_str!("../README.md")]

mod backend;
mod body_memory;
mod client_address;
mod deprecation;
#[cfg(feature = "swagger-ui")]
mod docs;
mod documents;
mod file_response;
mod handled_request;
mod ignored_keys;
mod media;
mod mount;
mod parts;
mod rate_limits;
mod read_body;
mod readiness;
mod receive;
mod rejection_log;
mod request_id;
mod request_log;
mod respond;
mod slash;
#[cfg(feature = "swagger-ui")]
mod swagger_ui;
mod usage;

pub use backend::Backend;
pub use body_memory::BodyMemory;
pub use client_address::{ClientAddressHeader, TrustedProxies};
pub use deprecation::Deprecation;
#[cfg(feature = "swagger-ui")]
pub use docs::docs;
pub use documents::{Documents, openapi};
pub use ignored_keys::RequestKeys;
pub use media::media;
pub use mount::{configure, scope};
pub use parts::ResponseProgress;
pub use rate_limits::{PerMinute, RateLimits};
pub use read_body::MinimumBodyRate;
pub use readiness::Readiness;
pub use rejection_log::RejectionLog;
pub use request_id::RequestIds;
pub use usage::UsageCounter;
