//! The delivery of the feed to one webhook.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use manyface_core::{
    DeadLetter, DetailedChange, Lease, Operator, OperatorRole, Result, Webhook, WebhookProgress,
    WebhookSecrets, chain,
};
use tokio::{
    sync::{SemaphorePermit, watch},
    time::{Instant, sleep},
};

use super::{Context, FAILURE_PAUSE, POLL_INTERVAL, event};
use crate::{
    system,
    webhooks::{Delivery, DeliveryError},
};

/// The maximum number of changes in memory.
const PAGE_SIZE: u32 = 16;
/// The maximum number of attempts of a change the content of which the destination rejects.
const REJECTED_ATTEMPTS: u32 = 3;
/// The maximum number of dead letters of a webhook.
const MAX_DEAD_LETTERS: u32 = 1_000;

/// Follows the feed for a claimed webhook.
pub(super) struct Follower {
    context: Arc<Context>,
    webhook: Webhook,
    lease: Lease,
    /// Reads what the webhook may receive.
    reader: Operator,
    progress: WebhookProgress,
    /// Whether the progress differs from the stored one.
    is_changed: bool,
    renewed_at: Instant,
    stopping: watch::Receiver<bool>,
}

/// The reason why a webhook is no longer followed.
enum End {
    /// The claim is lost, or the webhook was removed.
    Lost,
    /// The next attempt is due after this pause.
    Pause(SignedDuration),
}

impl Follower {
    pub(super) fn new(
        context: Arc<Context>,
        webhook: Webhook,
        lease: Lease,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self {
            context,
            lease,
            reader: Operator {
                name: format!("webhook {}", webhook.id),
                role: OperatorRole::Read,
                tenant: webhook.tenant_id,
            },
            progress: webhook.progress.clone(),
            webhook,
            is_changed: false,
            renewed_at: Instant::now(),
            stopping,
        }
    }

    /// Delivers until an attempt fails, the claim is lost, or the server stops.
    pub(super) async fn run(mut self) {
        let end = self.follow().await.unwrap_or_else(|error| {
            let (webhook, cause) = (&self.webhook.id, chain(&error));
            tracing::warn!(
                webhook,
                cause,
                "cannot deliver to a webhook; retrying later"
            );
            End::Pause(SignedDuration::try_from(FAILURE_PAUSE).unwrap_or(SignedDuration::ZERO))
        });
        let End::Pause(pause) = end else { return };
        let (id, lease, progress) = (&self.webhook.id, &self.lease, &self.progress);
        let released = self
            .context
            .webhooks
            .release_webhook(id, lease, progress, pause);
        if let Err(error) = released.await {
            // The lease expires.
            tracing::warn!(
                webhook = id,
                cause = chain(&error),
                "cannot release a webhook"
            );
        }
    }

    async fn follow(&mut self) -> Result<End> {
        let context = Arc::clone(&self.context);
        loop {
            if self.is_stopping() {
                return Ok(End::Pause(SignedDuration::ZERO));
            }
            let Some(permit) = self.acquire(&context).await? else {
                return Ok(End::Lost);
            };
            if let Some(end) = self.resend().await? {
                return Ok(end);
            }
            let before = self.progress.last_change;
            if let Some(end) = self.send_page().await? {
                return Ok(end);
            }
            drop(permit);
            if self.progress.last_change == before {
                tokio::select! {
                    () = sleep(POLL_INTERVAL) => {}
                    _ = self.stopping.changed() => {}
                }
            }
        }
    }

    fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Waits for a permit to hold changes in memory, and keeps the claim meanwhile. Returns `None` if
    /// the claim is lost.
    async fn acquire<'a>(&mut self, context: &'a Context) -> Result<Option<SemaphorePermit<'a>>> {
        let mut acquiring = std::pin::pin!(context.permits.acquire());
        loop {
            if !self.keep().await? {
                return Ok(None);
            }
            tokio::select! {
                permit = &mut acquiring => return Ok(permit.ok()),
                () = sleep(context.timeout) => {}
            }
        }
    }

    /// Stores the progress and renews the lease if that is due. Returns whether the claim lasts.
    async fn keep(&mut self) -> Result<bool> {
        let interval = if self.is_changed {
            self.context.timeout.min(POLL_INTERVAL)
        } else {
            self.context.timeout
        };
        if self.renewed_at.elapsed() < interval {
            return Ok(true);
        }
        let duration = self.context.lease_duration();
        let (id, lease, progress) = (&self.webhook.id, &self.lease, &self.progress);
        let renewed = self
            .context
            .webhooks
            .renew_webhook(id, lease, progress, duration);
        if !renewed.await? {
            return Ok(false);
        }
        self.is_changed = false;
        self.renewed_at = Instant::now();
        Ok(true)
    }

    /// Sends the next changes.
    async fn send_page(&mut self) -> Result<Option<End>> {
        let (changes, last) = self.read(self.progress.last_change, PAGE_SIZE).await?;
        if last == self.progress.last_change {
            return Ok(None);
        }
        let Some(secrets) = self.secrets().await? else {
            return Ok(Some(End::Lost));
        };
        for change in changes {
            if self.is_stopping() {
                return Ok(Some(End::Pause(SignedDuration::ZERO)));
            }
            if !self.keep().await? {
                return Ok(Some(End::Lost));
            }
            let seq = change.change.seq;
            match self.send(&change, &secrets).await? {
                Ok(()) => self.advance(WebhookProgress {
                    last_change: seq,
                    ..WebhookProgress::default()
                }),
                Err(error) => {
                    if let Some(pause) = self.fail(seq, error).await? {
                        return Ok(Some(End::Pause(pause)));
                    }
                }
            }
        }
        if last > self.progress.last_change {
            // Changes of other tenants.
            self.advance(WebhookProgress {
                last_change: last,
                ..self.progress.clone()
            });
        }
        Ok(None)
    }

    fn advance(&mut self, progress: WebhookProgress) {
        self.progress = progress;
        self.is_changed = true;
    }

    /// Records a failed attempt. Returns the pause until the next one, or `None` if the change has
    /// become a dead letter.
    async fn fail(&mut self, seq: i64, error: DeliveryError) -> Result<Option<SignedDuration>> {
        let now = system::now();
        let failures = self.progress.failures + 1;
        let first_failed_at = self.progress.first_failed_at.unwrap_or(now);
        let mut progress = WebhookProgress {
            last_change: self.progress.last_change,
            failures,
            first_failed_at: Some(first_failed_at),
            last_error: Some(error.reason.clone()),
        };
        let limit = if error.is_rejection {
            self.context.attempts.min(REJECTED_ATTEMPTS)
        } else {
            self.context.attempts
        };
        let (webhook, reason) = (&self.webhook.id, &error.reason);
        if failures < limit {
            tracing::info!(
                webhook,
                seq,
                failures,
                reason,
                "webhook failed; retrying later"
            );
            let pause = self.context.backoff;
            let pause = pause.pause(failures, error.retry_after, random());
            self.advance(progress);
            return Ok(Some(pause));
        }
        tracing::warn!(
            webhook,
            seq,
            failures,
            reason,
            "change became a dead letter"
        );
        let letter = dead_letter(seq, failures, error, now);
        let webhooks = &self.context.webhooks;
        webhooks
            .put_dead_letter(webhook, &letter, MAX_DEAD_LETTERS)
            .await?;
        progress.last_change = seq;
        progress.failures = 0;
        self.advance(progress);
        Ok(None)
    }

    /// Makes one attempt for each dead letter of which an operator requested it.
    async fn resend(&mut self) -> Result<Option<End>> {
        let context = Arc::clone(&self.context);
        let id = self.webhook.id.clone();
        let requested = context.webhooks.dead_letters(&id, 0, true, PAGE_SIZE);
        let requested = requested.await?;
        if requested.is_empty() {
            return Ok(None);
        }
        let Some(secrets) = self.secrets().await? else {
            return Ok(Some(End::Lost));
        };
        for DeadLetter { seq, attempts, .. } in requested {
            if self.is_stopping() {
                return Ok(Some(End::Pause(SignedDuration::ZERO)));
            }
            if !self.keep().await? {
                return Ok(Some(End::Lost));
            }
            let (changes, _) = self.read(seq - 1, 1).await?;
            let change = changes.first().filter(|change| change.change.seq == seq);
            let sent = match change {
                Some(change) => self.send(change, &secrets).await?,
                None => Err(DeliveryError::new(
                    "the change was removed from the history, or belongs to another tenant",
                )),
            };
            match sent {
                Ok(()) => context.webhooks.remove_dead_letter(&id, seq).await?,
                Err(error) => {
                    let letter = dead_letter(seq, attempts + 1, error, system::now());
                    let put = context
                        .webhooks
                        .put_dead_letter(&id, &letter, MAX_DEAD_LETTERS);
                    put.await?;
                }
            }
        }
        Ok(None)
    }

    /// Returns the present secrets, or `None` if the webhook was removed.
    async fn secrets(&self) -> Result<Option<WebhookSecrets>> {
        self.context
            .webhooks
            .webhook_secrets(&self.webhook.id)
            .await
    }

    /// Reads changes that the webhook may receive, and the number of the last one that was read.
    async fn read(&self, after: i64, limit: u32) -> Result<(Vec<DetailedChange>, i64)> {
        let provenance = self.reader.provenance(system::now(), "");
        let context = self.context.api.context(&self.reader, &provenance);
        context.new_values(after, limit).await
    }

    async fn send(
        &self,
        change: &DetailedChange,
        secrets: &WebhookSecrets,
    ) -> Result<Result<(), DeliveryError>> {
        let Context {
            repository,
            dialects,
            client,
            ..
        } = &*self.context;
        let (payload, now) = (&self.webhook.payload, system::now());
        let delivery = Delivery {
            url: self.webhook.url.clone(),
            id: format!("{}_{}", self.webhook.id, change.change.seq),
            body: event::body(&**repository, dialects, payload, change, now).await?,
        };
        Ok(client.deliver(delivery, secrets, now).await)
    }
}

fn dead_letter(seq: i64, attempts: u32, error: DeliveryError, at: Timestamp) -> DeadLetter {
    DeadLetter {
        seq,
        failed_at: at,
        attempts,
        error: error.reason,
        resend_requested_at: None,
    }
}

/// Returns random bytes. Without randomness, there is no jitter.
fn random() -> [u8; 2] {
    system::random().unwrap_or_default()
}
