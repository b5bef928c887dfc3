//! `manyface serve`

mod greeting;
mod start_record;

use std::{sync::Arc, time::Duration};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::JoinError,
};

use super::output::{announce, line, warn, warn_of_unverified_database};
use crate::{
    Config, Deployment, Failure, Layers, Mode, Server,
    admin::{AdminApi, AdminListener},
    deliveries::Deliveries,
    logging::Log,
    maintenance::{flush_usage, purge_expired_uploads, store_usage, trim_histories},
    server::prepare_when_possible,
    tls::{reload_certificate, watch_certificate},
};

/// The time to wait for the database before printing the base URL, so that requests work once a new
/// server prints it.
const TIMEOUT: Duration = Duration::from_secs(3);

pub(crate) async fn run(config: Config, layers: &Layers, log: Log) -> Result<(), Failure> {
    config.check_access()?;
    warn_of_addresses(&config);
    let log_format = config.log_format;
    let mut signals = Signals::listen()?;
    let deployment = Arc::new(Deployment::open(config)?);
    start_record::write(&deployment, layers);
    #[cfg(feature = "policies")]
    warn_of_policies(&deployment);
    let preparing = Arc::clone(&deployment);
    let mut preparing = tokio::spawn(async move { prepare_when_possible(&preparing).await });
    let is_ready = tokio::select! {
        ended = &mut preparing => {
            task_result(ended)?;
            true
        }
        () = tokio::time::sleep(TIMEOUT) => false,
        () = signals.end() => return Ok(()),
    };
    let mut server = Server::start(&deployment)?;
    // The tasks end with the runtime.
    tokio::spawn(purge_expired_uploads(deployment.store().uploads()));
    let repository = deployment.store().repository();
    if let Some(usage) = deployment.usage() {
        let (usage, days) = (Arc::clone(usage), deployment.config().usage.days);
        tokio::spawn(store_usage(usage, deployment.store().usage(), days));
    }
    if let Some(certificate) = deployment.certificate() {
        tokio::spawn(watch_certificate(Arc::clone(certificate)));
    }
    tokio::spawn(trim_histories(repository, deployment.config().quotas));
    let admin = start_admin(&deployment)?;
    let base_url = server.base_url();
    if line(&base_url).is_err() {
        tracing::warn!("cannot write the base URL to standard output");
    }
    if is_ready {
        greeting::print(&deployment, &base_url).await;
    } else {
        let message = "the database cannot be reached yet; every request gets 503 until it can";
        announce(log_format, message);
    }
    let mut is_prepared = is_ready;
    let mut deliveries = is_ready.then(|| deliver(&deployment)).transpose()?;
    let media = deployment.media().clone();
    let mut collecting = std::pin::pin!(async move { media.collect_forever().await });
    loop {
        tokio::select! {
            event = signals.next() => match event {
                SignalEvent::End => break,
                SignalEvent::Reload => reload(&deployment, &log).await,
            },
            ended = server.ended() => return ended,
            ended = &mut preparing, if !is_prepared => {
                is_prepared = true;
                if let Err(failure) = task_result(ended) {
                    server.stop().await?;
                    return Err(failure);
                }
                greeting::print(&deployment, &base_url).await;
                deliveries = Some(deliver(&deployment)?);
            }
            () = &mut collecting, if is_prepared => {}
        }
    }
    server.begin_drain();
    announce(log_format, "shutting down: draining in-flight requests");
    // A second signal stops the server at once.
    tokio::select! {
        stopped = stop(server, admin, deliveries, &deployment) => stopped,
        () = signals.end() => Ok(()),
    }
}

/// Starts the delivery of changes to webhooks.
fn deliver(deployment: &Deployment) -> Result<Deliveries, Failure> {
    let (config, store) = (deployment.config(), deployment.store());
    let media = Some(deployment.media().clone());
    Deliveries::start(config, &store, AdminApi::new(config, &store, media))
}

