//! Periodic maintenance of a server.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use manyface_core::{AdminRepository, Quotas, Result, Retention, Uploads, UsageStore, chain};
use manyface_serve::UsageCounter;
use tokio::time::Instant;

use crate::system;

/// The interval between runs.
const PAUSE: Duration = Duration::from_secs(10 * 60);
/// The interval between the storage of usage counts.
const USAGE_PAUSE: Duration = Duration::from_secs(10);
/// The interval between purges of usage counts.
const USAGE_PURGE_PAUSE: Duration = Duration::from_secs(60 * 60);
/// The maximum number of entries per query.
const BATCH_SIZE: u32 = 500;
/// The interval between checks of the age of history entries.
const AGE_PAUSE: SignedDuration = SignedDuration::from_hours(24);
/// The ratio of the pause after a batch to the batch's duration, which leaves most of the
/// database's time to requests.
const PAUSE_RATIO: u32 = 9;
/// The maximum difference between the clocks of hosts.
const MAX_CLOCK_SKEW: SignedDuration = SignedDuration::from_hours(1);

/// Purges expired uploads periodically, so that unused images can be collected.
pub(crate) async fn purge_expired_uploads(uploads: Arc<dyn Uploads>) {
    loop {
        tokio::time::sleep(PAUSE).await;
        loop {
            match uploads.purge_expired(system::now(), BATCH_SIZE).await {
                Ok(count) if count == BATCH_SIZE => {}
                Ok(_) => break,
                Err(error) => {
                    let cause = chain(&error);
                    tracing::warn!(cause, "cannot purge expired uploads; retrying later");
                    break;
                }
            }
        }
    }
}

/// Stores usage counts periodically, and purges those without a use for `days`.
pub(crate) async fn store_usage(counter: Arc<UsageCounter>, store: Arc<dyn UsageStore>, days: u32) {
    let mut purged_at = Instant::now();
    loop {
        tokio::time::sleep(USAGE_PAUSE).await;
        flush_usage(&counter, &*store).await;
        if purged_at.elapsed() >= USAGE_PURGE_PAUSE {
            purged_at = Instant::now();
            let age = SignedDuration::from_hours(24 * i64::from(days));
            let before = system::now().checked_sub(age).unwrap_or(Timestamp::MIN);
            if let Err(error) = store.purge_usage(before).await {
                let cause = chain(&error);
                tracing::warn!(cause, "cannot purge usage counts; retrying later");
            }
        }
    }
}

/// Stores the usage counts since the last call.
pub(crate) async fn flush_usage(counter: &UsageCounter, store: &dyn UsageStore) {
    let counts = counter.take();
    if counts.is_empty() {
        return;
    }
    if let Err(error) = store.add_usage(&counts).await {
        let cause = chain(&error);
        tracing::warn!(cause, "cannot store usage counts; retrying later");
        counter.restore(counts);
    }
}

/// Removes history entries beyond their retention, periodically.
pub(crate) async fn trim_histories(repository: Arc<dyn AdminRepository>, quotas: Quotas) {
    let pause = Duration::from_secs(quotas.history_every_seconds.max(1).into());
    let mut trimmer = Trimmer::new(quotas);
    loop {
        tokio::time::sleep(pause).await;
        match trimmer.run(&*repository, system::now()).await {
            Ok(0) => {}
            Ok(removed) => tracing::debug!(removed, "trimmed histories"),
            Err(error) => {
                let cause = chain(&error);
                tracing::warn!(cause, "cannot trim histories; retrying later");
            }
        }
    }
}

/// The position of the history checks.
struct Trimmer {
    quotas: Quotas,
    /// The last checked entry. The first run checks all entries, because the limits may be new.
    last: i64,
    /// The time of the last age check.
    aged_at: Option<Timestamp>,
}

impl Trimmer {
    fn new(quotas: Quotas) -> Self {
        Self {
            quotas,
            last: 0,
            aged_at: None,
        }
    }

    /// Checks new entries against the size limits of their histories and, once a day, the age of
    /// the oldest ones. Returns the number of removed entries.
    async fn run(&mut self, repository: &dyn AdminRepository, now: Timestamp) -> Result<u64> {
        let days = i64::from(self.quotas.history_days);
        let since = match days {
            0 => Timestamp::MIN,
            days => {
                let age = SignedDuration::from_hours(24 * days);
                now.checked_sub(age).unwrap_or(Timestamp::MIN)
            }
        };
        let retention = Retention {
            entries: Quotas::limit(self.quotas.history_entries),
            bytes: u64::from(Quotas::limit(self.quotas.history_mib)) * 1024 * 1024,
            since,
        };
        let mut removed = 0;
        let is_due = |at: Timestamp| now.duration_since(at) >= AGE_PAUSE;
        if self.aged_at.is_none_or(is_due) {
            removed += trim(repository, &retention, &mut 0, Some(since + MAX_CLOCK_SKEW)).await?;
            self.aged_at = Some(now);
        }
        removed += trim(repository, &retention, &mut self.last, None).await?;
        Ok(removed)
    }
}

/// Checks entries after `last`, to the end or until they are newer than `until`.
async fn trim(
    repository: &dyn AdminRepository,
    retention: &Retention,
    last: &mut i64,
    until: Option<Timestamp>,
) -> Result<u64> {
    let mut removed = 0;
    loop {
        let begun = Instant::now();
        let trimmed = repository.trim_history(retention, *last).await?;
        removed += trimmed.removed;
        let is_young = until.is_some_and(|until| trimmed.at.is_none_or(|at| at > until));
        match trimmed.last {
            Some(next) if !is_young || next == *last => {
                *last = next;
                tokio::time::sleep(begun.elapsed() * PAUSE_RATIO).await;
            }
            Some(_) | None => return Ok(removed),
        }
    }
}
