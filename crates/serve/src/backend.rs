//! The shared state of mounted dialects.

use std::sync::Arc;

use actix_web::HttpRequest;
use manyface_core::{Authenticator, Caller, ProfileRepository, Services, Timestamp};

use crate::{
    AccessLog, BodyMemory, Deprecation, DialectOrigins, MinimumBodyRate, ObservedRequest,
    RateLimits, Readiness, RejectionLog, RequestIds, RequestKeys, RequestObserver, TrustedProxies,
    UsageCounter, access_log::AccessLine,
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
    /// The readiness of the server. Ready by default.
    pub readiness: Readiness,
    /// The rate limits of credentials, and of clients without a valid one. No limits by default.
    pub limits: Arc<RateLimits>,
    /// The proxies whose header names the client.
    pub trusted_proxies: Arc<TrustedProxies>,
    /// The origins whose pages may call each dialect. None by default.
    pub origins: Arc<DialectOrigins>,
    /// The memory limit of large request bodies.
    pub body_memory: Arc<BodyMemory>,
    /// The memory limit of large response bodies.
    pub response_memory: Arc<BodyMemory>,
    /// The minimum rate at which a request body must arrive.
    pub minimum_body_rate: MinimumBodyRate,
    /// The keys that operations read. If set, keys without effect are logged at info, when debug
    /// logs are enabled.
    pub request_keys: Option<Arc<RequestKeys>>,
    /// Whether the headers `X-Manyface-Delay` and `X-Manyface-Fail` delay and fail requests, and
    /// requests and responses are logged with their bodies. Only for developers of clients.
    pub serves_client_developers: bool,
    /// The counter of successful requests; `None` counts nothing.
    pub usage: Option<Arc<UsageCounter>>,
    /// The observer of all requests, for metrics. None by default.
    pub observer: Option<Arc<dyn RequestObserver>>,
    /// The log with a line per request. Off by default.
    pub access_log: AccessLog,
    /// The announced deprecations.
    pub deprecations: Arc<[Deprecation]>,
    /// The log of rejected credentials.
    pub rejections: Arc<RejectionLog>,
    /// The generator of request ids.
    pub request_ids: Arc<RequestIds>,
}

impl Backend {
    /// Creates a backend of `profiles` and `authenticator`, with the system clock and the defaults
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
            origins: Arc::default(),
            body_memory: Arc::default(),
            response_memory: Arc::default(),
            minimum_body_rate: MinimumBodyRate::default(),
            request_keys: None,
            serves_client_developers: false,
            usage: None,
            observer: None,
            access_log: AccessLog::default(),
            deprecations: Arc::new([]),
            rejections: Arc::default(),
            request_ids: Arc::default(),
        }
    }

    /// Hands a request to the observer, if there is one, and writes its line to the access log.
    /// `bytes` is the length of the response's body.
    pub(crate) fn observe(
        &self,
        http_request: &HttpRequest,
        request_id: &str,
        caller: Option<&Caller>,
        bytes: u64,
        request: &ObservedRequest,
    ) {
        if let Some(observer) = &self.observer {
            observer.observe(request);
        }
        let line = AccessLine {
            request_id,
            dialect: request.dialect,
            operation: request.operation,
            status: request.status,
            duration: request.duration,
            bytes,
            caller,
        };
        self.access_log
            .write(http_request, &self.trusted_proxies, &line);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the only source of time; all other code takes the time as a parameter"
)]
fn system_time() -> Timestamp {
    Timestamp::now()
}
