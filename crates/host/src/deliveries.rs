//! The delivery of changes to webhooks, by each server of a deployment.
//!
//! A server claims webhooks that are due and follows the feed for each of them, one change after the
//! other. A claim is a lease in the database: if a server is killed, another one takes over its
//! webhooks after the lease has expired, and sends again what was not recorded as accepted.

mod backoff;
mod event;
mod follower;

use std::{sync::Arc, time::Duration};

use manyface_core::{AdminRepository, Lease, SignedDuration, Webhook, WebhookStore, chain};
use manyface_store::Store;
use tokio::{
    sync::{Semaphore, watch},
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};

use self::{backoff::Backoff, follower::Follower};
use crate::{
    Config, Failure,
    admin::{AdminApi, DialectViews},
    system,
    webhooks::WebhookClient,
};

/// The interval between looks for due webhooks, and for new changes.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// The pause after a failure of the database.
const FAILURE_PAUSE: Duration = Duration::from_secs(10);
/// The maximum number of webhooks with changes in memory.
const MAX_CONCURRENT: usize = 8;
/// The duration of a lease, as a multiple of the timeout of a request.
const LEASE_FACTOR: u32 = 3;
/// The time for requests that are being sent when the server stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// The running deliveries of a server.
pub(crate) struct Deliveries {
    stop: watch::Sender<bool>,
    running: JoinHandle<()>,
}

/// What the deliveries of a server share.
struct Context {
    webhooks: Arc<dyn WebhookStore>,
    repository: Arc<dyn AdminRepository>,
    api: AdminApi,
    dialects: DialectViews,
    client: WebhookClient,
    backoff: Backoff,
    /// The number of attempts of a change.
    attempts: u32,
    /// The timeout of a request, which is also the interval between renewals of a lease.
    timeout: Duration,
    permits: Semaphore,
}

impl Deliveries {
    /// Starts to deliver. Must be called in a Tokio runtime.
    pub(crate) fn start(config: &Config, store: &Store, api: AdminApi) -> Result<Self, Failure> {
        let settings = &config.webhooks;
        let dialects = api.dialect_views();
        let context = Context {
            webhooks: store.webhooks(),
            repository: store.repository(),
            dialects: dialects
                .map_err(|problem| Failure::could_not("deliver webhooks", problem))?,
            api,
            client: WebhookClient::new(settings),
            backoff: Backoff::new(settings),
            attempts: settings.attempts,
            timeout: Duration::from_secs(settings.timeout_seconds.into()),
            permits: Semaphore::new(MAX_CONCURRENT),
        };
        let (stop, stopping) = watch::channel(false);
        Ok(Self {
            stop,
            running: tokio::spawn(run(Arc::new(context), stopping)),
        })
    }

    /// Waits for requests that are being sent, and ends the claims.
    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        if timeout(STOP_TIMEOUT, self.running).await.is_err() {
            tracing::debug!("webhooks did not respond before the server stopped");
        }
    }
}

/// Claims webhooks and follows the feed for each, until the server stops.
async fn run(context: Arc<Context>, mut stopping: watch::Receiver<bool>) {
    let mut followers = JoinSet::new();
    while !*stopping.borrow() {
        let pause = match context.claim().await {
            Ok(Some((webhook, lease))) => {
                let context = Arc::clone(&context);
                let follower = Follower::new(context, webhook, lease, stopping.clone());
                followers.spawn(follower.run());
                continue;
            }
            Ok(None) => POLL_INTERVAL,
            Err(failure) => {
                tracing::warn!(%failure, "cannot look for webhooks; retrying later");
                FAILURE_PAUSE
            }
        };
        while followers.try_join_next().is_some() {}
        tokio::select! {
            () = sleep(pause) => {}
            _ = stopping.changed() => {}
        }
    }
    while followers.join_next().await.is_some() {}
}

impl Context {
    async fn claim(&self) -> Result<Option<(Webhook, Lease)>, Failure> {
        let lease = Lease::of_random(system::random()?);
        let claimed = self.webhooks.claim_webhook(&lease, self.lease_duration());
        let claimed = claimed
            .await
            .map_err(|e| Failure::could_not("claim a webhook", chain(&e)))?;
        Ok(claimed.map(|webhook| (webhook, lease)))
    }

    fn lease_duration(&self) -> SignedDuration {
        SignedDuration::try_from(self.timeout * LEASE_FACTOR).unwrap_or(SignedDuration::MAX)
    }
}
