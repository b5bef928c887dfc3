//! Webhooks, and the port of their store.

use std::fmt;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, Serializer};

use crate::{Lease, Result, TenantId};

/// A destination to which the feed of changes is sent, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Webhook {
    /// The id.
    pub id: String,
    /// The tenant with the users of which changes are sent; `None` for all users.
    pub tenant_id: Option<TenantId>,
    /// The destination.
    pub url: String,
    /// The form of the payload: `canonical`, or the name of a dialect.
    pub payload: String,
    /// The creation time, in microseconds.
    pub created_at: Timestamp,
    /// The delivery of the feed.
    #[serde(flatten)]
    pub progress: WebhookProgress,
    /// The time of the next attempt, by the store's clock. A past time means now.
    pub due_at: Timestamp,
    /// The number of dead letters.
    pub dead_letters: u64,
}

/// The delivery of the feed to a webhook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WebhookProgress {
    /// The last change that needs no further attempt: it was accepted, or is a dead letter.
    #[serde(serialize_with = "as_string")]
    pub last_change: i64,
    /// The number of failed attempts to deliver the next change.
    pub failures: u32,
    /// The time of the first failure since the last accepted change, in microseconds.
    pub first_failed_at: Option<Timestamp>,
    /// The reason of the last failure since then.
    pub last_error: Option<String>,
}

/// The signing secrets of a webhook, as text.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecrets {
    /// The secret.
    pub current: String,
    /// The replaced secret, while it is still in use.
    pub previous: Option<String>,
}

impl fmt::Debug for WebhookSecrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("WebhookSecrets")
            .finish_non_exhaustive()
    }
}

/// A change that a webhook did not accept within the permitted attempts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeadLetter {
    /// The change.
    #[serde(serialize_with = "as_string")]
    pub seq: i64,
    /// The time of the last attempt, in microseconds.
    pub failed_at: Timestamp,
    /// The number of attempts.
    pub attempts: u32,
    /// The reason of the last failure.
    pub error: String,
    /// The time at which an operator requested another attempt, unless it was made since.
    pub resend_requested_at: Option<Timestamp>,
}

// Serde passes the value by reference.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde requires it")]
fn as_string<S: Serializer>(seq: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(seq)
}

/// The store of webhooks.
///
/// One process at a time delivers to a webhook: the one that claimed it, while its lease lasts.
/// Leases and due times are measured by the clock of the store.
#[async_trait]
pub trait WebhookStore: Send + Sync {
    /// Adds a webhook with its secret. Delivery begins after the change `after`, or with the next
    /// change if that is `None`. Progress, due time and dead letters of `webhook` are ignored.
    ///
    /// [`crate::Error::Invalid`] if the tenant does not exist.
    async fn add_webhook(&self, webhook: &Webhook, secret: &str, after: Option<i64>) -> Result<()>;

    /// Returns all webhooks, in the order of their creation.
    async fn webhooks(&self) -> Result<Vec<Webhook>>;

    /// Returns a webhook.
    async fn find_webhook(&self, id: &str) -> Result<Option<Webhook>>;

    /// Removes a webhook with its dead letters, and returns whether it existed.
    async fn remove_webhook(&self, id: &str) -> Result<bool>;

    /// Returns the secrets of a webhook.
    async fn webhook_secrets(&self, id: &str) -> Result<Option<WebhookSecrets>>;

    /// Replaces the secret of a webhook, and returns whether the webhook exists. The replaced
    /// secret stays in use for `overlap`.
    async fn rotate_webhook_secret(
        &self,
        id: &str,
        secret: &str,
        overlap: SignedDuration,
    ) -> Result<bool>;

    /// Claims a webhook that is due and that no other process has claimed, for `duration`. Webhooks
    /// of suspended tenants are not claimed.
    async fn claim_webhook(
        &self,
        lease: &Lease,
        duration: SignedDuration,
    ) -> Result<Option<Webhook>>;

    /// Stores the progress of a claimed webhook and renews the claim for `duration`. Returns `false`
    /// if the claim is lost, the webhook was removed, or its tenant is suspended.
    async fn renew_webhook(
        &self,
        id: &str,
        lease: &Lease,
        progress: &WebhookProgress,
        duration: SignedDuration,
    ) -> Result<bool>;

    /// Stores the progress of a claimed webhook and ends the claim. The next attempt is due after
    /// `pause`. Has no effect if the claim is lost.
    async fn release_webhook(
        &self,
        id: &str,
        lease: &Lease,
        progress: &WebhookProgress,
        pause: SignedDuration,
    ) -> Result<()>;

    /// Adds a dead letter or replaces the one of the same change, and removes the oldest ones beyond
    /// `limit`. Has no effect if the webhook was removed.
    async fn put_dead_letter(&self, webhook: &str, letter: &DeadLetter, limit: u32) -> Result<()>;

    /// Returns up to `limit` dead letters of a webhook after the change `after`, in the order of the
    /// changes; with `is_requested`, those of which an operator requested another attempt.
    async fn dead_letters(
        &self,
        webhook: &str,
        after: i64,
        is_requested: bool,
        limit: u32,
    ) -> Result<Vec<DeadLetter>>;

    /// Requests another attempt of a dead letter, or of all of a webhook, makes the webhook due, and
    /// returns the number of dead letters.
    async fn request_resend(&self, webhook: &str, seq: Option<i64>, at: Timestamp) -> Result<u64>;

    /// Removes a dead letter.
    async fn remove_dead_letter(&self, webhook: &str, seq: i64) -> Result<()>;
}
