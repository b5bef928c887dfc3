//! The tables `webhooks` and `webhook_dead_letters`.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use manyface_core::{
    DeadLetter, Lease, Result, TenantId, Webhook, WebhookProgress, WebhookSecrets, WebhookStore,
};

use crate::{
    database::{Columns, Database, FromRow, Repository},
    sql::{Parameter, Sql},
};

/// Adds a webhook; delivery begins after the change `$7`, or after the last one if that is null.
static ADD: Sql = Sql::new(
    "INSERT INTO webhooks (id, tenant_id, url, payload, secret, created_at, last_change, failures, \
     due_at) SELECT $1, $2, $3, $4, $5, $6, COALESCE($7, \
     (SELECT c.seq FROM profile_changes AS c ORDER BY c.seq DESC LIMIT 1), 0), 0, \
     clock_timestamp() RETURNING id",
);

/// Reads the webhook `$1`, or all if that is null.
static LIST: Sql = Sql::new(
    "SELECT w.id AS id, w.tenant_id::text AS tenant_id, w.url AS url, w.payload AS payload, \
     w.created_at AS created_at, w.last_change AS last_change, w.failures AS failures, \
     w.first_failed_at AS first_failed_at, w.last_error AS last_error, w.due_at AS due_at, \
     (SELECT count(*) FROM webhook_dead_letters AS l WHERE l.webhook = w.id) AS dead_letters \
     FROM webhooks AS w WHERE ($1 IS NULL OR w.id = $1) ORDER BY w.created_at, w.id",
);

static REMOVE: Sql = Sql::new("DELETE FROM webhooks WHERE id = $1 RETURNING id");

static SECRETS: Sql = Sql::new(
    "SELECT secret, CASE WHEN previous_secret_expires_at > clock_timestamp() \
     THEN previous_secret END AS previous_secret FROM webhooks WHERE id = $1",
);

static ROTATE: Sql = Sql::new(
    "UPDATE webhooks SET previous_secret = secret, \
     previous_secret_expires_at = clock_timestamp() + $3, secret = $2 WHERE id = $1 RETURNING id",
);

/// Finds webhooks that could be claimed.
static FREE: Sql = Sql::new(
    "SELECT w.id FROM webhooks AS w WHERE w.due_at <= clock_timestamp() \
     AND (w.lease IS NULL OR w.lease_expires_at <= clock_timestamp()) \
     AND NOT EXISTS (SELECT 1 FROM tenants AS t WHERE t.id = w.tenant_id \
     AND t.suspended_at IS NOT NULL) ORDER BY w.due_at, w.id",
);

/// Claims the webhook `$1`, unless another process has done so since.
static CLAIM: Sql = Sql::new(
    "UPDATE webhooks SET lease = $2, lease_expires_at = clock_timestamp() + $3 \
     WHERE id = $1 AND due_at <= clock_timestamp() \
     AND (lease IS NULL OR lease_expires_at <= clock_timestamp()) RETURNING id",
);

static RENEW: Sql = Sql::new(
    "UPDATE webhooks SET last_change = $3, failures = $4, first_failed_at = $5, last_error = $6, \
     lease_expires_at = clock_timestamp() + $7 WHERE id = $1 AND lease = $2 \
     AND NOT EXISTS (SELECT 1 FROM tenants AS t WHERE t.id = webhooks.tenant_id \
     AND t.suspended_at IS NOT NULL) RETURNING id",
);

static RELEASE: Sql = Sql::new(
    "UPDATE webhooks SET last_change = $3, failures = $4, first_failed_at = $5, last_error = $6, \
     due_at = clock_timestamp() + $7, lease = NULL, lease_expires_at = NULL \
     WHERE id = $1 AND lease = $2 RETURNING id",
);

static PUT_DEAD_LETTER: Sql = Sql::new(
    "INSERT INTO webhook_dead_letters (webhook, seq, failed_at, attempts, error, \
     resend_requested_at) SELECT w.id, $2, $3, $4, $5, $6 FROM webhooks AS w WHERE w.id = $1 \
     ON CONFLICT (webhook, seq) DO UPDATE SET failed_at = excluded.failed_at, \
     attempts = excluded.attempts, error = excluded.error, \
     resend_requested_at = excluded.resend_requested_at RETURNING webhook",
);

