//! What every mounted dialect shares.

use std::sync::Arc;

use manyface_core::{
    Authenticator, Blobs, CachedCatalogue, Catalogue, HouseRules, Images, MediaUrls, NoBlobs,
    NoImages, NoOverrides, NoUploads, Overrides, Policies, Profiles, ReservedUsernames, Signer,
    Timestamp, Uploads,
};

use crate::{
    BodyMemory, BodyPace, RateLimits, RejectionLog, RequestIds, RequestKeys, TrustedProxies,
};

/// What every mounted dialect shares. Cloning it is cheap, and clones share everything.
#[derive(Clone)]
pub struct Backend {
    /// Where profiles are kept.
    pub profiles: Arc<dyn Profiles>,
    /// Where pictures are kept.
    pub images: Arc<dyn Images>,
    /// Where other files are kept.
    pub blobs: Arc<dyn Blobs>,
    /// Where clients find the pictures.
    pub media_urls: Arc<MediaUrls>,
    /// Where it is kept what accounts show of users.
    pub overrides: Arc<dyn Overrides>,
    /// Where uploads are kept.
    pub uploads: Arc<dyn Uploads>,
    /// Who signs what clients bring back.
    pub signer: Arc<dyn Signer>,
    /// How often each credential, and each client without one, may be used.
    pub limits: Arc<RateLimits>,
    /// The proxies that name the clients they send for.
    pub trusted_proxies: Arc<TrustedProxies>,
    /// The names that profiles share.
    pub catalogue: Arc<dyn Catalogue>,
    /// What the deployment has decided for all its users.
    pub rules: Arc<HouseRules>,
    /// Who turns credentials into callers.
    pub authenticator: Arc<dyn Authenticator>,
    /// The deployment's policies, where it has any.
    pub policies: Option<Arc<dyn Policies>>,
    /// The names nobody may take.
    pub reserved: Arc<ReservedUsernames>,
    /// The clock.
    pub now: fn() -> Timestamp,
    /// How much memory the large bodies of all requests may take together.
    pub body_memory: Arc<BodyMemory>,
    /// How much memory the large bodies of all responses may take together.
    pub response_memory: Arc<BodyMemory>,
    /// How fast a body must arrive.
    pub body_pace: BodyPace,
    /// The keys that operations read, where the keys that have no effect are logged as requests
    /// are: for developers.
    pub request_keys: Option<Arc<RequestKeys>>,
    /// Where it is logged why credentials are rejected.
    pub rejections: Arc<RejectionLog>,
    /// The names of requests.
    pub request_ids: Arc<RequestIds>,
}

impl Backend {
    /// The system's clock, the usual reserved names, no
    /// policies, and no place for pictures, files, uploads and what accounts show: uploads are
    /// refused, links to pictures elsewhere work. Nobody is told that they come too often.
    /// The catalogue is empty and closed.
    pub fn new(profiles: Arc<dyn Profiles>, authenticator: Arc<dyn Authenticator>) -> Self {
        Self {
            profiles,
            images: Arc::new(NoImages),
            blobs: Arc::new(NoBlobs),
            media_urls: Arc::default(),
            overrides: Arc::new(NoOverrides),
            uploads: Arc::new(NoUploads),
            signer: Arc::new(NoUploads),
            limits: Arc::default(),
            trusted_proxies: Arc::default(),
            catalogue: Arc::new(CachedCatalogue::empty(system_time)),
            rules: Arc::default(),
            authenticator,
            policies: None,
            reserved: Arc::default(),
            now: system_time,
            body_memory: Arc::default(),
            response_memory: Arc::default(),
            body_pace: BodyPace::default(),
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
