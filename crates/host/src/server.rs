//! The HTTP server.

mod accept;
mod backend;
mod connection;
mod connection_limit;
mod drain;
mod health;
mod seed;
mod socket;
mod upgrade;

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use actix_web::{App, dev::ServerHandle, web};
use manyface_core::MediaUrls;
use manyface_serve::{Documents, configure, media, openapi};
use tokio::task::JoinHandle;

use crate::{Deployment, Failure, config::reachable, deployment::Unready};
use accept::{Acceptor, cannot_bind, listen};
use connection_limit::ConnectionLimit;
use drain::Drain;
use health::Health;
use seed::Seeded;
use socket::MinimumReadRate;

/// The first and the maximum delay between attempts to reach the database.
const FIRST_RETRY: Duration = Duration::from_millis(100);
const MAX_RETRY: Duration = Duration::from_secs(5);
/// A running server.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    scheme: &'static str,
    handle: ServerHandle,
    drain: Drain,
    drain_time: Duration,
    running: JoinHandle<std::io::Result<()>>,
}

impl Server {
    /// Starts serving `deployment` at the configured address. Must be called in a Tokio runtime.
    pub fn start(deployment: &Deployment) -> Result<Self, Failure> {
        let config = deployment.config();
        let store = deployment.store();
        let mut backend = backend::backend(deployment, &store)?;
        let trusted_proxies = Arc::clone(&backend.trusted_proxies);
        // The default is the listening address, whose port is known only now.
        let media_urls: Arc<OnceLock<Arc<MediaUrls>>> = Arc::default();
        let known_urls = Arc::clone(&media_urls);
        let drain = Drain::default();
        let health = Health::new(backend.readiness.clone(), store.repository(), drain.clone());
        let mounts = deployment.mounts().to_vec();
        let documents = config
            .serves_docs()
            .then(|| Documents::new(&mounts, config.public_path()));
        #[cfg(feature = "docs")]
        let to_docs = format!("{}/docs/", config.public_path());
        let seeded = Seeded::of(deployment);
        backend.serves_client_developers = seeded.is_some();
        let app = move || {
            // Each server thread has a separate handle of the store.
            let mut backend = backend.clone();
            let services = &mut backend.services;
            services.replace_profiles(|_| store.repository());
            services.media_urls = known_urls.get().map(Arc::clone).unwrap_or_default();
            let serve_docs = |config: &mut web::ServiceConfig| {
                if let Some(documents) = &documents {
                    config.service(openapi(documents, &backend));
                    #[cfg(feature = "docs")]
                    config
                        .service(web::redirect("/", to_docs.clone()))
                        .service(manyface_serve::docs(documents, &backend));
                }
            };
            App::new()
                .app_data(web::Data::new(health.clone()))
                .service(health::live())
                .service(health::ready())
                .service(media(&backend))
                .configure(serve_docs)
                .configure(seed::endpoints(seeded.clone()))
                .configure(configure(mounts.clone(), &backend))
        };
        let failed = |error: io::Error| cannot_bind(config.listen, &error);
        let listener = listen(config.listen).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let rate = MinimumReadRate {
            interval: Duration::from_secs(config.response_timeout_seconds.get()),
            bytes_per_second: config.response_min_bytes_per_second,
            drain: drain.clone(),
        };
        let urls = urls(deployment, address);
        let urls = media_urls.get_or_init(|| Arc::new(urls));
        tracing::debug!(?urls, "serving images");
        let acceptor = Acceptor {
            rate,
            limit: ConnectionLimit::new(config.connections.max, trusted_proxies),
            settings: config.connections,
            certificate: deployment.certificate().cloned(),
        };
        let server = acceptor.run(config, listener, app).map_err(failed)?;
        Ok(Self {
            address,
            scheme: config.scheme(),
            handle: server.handle(),
            drain,
            drain_time: config.drain_time(),
            running: tokio::spawn(server),
        })
    }

    /// Returns the base URL of the server, without a trailing slash.
    pub fn base_url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Announces the end of the server: `/readyz` returns 503, and responses close their connections.
    pub(crate) fn begin_drain(&self) {
        self.drain.begin();
    }

    /// Announces the end of the server for the configured time, closes idle connections and then
    /// the listener, and completes in-flight requests.
    pub async fn stop(mut self) -> Result<(), Failure> {
        self.begin_drain();
        tokio::time::sleep(self.drain_time).await;
        self.drain.close_idle().await;
        self.handle.stop(true).await;
        self.ended().await
    }

    /// Waits until the server has stopped.
    pub(crate) async fn ended(&mut self) -> Result<(), Failure> {
        match (&mut self.running).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Failure::could_not("serve", error)),
            Err(error) => Err(Failure::could_not("serve", error)),
        }
    }
}

/// Returns the URLs of images and files of a server at `address`.
fn urls(deployment: &Deployment, address: SocketAddr) -> MediaUrls {
    let urls = match deployment.media_urls() {
        Some(urls) => urls.clone(),
        None => default_media_urls(deployment.config().scheme(), address),
    };
    let files = deployment.mounts().iter().find_map(|(prefix, dialect)| {
        let files = dialect.capabilities.files?;
        Some(format!("{prefix}{}", files.path))
    });
    match files {
        Some(path) => urls.with_resumes(&path),
        None => urls,
    }
}

/// Returns image URLs at `address`, with the loopback address in place of an unspecified one.
pub(crate) fn default_media_urls(scheme: &str, address: SocketAddr) -> MediaUrls {
    let address = reachable(address);
    MediaUrls::under(&format!("{scheme}://{address}")).unwrap_or_default()
}

/// Prepares `deployment`; retries until the database is available.
pub(crate) async fn prepare_when_possible(deployment: &Deployment) -> Result<(), Failure> {
    let mut pause = FIRST_RETRY;
    let mut logged = String::new();
    loop {
        match deployment.try_prepare().await {
            Ok(()) => return Ok(()),
            Err(Unready { failure, may_pass }) if may_pass => {
                let failure = failure.to_string();
                if failure == logged {
                    tracing::debug!(failure, "not ready; retrying");
                } else {
                    tracing::warn!(failure, "not ready; retrying until it is");
                    logged = failure;
                }
            }
            Err(Unready { failure, .. }) => return Err(failure),
        }
        tokio::time::sleep(pause).await;
        pause = MAX_RETRY.min(pause * 2);
    }
}