/// Removes the dead letters before the latest `$2`.
static TRIM_DEAD_LETTERS: Sql = Sql::new(
    "DELETE FROM webhook_dead_letters WHERE webhook = $1 AND seq <= (SELECT l.seq \
     FROM webhook_dead_letters AS l WHERE l.webhook = $1 ORDER BY l.seq DESC LIMIT 1 OFFSET $2) \
     RETURNING webhook",
);

/// Reads dead letters after the change `$2`; if `$3` is 1, those to send again.
static DEAD_LETTERS: Sql = Sql::new(
    "SELECT seq, failed_at, attempts, error, resend_requested_at FROM webhook_dead_letters \
     WHERE webhook = $1 AND seq > $2 AND ($3 = 0 OR resend_requested_at IS NOT NULL) \
     ORDER BY seq LIMIT $4",
);

static REQUEST_RESEND: Sql = Sql::new(
    "UPDATE webhook_dead_letters SET resend_requested_at = $3 \
     WHERE webhook = $1 AND ($2 IS NULL OR seq = $2) RETURNING webhook",
);

static MAKE_DUE: Sql = Sql::new(
    "UPDATE webhooks SET due_at = clock_timestamp() WHERE id = $1 \
     AND due_at > clock_timestamp() RETURNING id",
);

static REMOVE_DEAD_LETTER: Sql =
    Sql::new("DELETE FROM webhook_dead_letters WHERE webhook = $1 AND seq = $2 RETURNING webhook");

impl FromRow for Webhook {
    fn from_row(row: &dyn Columns) -> diesel::deserialize::Result<Self> {
        let tenant_id = row.text_or_none("tenant_id")?;
        let tenant_id = tenant_id.map(|id| id.parse()).transpose()?;
        Ok(Self {
            id: row.text("id")?,
            tenant_id: tenant_id.map(TenantId),
            url: row.text("url")?,
            payload: row.text("payload")?,
            created_at: row.time("created_at")?,
            progress: WebhookProgress {
                last_change: row.number("last_change")?,
                failures: u32::try_from(row.number("failures")?)?,
                first_failed_at: row.time_or_none("first_failed_at")?,
                last_error: row.text_or_none("last_error")?,
            },
            due_at: row.time("due_at")?,
            dead_letters: u64::try_from(row.number("dead_letters")?)?,
        })
    }
}

impl FromRow for WebhookSecrets {
    fn from_row(row: &dyn Columns) -> diesel::deserialize::Result<Self> {
        Ok(Self {
            current: row.text("secret")?,
            previous: row.text_or_none("previous_secret")?,
        })
    }
}

impl FromRow for DeadLetter {
    fn from_row(row: &dyn Columns) -> diesel::deserialize::Result<Self> {
        Ok(Self {
            seq: row.number("seq")?,
            failed_at: row.time("failed_at")?,
            attempts: u32::try_from(row.number("attempts")?)?,
            error: row.text("error")?,
            resend_requested_at: row.time_or_none("resend_requested_at")?,
        })
    }
}

/// Returns the parameters of [`RENEW`] and [`RELEASE`].
fn saved(
    id: &str,
    lease: &Lease,
    progress: &WebhookProgress,
    duration: SignedDuration,
) -> [Parameter; 7] {
    let WebhookProgress {
        last_change,
        failures,
        first_failed_at,
        last_error,
    } = progress.clone();
    [
        id.into(),
        lease.as_str().into(),
        last_change.into(),
        failures.into(),
        first_failed_at.into(),
        last_error.into(),
        duration.into(),
    ]
}

