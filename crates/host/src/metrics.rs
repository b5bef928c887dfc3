//! The metrics of a server, in the text format of Prometheus.

mod exposition;
mod process;
mod requests;
mod services;

use std::{fmt, sync::Arc};

use manyface_auth::TokenAuthenticator;
use manyface_dialect::Dialect;
use manyface_serve::{Backend, Readiness, RejectionLog};
use manyface_store::Store;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, prometheus_text},
    registry::Registry,
};

use crate::media::Media;
use exposition::Exposition;
use requests::RequestMetrics;

pub(crate) use services::FeedMetrics;

/// The media type of [`Metrics::to_text`].
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The metrics of a server, which are read from its parts when they are requested.
#[derive(Clone)]
pub(crate) struct Metrics(Arc<Parts>);

struct Parts {
    requests: Arc<RequestMetrics>,
    rejections: Arc<RejectionLog>,
    dialects: Vec<&'static str>,
    readiness: Readiness,
    store: Store,
    media: Media,
    authenticator: Arc<TokenAuthenticator>,
    feed: Arc<FeedMetrics>,
}

impl Metrics {
    pub(crate) fn new(
        mounts: &[(String, Dialect)],
        readiness: Readiness,
        store: Store,
        media: Media,
        authenticator: Arc<TokenAuthenticator>,
    ) -> Self {
        Self(Arc::new(Parts {
            requests: Arc::new(RequestMetrics::new(mounts)),
            rejections: Arc::default(),
            dialects: mounts.iter().map(|(_, dialect)| dialect.name).collect(),
            readiness,
            store,
            media,
            authenticator,
            feed: Arc::default(),
        }))
    }

    /// Measures the requests and rejected credentials of `backend`.
    pub(crate) fn connect(&self, backend: &mut Backend) {
        backend.observer = Some(Arc::<RequestMetrics>::clone(&self.0.requests));
        backend.rejections = Arc::clone(&self.0.rejections);
    }

    /// Returns the measurements of the feed of changes.
    pub(crate) fn feed(&self) -> Arc<FeedMetrics> {
        Arc::clone(&self.0.feed)
    }

    /// Returns all metrics in the text format 0.0.4.
    pub(crate) fn to_text(&self) -> Result<String, fmt::Error> {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(self.clone()));
        let mut text = String::new();
        prometheus_text::encode(&mut text, &registry)?;
        Ok(text)
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Collector for Metrics {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Parts {
            requests,
            rejections,
            dialects,
            readiness,
            store,
            media,
            authenticator,
            feed,
        } = &*self.0;
        let mut exposition = Exposition::new(encoder);
        services::write_server(&mut exposition, readiness)?;
        requests.write(&mut exposition)?;
        services::write_rejections(&mut exposition, rejections, dialects)?;
        services::write_store(&mut exposition, store)?;
        services::write_media(&mut exposition, media)?;
        services::write_authenticator(&mut exposition, authenticator)?;
        feed.write(&mut exposition)?;
        process::write(&mut exposition)
    }
}
