//! Observation of requests, for metrics.

use std::time::Duration;

use http::StatusCode;

/// The name of the dialect of requests outside of all dialects.
pub const NO_DIALECT: &str = "none";
/// The operation of requests for an unknown path or with an unsupported method.
pub const UNKNOWN_OPERATION: &str = "unknown";
/// The operation of requests for images.
pub const IMAGE_OPERATION: &str = "getImage";

/// A request to which a response exists.
#[derive(Clone, Copy, Debug)]
pub struct ObservedRequest {
    /// The name of the dialect, or [`NO_DIALECT`].
    pub dialect: &'static str,
    /// The operation's id, [`UNKNOWN_OPERATION`] or [`IMAGE_OPERATION`].
    pub operation: &'static str,
    /// The status of the response.
    pub status: StatusCode,
    /// The time until the response existed, without the time to send it.
    pub duration: Duration,
    /// Whether a rate limit rejected the request.
    pub is_rate_limited: bool,
}

/// Receives each request. It must neither block nor allocate, because it runs on the threads that
/// serve requests.
pub trait RequestObserver: Send + Sync {
    /// Receives a request to which a response exists.
    fn observe(&self, request: &ObservedRequest);
}