/// Starts the listener of the admin API, unless the deployment has none.
fn start_admin(deployment: &Deployment) -> Result<Option<AdminListener>, Failure> {
    let config = deployment.config();
    let Some(address) = config.admin_address() else {
        return Ok(None);
    };
    let media = Some(deployment.media().clone());
    let api = AdminApi::new(config, &deployment.store(), media);
    let metrics = deployment.metrics().clone();
    match AdminListener::start(api, metrics, address) {
        Ok(listener) => {
            let message = format!("admin API at {}", listener.url());
            announce(config.log_format, &message);
            Ok(Some(listener))
        }
        Err(error) => {
            let message = format!(
                "cannot bind {address} for the admin API: {error}; set admin.listen \
                 (MANYFACE_ADMIN_LISTEN) to another address"
            );
            if config.admin.listen.is_some() {
                return Err(Failure::CouldNotRun(message));
            }
            warn(config.log_format, &message);
            Ok(None)
        }
    }
}

async fn stop(
    server: Server,
    admin: Option<AdminListener>,
    deliveries: Option<Deliveries>,
    deployment: &Deployment,
) -> Result<(), Failure> {
    let stopped = server.stop().await;
    if let Some(deliveries) = deliveries {
        deliveries.stop().await;
    }
    if let Some(usage) = deployment.usage() {
        flush_usage(usage, &*deployment.store().usage()).await;
    }
    if let Some(admin) = admin {
        admin.stop().await;
    }
    stopped
}

/// The signals that the process handles.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn listen() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(|e| Failure::could_not("listen for signals", e));
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hangup: listen(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> SignalEvent {
        tokio::select! {
            _ = self.terminate.recv() => SignalEvent::End,
            _ = self.interrupt.recv() => SignalEvent::End,
            _ = self.hangup.recv() => SignalEvent::Reload,
        }
    }

    async fn end(&mut self) {
        while self.next().await == SignalEvent::Reload {}
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SignalEvent {
    /// SIGTERM or SIGINT.
    End,
    /// SIGHUP.
    Reload,
}

/// Reloads the log settings, keys and policies from files, on a blocking thread, and fetches keys
/// behind URLs again.
async fn reload(deployment: &Deployment, log: &Log) {
    let (log, access_log) = (log.clone(), deployment.access_log().clone());
    let reloaded = tokio::task::spawn_blocking(move || log.reload(&access_log)).await;
    if let Err(error) = reloaded {
        tracing::error!(%error, "log reload failed; keeping the previous settings");
    }
    let authenticator = deployment.authenticator();
    let reloaded = tokio::task::spawn_blocking(move || authenticator.reload()).await;
    match reloaded {
        Ok(Ok(())) => tracing::info!("reloaded the keys"),
        Ok(Err(error)) => tracing::error!(%error, "key reload failed; keeping the previous keys"),
        Err(error) => tracing::error!(%error, "key reload failed; keeping the previous keys"),
    }
    let authenticator = deployment.authenticator();
    tokio::spawn(async move { authenticator.refetch().await });
    if let Some(certificate) = deployment.certificate() {
        reload_certificate(certificate).await;
    }
    #[cfg(feature = "policies")]
    reload_policies(deployment).await;
}

#[cfg(feature = "policies")]
async fn reload_policies(deployment: &Deployment) {
    let Some(policies) = deployment.policies() else {
        return;
    };
    let folder = Arc::clone(&policies);
    match tokio::task::spawn_blocking(move || folder.reload()).await {
        Ok(Ok(())) => {
            tracing::info!(count = policies.contents().count(), "reloaded the policies");
            warn_of_policies(deployment);
        }
        Ok(Err(error)) => {
            tracing::error!(%error, "policy reload failed; keeping the previous policies");
        }
        Err(error) => {
            tracing::error!(%error, "policy reload failed; keeping the previous policies");
        }
    }
}

#[cfg(feature = "policies")]
fn warn_of_policies(deployment: &Deployment) {
    let policies = deployment.policies();
    let warnings = policies.map(|policies| policies.contents().warnings);
    for warning in warnings.unwrap_or_default() {
        tracing::warn!(%warning, "policies");
    }
}

/// Returns the result of a task; a panic is a failure.
fn task_result(ended: Result<Result<(), Failure>, JoinError>) -> Result<(), Failure> {
    ended.unwrap_or_else(|error| Err(Failure::could_not("prepare", error)))
}

fn warn_of_addresses(config: &Config) {
    warn_of_unverified_database(config);
    if config.profile == Mode::Production && config.public_url.is_none() {
        let message = "public_url is not set; image URLs begin with the address of listen";
        warn(config.log_format, message);
    }
    if config.profile == Mode::Development && !config.listen.ip().is_loopback() {
        let message = "the development profile is reachable from other machines";
        warn(config.log_format, message);
    }
}
