#![doc = include_str!("../README.md")]

mod access_log;
mod allowed_origins;
mod backend;
mod body_memory;
mod client_address;
mod cross_origin;
mod deprecation;
#[cfg(feature = "swagger-ui")]
mod docs;
mod documents;
mod exchange_log;
mod file_response;
mod handled_request;
mod ignored_keys;
mod media;
mod observer;
mod parts;
mod path_handler;
mod rate_limits;
mod read_body;
mod readiness;
mod receive;
mod rejection_log;
mod request_id;
mod request_log;
mod respond;
mod scope;
mod simulation;
mod slash;
#[cfg(feature = "swagger-ui")]
mod swagger_ui;
mod trace_context;
mod usage;

pub use access_log::AccessLog;
pub use allowed_origins::{AllowedOrigins, DialectOrigins, is_loopback_origin};
pub use backend::Backend;
pub use body_memory::BodyMemory;
pub use client_address::{ClientAddressHeader, Networks, TrustedProxies};
pub use deprecation::Deprecation;
#[cfg(feature = "swagger-ui")]
pub use docs::docs;
pub use documents::{Documents, openapi};
pub use ignored_keys::RequestKeys;
pub use media::media;
pub use observer::{
    IMAGE_OPERATION, NO_DIALECT, ObservedRequest, RequestObserver, UNKNOWN_OPERATION,
};
pub use parts::ResponseProgress;
pub use rate_limits::{PerMinute, RateLimits};
pub use read_body::MinimumBodyRate;
pub use readiness::Readiness;
pub use rejection_log::RejectionLog;
pub use request_id::RequestIds;
pub use scope::{configure, scope};
pub use usage::UsageCounter;
