//! Webhooks in memory.

use std::{collections::BTreeMap, time::Instant};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::{MemoryProfiles, State};
use crate::{
    DeadLetter, Error, Field, Lease, Result, TenantId, Violation, Webhook, WebhookProgress,
    WebhookSecrets, WebhookStore, model::to_micros,
};

/// A stored webhook.
#[derive(Debug)]
pub(super) struct Record {
    webhook: Webhook,
    secret: String,
    previous: Option<(String, Deadline)>,
    due: Deadline,
    lease: Option<(Lease, Deadline)>,
    dead_letters: BTreeMap<i64, DeadLetter>,
}

/// A time in the future of `since`.
#[derive(Clone, Copy, Debug)]
struct Deadline {
    since: Instant,
    after: SignedDuration,
}

impl Deadline {
    fn after(after: SignedDuration) -> Self {
        let since = Instant::now();
        Self { since, after }
    }

    fn is_past(self) -> bool {
        let elapsed = SignedDuration::try_from(self.since.elapsed());
        elapsed.unwrap_or(SignedDuration::MAX) >= self.after
    }
}

impl Record {
    fn to_webhook(&self) -> Webhook {
        Webhook {
            dead_letters: self.dead_letters.len() as u64,
            ..self.webhook.clone()
        }
    }

    fn is_claimed_under(&self, lease: &Lease) -> bool {
        let own = self.lease.as_ref();
        own.is_some_and(|(own, _)| own == lease)
    }

    fn is_free(&self) -> bool {
        let lease = self.lease.as_ref();
        self.due.is_past() && lease.is_none_or(|(_, expiry)| expiry.is_past())
    }
}

impl State {
    fn webhook(&mut self, id: &str) -> Option<&mut Record> {
        let mut records = self.webhooks.iter_mut();
        records.find(|record| record.webhook.id == id)
    }

    fn is_tenant_suspended(&self, tenant: Option<TenantId>) -> bool {
        tenant.is_some_and(|tenant| self.is_suspended(tenant))
    }

    pub(super) fn remove_webhooks_of(&mut self, tenant: TenantId) {
        let is_own = |record: &Record| record.webhook.tenant_id == Some(tenant);
        self.webhooks.retain(|record| !is_own(record));
    }
}

#[async_trait]
impl WebhookStore for MemoryProfiles {
    async fn add_webhook(&self, webhook: &Webhook, secret: &str, after: Option<i64>) -> Result<()> {
        let mut state = self.state();
        let tenant = webhook.tenant_id;
        if tenant.is_some_and(|id| !state.tenants.contains_key(&id)) {
            let violation = Violation::new(Field::TenantId, "does not exist");
            return Err(Error::Invalid(vec![violation]));
        }
        let last = i64::try_from(state.order_of_changes.len()).unwrap_or(i64::MAX);
        let created_at = to_micros(webhook.created_at);
        let webhook = Webhook {
            created_at,
            progress: WebhookProgress {
                last_change: after.unwrap_or(last),
                ..WebhookProgress::default()
            },
            due_at: created_at,
            ..webhook.clone()
        };
        state.webhooks.push(Record {
            webhook,
            secret: secret.to_owned(),
            previous: None,
            due: Deadline::after(SignedDuration::ZERO),
            lease: None,
            dead_letters: BTreeMap::new(),
        });
        Ok(())
    }

    async fn webhooks(&self) -> Result<Vec<Webhook>> {
        let state = self.state();
        let mut webhooks: Vec<_> = state.webhooks.iter().map(Record::to_webhook).collect();
        webhooks.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(webhooks)
    }

    async fn find_webhook(&self, id: &str) -> Result<Option<Webhook>> {
        Ok(self.state().webhook(id).map(|record| record.to_webhook()))
    }

    async fn remove_webhook(&self, id: &str) -> Result<bool> {
        let mut state = self.state();
        let before = state.webhooks.len();
        state.webhooks.retain(|record| record.webhook.id != id);
        Ok(state.webhooks.len() < before)
    }

