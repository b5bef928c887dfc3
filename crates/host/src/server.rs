//! The HTTP server.

mod health;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use actix_web::{App, HttpServer, dev::ServerHandle, web};
use manyface_serve::{Backend, configure};
use tokio::task::JoinHandle;

use crate::{Deployment, Failure, deployment::Unready};
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
        let mut backend = Backend::new(deployment.gate(), authenticator);
        backend.reserved = Arc::new(config.reserved_usernames());
        backend.body_timeout = Duration::from_secs(config.body_timeout_seconds);
        backend.policies = deployment.policies().map(|policies| policies as _);
        let health = Health::new(deployment.gate(), deployment.registry());
        let mounts = deployment.mounts().to_vec();
        let (gate, store) = (deployment.gate(), deployment.store());
        let mut server = HttpServer::new(move || {
            // Each thread that serves has its own way into the store.
            let mut backend = backend.clone();
            backend.profiles = Arc::new(gate.to(store.registry()));
            App::new()
                .app_data(web::Data::new(health.clone()))
                .service(health::live())
                .service(health::ready())
                .configure(configure(mounts.clone(), &backend))
        })
        .disable_signals()
        .shutdown_timeout(config.shutdown_timeout_seconds);
        if let Some(workers) = config.workers {
            server = server.workers(workers.get());
        }
        let what = format!("listen on {}", config.listen);
        let server = server.bind(config.listen);
        let server = server.map_err(|e| Failure::could_not(&what, e))?;
        let address = server.addrs().first().copied().unwrap_or(config.listen);
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

/// Prepares `deployment`, however long its database takes to come up.
pub(crate) async fn prepare_when_possible(deployment: &Deployment) -> Result<(), Failure> {
    let mut pause = FIRST_RETRY;
    loop {
        match deployment.try_prepare().await {
            Ok(()) => return Ok(()),
            Err(Unready { failure, may_pass }) if may_pass => {
                tracing::warn!(%failure, "not ready, trying again");
            }
            Err(Unready { failure, .. }) => return Err(failure),
        }
        tokio::time::sleep(pause).await;
        pause = LAST_RETRY.min(pause * 2);
    }
}
