//! The backend of the dialects.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    sync::Arc,
    time::Duration,
};

use manyface_auth::ApiKeyAuthenticator;
use manyface_serve::{Backend, BodyMemory, MinimumBodyRate, PerMinute, RateLimits, RequestKeys};
use manyface_store::Store;

use crate::{Deployment, Failure, Mode};

/// The default rate limit of each credential per operation in production, in requests per minute.
const REQUESTS_PER_MINUTE: u32 = 600;
/// The default rate limit of each client without a credential per operation in production, in
/// requests per minute.
const ANONYMOUS_REQUESTS_PER_MINUTE: u32 = 60;

/// Creates the backend of `deployment`, whose store is `store`.
pub(super) fn backend(deployment: &Deployment, store: &Store) -> Result<Backend, Failure> {
    let config = deployment.config();
    let authenticator = deployment.authenticator();
    authenticator.warm_up();
    let authenticator = ApiKeyAuthenticator::new(store.api_keys(), authenticator);
    let mut backend = Backend::new(store.repository(), Arc::new(authenticator));
    backend.readiness = deployment.readiness().clone();
    let services = &mut backend.services;
    services.replace_overrides(|_| store.overrides());
    services.uploads = store.uploads();
    services.signer = deployment.signer();
    services.reserved = Arc::new(config.reserved_usernames());
    services.images = deployment.media().images();
    services.blobs = deployment.media().blobs();
    services.settings = Arc::new(config.deployment_settings());
    services.catalogue = deployment.catalogue();
    #[cfg(feature = "policies")]
    {
        services.policies = deployment.policies().map(|policies| policies as _);
    }
    if let Some(usage) = deployment.usage() {
        services.field_usage = Some(Arc::clone(usage) as _);
        backend.usage = Some(Arc::clone(usage));
    }
    backend.deprecations = config.deprecations(deployment.mounts())?.into();
    deployment.metrics().connect(&mut backend);
    backend.access_log = deployment.access_log().clone();
    backend.limits = Arc::new(rate_limits(deployment));
    let proxies = config.trusted_proxies.clone();
    backend.trusted_proxies = Arc::new(proxies.with_header(config.client_address_header));
    backend.origins = Arc::new(config.dialect_origins(deployment.mounts()));
    backend.body_memory = Arc::new(memory(config.body_memory_mib));
    backend.response_memory = Arc::new(memory(config.response_memory_mib));
    backend.minimum_body_rate = MinimumBodyRate {
        interval: Duration::from_secs(config.body_timeout_seconds),
        bytes_per_second: config.body_min_bytes_per_second,
    };
    if config.profile == Mode::Development {
        let dialects = deployment.mounts().iter().map(|(_, dialect)| dialect);
        backend.request_keys = Some(Arc::new(RequestKeys::of(dialects)));
    }
    Ok(backend)
}

/// Returns the configured limits or, in production, the contracts' limits and the defaults.
fn rate_limits(deployment: &Deployment) -> RateLimits {
    let config = deployment.config();
    let dialects = deployment.mounts().iter().map(|(_, dialect)| dialect);
    RateLimits::new(dialects, |name, contract| {
        let settings = config.dialects.get(name);
        let of = |setting: Option<u32>, default: u32| {
            let by_default = match config.profile {
                Mode::Production => default,
                Mode::Development => 0,
            };
            NonZeroU32::new(setting.unwrap_or(by_default))
        };
        let contract = contract.map_or(REQUESTS_PER_MINUTE, NonZeroU32::get);
        let credential = settings.and_then(|settings| settings.requests_per_minute);
        let address = settings.and_then(|settings| settings.anonymous_requests_per_minute);
        PerMinute {
            credential: of(credential, contract),
            address: of(address, ANONYMOUS_REQUESTS_PER_MINUTE),
        }
    })
}

/// Returns a limit of this many MiB.
fn memory(mib: NonZeroUsize) -> BodyMemory {
    BodyMemory::new(mib.get().saturating_mul(1024 * 1024))
}