#[async_trait]
impl<D: Database> WebhookStore for Repository<D> {
    async fn add_webhook(&self, webhook: &Webhook, secret: &str, after: Option<i64>) -> Result<()> {
        let Webhook {
            id,
            tenant_id,
            url,
            payload,
            created_at,
            progress: _,
            due_at: _,
            dead_letters: _,
        } = webhook;
        let add = ADD.with([
            (&**id).into(),
            (*tenant_id).into(),
            (&**url).into(),
            (&**payload).into(),
            secret.into(),
            (*created_at).into(),
            after.into(),
        ]);
        self.0.count(add).await.map(|_| ())
    }

    async fn webhooks(&self) -> Result<Vec<Webhook>> {
        self.0.read(LIST.with([Parameter::Text(None)])).await
    }

    async fn find_webhook(&self, id: &str) -> Result<Option<Webhook>> {
        self.0.read_one(LIST.with([id.into()])).await
    }

    async fn remove_webhook(&self, id: &str) -> Result<bool> {
        Ok(self.0.count(REMOVE.with([id.into()])).await? > 0)
    }

    async fn webhook_secrets(&self, id: &str) -> Result<Option<WebhookSecrets>> {
        self.0.read_one(SECRETS.with([id.into()])).await
    }

    async fn rotate_webhook_secret(
        &self,
        id: &str,
        secret: &str,
        overlap: SignedDuration,
    ) -> Result<bool> {
        let rotate = ROTATE.with([id.into(), secret.into(), overlap.into()]);
        Ok(self.0.count(rotate).await? > 0)
    }

    async fn claim_webhook(
        &self,
        lease: &Lease,
        duration: SignedDuration,
    ) -> Result<Option<Webhook>> {
        let free: Vec<String> = self.0.read(FREE.with([])).await?;
        for id in free {
            let claim = CLAIM.with([(&*id).into(), lease.as_str().into(), duration.into()]);
            if self.0.count(claim).await? > 0 {
                return self.find_webhook(&id).await;
            }
        }
        Ok(None)
    }

    async fn renew_webhook(
        &self,
        id: &str,
        lease: &Lease,
        progress: &WebhookProgress,
        duration: SignedDuration,
    ) -> Result<bool> {
        let renew = RENEW.with(saved(id, lease, progress, duration));
        Ok(self.0.count(renew).await? > 0)
    }

    async fn release_webhook(
        &self,
        id: &str,
        lease: &Lease,
        progress: &WebhookProgress,
        pause: SignedDuration,
    ) -> Result<()> {
        let release = RELEASE.with(saved(id, lease, progress, pause));
        self.0.count(release).await.map(|_| ())
    }

    async fn put_dead_letter(&self, webhook: &str, letter: &DeadLetter, limit: u32) -> Result<()> {
        let DeadLetter {
            seq,
            failed_at,
            attempts,
            error,
            resend_requested_at,
        } = letter;
        let put = PUT_DEAD_LETTER.with([
            webhook.into(),
            (*seq).into(),
            (*failed_at).into(),
            (*attempts).into(),
            (&**error).into(),
            (*resend_requested_at).into(),
        ]);
        self.0.count(put).await?;
        let trim = TRIM_DEAD_LETTERS.with([webhook.into(), limit.into()]);
        self.0.count(trim).await.map(|_| ())
    }

    async fn dead_letters(
        &self,
        webhook: &str,
        after: i64,
        is_requested: bool,
        limit: u32,
    ) -> Result<Vec<DeadLetter>> {
        let parameters = [
            webhook.into(),
            after.into(),
            is_requested.into(),
            limit.into(),
        ];
        self.0.read(DEAD_LETTERS.with(parameters)).await
    }

    async fn request_resend(&self, webhook: &str, seq: Option<i64>, at: Timestamp) -> Result<u64> {
        let request = REQUEST_RESEND.with([webhook.into(), seq.into(), at.into()]);
        let count = self.0.count(request).await?;
        self.0.count(MAKE_DUE.with([webhook.into()])).await?;
        Ok(count as u64)
    }

    async fn remove_dead_letter(&self, webhook: &str, seq: i64) -> Result<()> {
        let remove = REMOVE_DEAD_LETTER.with([webhook.into(), seq.into()]);
        self.0.count(remove).await.map(|_| ())
    }
}