    async fn webhook_secrets(&self, id: &str) -> Result<Option<WebhookSecrets>> {
        let mut state = self.state();
        Ok(state.webhook(id).map(|record| {
            let previous = record.previous.as_ref();
            let previous = previous.filter(|(_, expiry)| !expiry.is_past());
            WebhookSecrets {
                current: record.secret.clone(),
                previous: previous.map(|(secret, _)| secret.clone()),
            }
        }))
    }

    async fn rotate_webhook_secret(
        &self,
        id: &str,
        secret: &str,
        overlap: SignedDuration,
    ) -> Result<bool> {
        let mut state = self.state();
        let record = state.webhook(id);
        Ok(record.is_some_and(|record| {
            let previous = std::mem::replace(&mut record.secret, secret.to_owned());
            record.previous = Some((previous, Deadline::after(overlap)));
            true
        }))
    }

    async fn claim_webhook(
        &self,
        lease: &Lease,
        duration: SignedDuration,
    ) -> Result<Option<Webhook>> {
        let mut state = self.state();
        let free = state.webhooks.iter().position(|record| {
            record.is_free() && !state.is_tenant_suspended(record.webhook.tenant_id)
        });
        Ok(free.map(|index| {
            let record = &mut state.webhooks[index];
            record.lease = Some((lease.clone(), Deadline::after(duration)));
            record.to_webhook()
        }))
    }

    async fn renew_webhook(
        &self,
        id: &str,
        lease: &Lease,
        progress: &WebhookProgress,
        duration: SignedDuration,
    ) -> Result<bool> {
        let mut state = self.state();
        let record = state.webhook(id);
        let tenant = record.and_then(|record| record.webhook.tenant_id);
        if state.is_tenant_suspended(tenant) {
            return Ok(false);
        }
        let record = state.webhook(id);
        let claimed = record.filter(|record| record.is_claimed_under(lease));
        Ok(claimed.is_some_and(|record| {
            record.webhook.progress = progress.clone();
            record.lease = Some((lease.clone(), Deadline::after(duration)));
            true
        }))
    }

    async fn release_webhook(
        &self,
        id: &str,
        lease: &Lease,
        progress: &WebhookProgress,
        pause: SignedDuration,
    ) -> Result<()> {
        let mut state = self.state();
        let record = state.webhook(id);
        if let Some(record) = record.filter(|record| record.is_claimed_under(lease)) {
            record.webhook.progress = progress.clone();
            record.due = Deadline::after(pause);
            record.lease = None;
        }
        Ok(())
    }

    async fn put_dead_letter(&self, webhook: &str, letter: &DeadLetter, limit: u32) -> Result<()> {
        let mut state = self.state();
        if let Some(record) = state.webhook(webhook) {
            let letters = &mut record.dead_letters;
            letters.insert(letter.seq, letter.clone());
            while letters.len() > limit as usize {
                letters.pop_first();
            }
        }
        Ok(())
    }

    async fn dead_letters(
        &self,
        webhook: &str,
        after: i64,
        is_requested: bool,
        limit: u32,
    ) -> Result<Vec<DeadLetter>> {
        let mut state = self.state();
        let record = state.webhook(webhook);
        let letters = record
            .into_iter()
            .flat_map(|record| record.dead_letters.values());
        let letters = letters.filter(|letter| {
            letter.seq > after && (!is_requested || letter.resend_requested_at.is_some())
        });
        Ok(letters.take(limit as usize).cloned().collect())
    }

    async fn request_resend(&self, webhook: &str, seq: Option<i64>, at: Timestamp) -> Result<u64> {
        let mut state = self.state();
        let Some(record) = state.webhook(webhook) else {
            return Ok(0);
        };
        record.due = Deadline::after(SignedDuration::ZERO);
        let letters = record.dead_letters.values_mut();
        let mut count = 0;
        for letter in letters.filter(|letter| seq.is_none_or(|seq| seq == letter.seq)) {
            letter.resend_requested_at = Some(to_micros(at));
            count += 1;
        }
        Ok(count)
    }

    async fn remove_dead_letter(&self, webhook: &str, seq: i64) -> Result<()> {
        if let Some(record) = self.state().webhook(webhook) {
            record.dead_letters.remove(&seq);
        }
        Ok(())
    }
}
