//! Maintenance that a server does now and then.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use manyface_core::{AdminRepository, Quotas, Result, Retention, Uploads, chain};
use tokio::time::Instant;

use crate::system;

/// How often uploads are looked through.
const PAUSE: Duration = Duration::from_secs(10 * 60);
/// How many are forgotten at a time.
const BATCH: u32 = 500;
/// The interval between checks of the age of history entries.
const AGE_PAUSE: SignedDuration = SignedDuration::from_hours(24);
/// How many times longer than it took to look at some entries the next ones are left alone, so that
/// requests have most of the database's time.
const REST: u32 = 9;
/// By how much the clocks of hosts may differ.
const CLOCKS: SignedDuration = SignedDuration::from_hours(1);

/// Forgets uploads that have expired, for ever: what refers to an image no more lets it be
/// collected.
pub(crate) async fn purge_expired_uploads(uploads: Arc<dyn Uploads>) {
    loop {
        tokio::time::sleep(PAUSE).await;
        loop {
            match uploads.purge_expired(system::now(), BATCH).await {
                Ok(count) if count == BATCH => {}
                Ok(_) => break,
                Err(error) => {
                    let cause = chain(&error);
                    tracing::warn!(cause, "could not purge expired uploads; retrying later");
                    break;
                }
            }
        }
    }
}

/// Removes entries of histories that are over their retention, for ever.
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
                tracing::warn!(cause, "could not trim histories; retrying later");
            }
        }
    }
}

/// How far histories were looked through.
struct Trimmer {
    quotas: Quotas,
    /// The last entry that was checked. The first run checks all: their number may exceed a
    /// limit that is new.
    last: i64,
    /// When the age of all entries was checked.
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

    /// Checks the entries that are new since the last run, for the size of each history, and
    /// once a day at the oldest; returns how many were removed.
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
            entries: Quotas::most(self.quotas.history_entries),
            bytes: u64::from(Quotas::most(self.quotas.history_mib)) * 1024 * 1024,
            since,
        };
        let mut removed = 0;
        let is_due = |at: Timestamp| now.duration_since(at) >= AGE_PAUSE;
        if self.aged_at.is_none_or(is_due) {
            removed += trim(repository, &retention, &mut 0, Some(since + CLOCKS)).await?;
            self.aged_at = Some(now);
        }
        removed += trim(repository, &retention, &mut self.last, None).await?;
        Ok(removed)
    }
}

/// Checks entries from `last` on, to the end or until they are younger than `until`.
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
                tokio::time::sleep(begun.elapsed() * REST).await;
            }
            Some(_) | None => return Ok(removed),
        }
    }
}
