//! The HTTP server.

mod health;

use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
    num::NonZeroU32,
    sync::{Arc, OnceLock},
    time::Duration,
};

use actix_web::{App, HttpServer, dev::ServerHandle, web};
use manyface_auth::ApiKeyAuthenticator;
use manyface_core::MediaUrls;
use manyface_serve::{Backend, BodyMemory, Documents, RateLimits, configure, docs, media, openapi};
use tokio::task::JoinHandle;

use crate::{Deployment, Failure, Mode, deployment::Unready, gate::AccountsGate};
use health::Health;

/// The first and the longest time between two tries to reach a database that is down.
const FIRST_RETRY: Duration = Duration::from_millis(100);
const LAST_RETRY: Duration = Duration::from_secs(5);

/// A server that accepts connections.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    handle: ServerHandle,
    running: JoinHandle<std::io::Result<()>>,
}

impl Server {
    /// Starts serving `deployment` at the address that its configuration names. Call it in a
    /// Tokio runtime.
    pub fn start(deployment: &Deployment) -> Result<Self, Failure> {
        let config = deployment.config();
        let authenticator = deployment.authenticator();
        authenticator.warm_up();
        let authenticator = ApiKeyAuthenticator::new(deployment.store().api_keys(), authenticator);
        let mut backend = Backend::new(deployment.gate(), Arc::new(authenticator));
        let accounts = Arc::new(AccountsGate::new(deployment.gate(), &deployment.store()));
        backend.overrides = Arc::<AccountsGate>::clone(&accounts);
        backend.uploads = accounts;
        backend.signer = deployment.signer();
        backend.limits = Arc::new(rate_limits(deployment));
        backend.reserved = Arc::new(config.reserved_usernames());
        backend.images = deployment.media().images();
        backend.blobs = deployment.media().blobs();
        let body_memory = config.body_memory_mib.get().saturating_mul(1024 * 1024);
        backend.body_memory = Arc::new(BodyMemory::new(body_memory));
        // Where nothing is configured, the address that is listened on, which is known only then.
        let media_urls: Arc<OnceLock<Arc<MediaUrls>>> = Arc::default();
        let known_urls = Arc::clone(&media_urls);
        backend.rules = Arc::new(config.house_rules());
        backend.catalogue = deployment.catalogue();
        backend.body_timeout = Duration::from_secs(config.body_timeout_seconds);
        backend.policies = deployment.policies().map(|policies| policies as _);
        let health = Health::new(deployment.gate(), deployment.registry());
        let mounts = deployment.mounts().to_vec();
        let documents = config
            .serves_docs()
            .then(|| Documents::new(&mounts, config.public_path()));
        let (gate, store) = (deployment.gate(), deployment.store());
        let mut server = HttpServer::new(move || {
            // Each thread that serves has its own way into the store.
            let mut backend = backend.clone();
            backend.profiles = Arc::new(gate.to(store.registry()));
            backend.media_urls = known_urls.get().map(Arc::clone).unwrap_or_default();
            let serve_docs = |config: &mut web::ServiceConfig| {
                if let Some(documents) = &documents {
                    config
                        .service(openapi(documents, &backend))
                        .service(docs(documents, &backend));
                }
            };
            App::new()
                .app_data(web::Data::new(health.clone()))
                .service(health::live())
                .service(health::ready())
                .service(media(&backend))
                .configure(serve_docs)
                .configure(configure(mounts.clone(), &backend))
        })
        .disable_signals()
        .shutdown_timeout(config.shutdown_timeout_seconds);
        if let Some(workers) = config.workers {
            server = server.workers(workers.get());
        }
        let server = server.bind(config.listen);
        let server = server.map_err(|error| cannot_bind(config.listen, &error))?;
        let address = server.addrs().first().copied().unwrap_or(config.listen);
        let urls = match deployment.media_urls() {
            Some(urls) => urls.clone(),
            None => own_urls(address),
        };
        let iam = deployment.mounts().iter();
        let iam = iam
            .filter(|(_, dialect)| dialect.name == manyface_iam::NAME)
            .map(|(prefix, _)| format!("{prefix}{}", manyface_iam::RESUMES))
            .next();
        let urls = match iam {
            Some(path) => urls.with_resumes(&path),
            None => urls,
        };
        let urls = media_urls.get_or_init(|| Arc::new(urls));
        tracing::debug!(?urls, "pictures are served");
        let server = server.run();
        Ok(Self {
            address,
            handle: server.handle(),
            running: tokio::spawn(server),
        })
    }

    /// Where the server is, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops accepting connections, lets running requests finish, and ends.
    pub async fn stop(mut self) -> Result<(), Failure> {
        self.handle.stop(true).await;
        self.ended().await
    }

    /// Waits until the server has ended.
    pub(crate) async fn ended(&mut self) -> Result<(), Failure> {
        match (&mut self.running).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Failure::could_not("serve", error)),
            Err(error) => Err(Failure::could_not("serve", error)),
        }
    }
}

/// Why the server cannot listen on `address`, and what to do about it.
fn cannot_bind(address: SocketAddr, error: &io::Error) -> Failure {
    let kind = error.kind();
    let explained = [
        (
            ErrorKind::AddrInUse,
            "address already in use; pass --listen or stop the other process",
        ),
        (
            ErrorKind::AddrNotAvailable,
            "this machine does not have the address; pass --listen with one of its own, or 0.0.0.0 \
             for all",
        ),
        (
            ErrorKind::PermissionDenied,
            "permission denied; pass --listen with a port from 1024",
        ),
    ];
    let explained = explained.into_iter().find(|(known, _)| *known == kind);
    let cause = match explained {
        Some((_, cause)) => cause.to_owned(),
        None => format!("{error}; pass --listen with another address"),
    };
    Failure::CouldNotRun(format!("cannot bind {address}: {cause}"))
}

/// Pictures at the address itself; one that means all of a machine's is not one to connect to.
fn own_urls(mut address: SocketAddr) -> MediaUrls {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    MediaUrls::under(&format!("http://{address}")).unwrap_or_default()
}

/// What the configuration says; else what the contracts allow, in production.
fn rate_limits(deployment: &Deployment) -> RateLimits {
    let config = deployment.config();
    let dialects = deployment.mounts().iter().map(|(_, dialect)| dialect);
    RateLimits::new(dialects, |name, contract| {
        let settings = config.dialects.get(name);
        match settings.and_then(|settings| settings.requests_per_minute) {
            Some(number) => NonZeroU32::new(number),
            None => contract.filter(|_| config.profile == Mode::Production),
        }
    })
}

/// Prepares `deployment`, however long its database takes to come up.
pub(crate) async fn prepare_when_possible(deployment: &Deployment) -> Result<(), Failure> {
    let mut pause = FIRST_RETRY;
    let mut logged = String::new();
    loop {
        match deployment.try_prepare().await {
            Ok(()) => return Ok(()),
            Err(Unready { failure, may_pass }) if may_pass => {
                let failure = failure.to_string();
                if failure == logged {
                    tracing::debug!(failure, "not ready, trying again");
                } else {
                    tracing::warn!(failure, "not ready, trying again until it is");
                    logged = failure;
                }
            }
            Err(Unready { failure, .. }) => return Err(failure),
        }
        tokio::time::sleep(pause).await;
        pause = LAST_RETRY.min(pause * 2);
    }
}
