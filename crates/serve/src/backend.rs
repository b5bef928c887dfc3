//! The shared state of mounted dialects.

use std::sync::Arc;

use manyface_core::{Authenticator, ProfileRepository, Services, Timestamp};

use crate::{
    BodyMemory, MinimumBodyRate, RateLimits, Readiness, RejectionLog, RequestIds, RequestKeys,
    TrustedProxies,
};

/// The shared state of mounted dialects. Cloning it is cheap, and clones share everything.
#[derive(Clone)]
pub struct Backend {
    /// The services of actions.
    pub services: Services,
    /// The clock.
    pub now: fn() -> Timestamp,
    /// Turns credentials into callers.
    pub authenticator: Arc<dyn Authenticator>,
    /// Whether requests can be served yet. By default they can.
    pub readiness: Readiness,
    /// The rate limits of credentials, and of clients without a valid one. By default there are no
    /// limits.
    pub limits: Arc<RateLimits>,
    /// The proxies that name the clients they send for.
    pub trusted_proxies: Arc<TrustedProxies>,
    /// How much memory the large bodies of all requests may take together.
    pub body_memory: Arc<BodyMemory>,
    /// How much memory the large bodies of all responses may take together.
    pub response_memory: Arc<BodyMemory>,
    /// How fast a body must arrive.
    pub minimum_body_rate: MinimumBodyRate,
    /// The keys that operations read, where the keys that have no effect are logged as requests
    /// are: for developers.
    pub request_keys: Option<Arc<RequestKeys>>,
    /// The log of rejected credentials.
    pub rejections: Arc<RejectionLog>,
    /// Makes the ids of requests.
    pub request_ids: Arc<RequestIds>,
}

impl Backend {
    /// Serves `profiles` to the callers of `authenticator`, with the system's clock and the defaults
    /// of [`Services`].
    pub fn new(
        profiles: Arc<dyn ProfileRepository>,
        authenticator: Arc<dyn Authenticator>,
    ) -> Self {
        Self {
            services: Services::new(profiles),
            now: system_time,
            authenticator,
            readiness: Readiness::default(),
            limits: Arc::default(),
            trusted_proxies: Arc::default(),
            body_memory: Arc::default(),
            response_memory: Arc::default(),
            minimum_body_rate: MinimumBodyRate::default(),
            request_keys: None,
            rejections: Arc::default(),
            request_ids: Arc::default(),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is where the time comes from; everything else takes it as a parameter"
)]
fn system_time() -> Timestamp {
    Timestamp::now()
}
