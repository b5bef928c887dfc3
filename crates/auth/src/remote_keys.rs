//! Keys that are fetched from an issuer's URL.

use std::{
    sync::{
        Arc, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use manyface_core::{BoxError, Counter};
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    task::{JoinHandle, spawn, spawn_blocking},
};

use crate::{
    Algorithm, FetchKeys,
    jwks::{self, ReadKeys},
    key::KeySet,
    key_ring::KeyRing,
    skipped_key::{self, SkippedKey},
    token_error::TokenError,
};

/// The maximum interval between fetches while there are no keys.
const FIRST_RETRY: Duration = Duration::from_secs(5);

/// Keys from a URL, fetched again as they age, and trusted for a limited time while fetching fails.
///
/// Times are in milliseconds since the epoch. They change under the lock `flight`, but are read
/// without it.
pub(crate) struct RemoteKeys {
    source: Source,
    ring: Arc<KeyRing>,
    /// The start of the last fetch.
    attempted_at: AtomicI64,
    /// The time from which a request starts a fetch without waiting for it.
    due_at: AtomicI64,
    /// The time from which a request waits for a fetch.
    overdue_at: AtomicI64,
    /// The time until which the keys are trusted if fetching fails.
    trusted_until: AtomicI64,
    /// The end of the last successful fetch.
    fetched_at: AtomicI64,
    failures: Counter,
    /// Locked during a fetch.
    flight: Arc<Mutex<()>>,
    /// The skipped keys that have been logged.
    reported: std::sync::Mutex<Vec<SkippedKey>>,
}

/// The source of keys, and its intervals.
pub(crate) struct Source {
    pub(crate) url: String,
    /// For the log.
    pub(crate) dialect: String,
    /// For the log.
    pub(crate) issuer: String,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) fetch: Arc<dyn FetchKeys>,
    pub(crate) clock: fn() -> Timestamp,
    pub(crate) max_age: Duration,
    /// At least [`Source::max_age`].
    pub(crate) max_stale: Duration,
    pub(crate) cooldown: Duration,
}

impl RemoteKeys {
    /// Creates keys that are stored in `ring`.
    pub(crate) fn new(source: Source, ring: Arc<KeyRing>) -> Self {
        Self {
            source,
            ring,
            attempted_at: AtomicI64::new(i64::MIN),
            due_at: AtomicI64::new(i64::MIN),
            overdue_at: AtomicI64::new(i64::MIN),
            trusted_until: AtomicI64::new(i64::MIN),
            fetched_at: AtomicI64::new(i64::MIN),
            failures: Counter::default(),
            flight: Arc::default(),
            reported: std::sync::Mutex::default(),
        }
    }

    /// Returns whether the current keys may be used at `now`. Starts a fetch if they are old.
    pub(crate) fn are_fresh(self: &Arc<Self>, now: Timestamp) -> bool {
        if self.is_overdue(now) {
            return false;
        }
        if millis(now) >= self.due_at.load(Ordering::Acquire) {
            self.fetch_in_background(now);
        }
        true
    }

    /// Starts a fetch, unless one is running.
    pub(crate) fn fetch_in_background(self: &Arc<Self>, now: Timestamp) {
        if let Ok(flight) = Arc::clone(&self.flight).try_lock_owned() {
            self.spawn_fetch(flight, now);
        }
    }

    /// Fetches the keys, after a running fetch has finished.
    pub(crate) fn refetch(self: &Arc<Self>, now: Timestamp) -> JoinHandle<()> {
        let this = Arc::clone(self);
        spawn(async move {
            let flight = Arc::clone(&this.flight).lock_owned().await;
            this.fetch_and_wait(flight, now).await;
        })
    }

    /// Returns the keys to use at `now`, and fetches them first if necessary.
    pub(crate) async fn current(
        self: &Arc<Self>,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, TokenError> {
        if !self.are_fresh(now) {
            let flight = Arc::clone(&self.flight).lock_owned().await;
            if self.is_overdue(now) {
                self.fetch_and_wait(flight, now).await;
            }
        }
        known(self.ring.keys())
    }

    /// Fetches the keys again, unless the cooldown has not passed or they have changed since the
    /// generation `seen`. Returns the current keys.
    pub(crate) async fn refetch_after_cooldown(
        self: &Arc<Self>,
        seen: u64,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, TokenError> {
        let flight = Arc::clone(&self.flight).lock_owned().await;
        let last_attempt = self.attempted_at.load(Ordering::Acquire);
        let is_cool = millis(now) >= after(last_attempt, self.source.cooldown);
        if is_cool && self.ring.generation() == seen {
            self.fetch_and_wait(flight, now).await;
        }
        known(self.ring.keys())
    }

    /// Fetches and parses the keys without storing them.
    pub(crate) async fn inspect(&self) -> Result<ReadKeys, BoxError> {
        let document = self.download().await?;
        Ok(jwks::parse(&document, &self.source.algorithms)?)
    }

    /// Returns the URL without its query, which may contain a secret.
    pub(crate) fn url(&self) -> &str {
        let url = &self.source.url;
        url.split_once('?').map_or(url, |(url, _)| url)
    }

    /// Returns the time since the last successful fetch, or `None` before it.
    pub(crate) fn age(&self, now: Timestamp) -> Option<Duration> {
        match self.fetched_at.load(Ordering::Acquire) {
            i64::MIN => None,
            at => Some(Duration::from_millis(
                u64::try_from(millis(now).saturating_sub(at)).unwrap_or(0),
            )),
        }
    }

    /// Returns the number of failed fetches.
    pub(crate) fn failures(&self) -> u64 {
        self.failures.get()
    }

    fn is_overdue(&self, now: Timestamp) -> bool {
        millis(now) >= self.overdue_at.load(Ordering::Acquire)
    }

    async fn fetch_and_wait(self: &Arc<Self>, flight: OwnedMutexGuard<()>, now: Timestamp) {
        if let Err(error) = self.spawn_fetch(flight, now).await {
            tracing::error!(%error, "the fetch of issuer keys was aborted");
        }
    }

    /// Fetches in a separate task, so that a cancelled request does not cancel the fetch.
    fn spawn_fetch(
        self: &Arc<Self>,
        flight: OwnedMutexGuard<()>,
        now: Timestamp,
    ) -> JoinHandle<()> {
        let began = millis(now);
        self.attempted_at.store(began, Ordering::Release);
        self.due_at
            .store(after(began, self.source.cooldown), Ordering::Release);
        let this = Arc::clone(self);
        spawn(async move {
            this.fetch().await;
            drop(flight);
        })
    }

    async fn fetch(&self) {
        let read = self.inspect().await;
        let now = millis((self.source.clock)());
        match read {
            Ok(read) => self.accept(read, now),
            Err(error) => self.handle_failure(&error, now),
        }
    }

    async fn download(&self) -> Result<Vec<u8>, BoxError> {
        let (fetch, url) = (Arc::clone(&self.source.fetch), self.source.url.clone());
        let document = spawn_blocking(move || fetch.fetch(&url)).await;
        document.unwrap_or_else(|error| Err(error.into()))
    }

    /// Stores fetched keys. An empty set is valid: the issuer has revoked all keys.
    fn accept(&self, read: ReadKeys, now: i64) {
        self.fetched_at.store(now, Ordering::Release);
        self.log(&read);
        let summary = crate::key::summary(&read.keys);
        if self.ring.replace(read.keys) {
            let Source {
                dialect, issuer, ..
            } = &self.source;
            tracing::info!(%dialect, %issuer, url = self.url(), keys = summary, "new issuer keys");
        }
        let Source {
            max_age, max_stale, ..
        } = self.source;
        self.due_at
            .store(after(now, max_age / 2), Ordering::Release);
        self.trusted_until
            .store(after(now, max_stale), Ordering::Release);
        self.overdue_at
            .store(after(now, max_age), Ordering::Release);
    }

    /// Keeps the old keys while they may be trusted.
    fn handle_failure(&self, error: &BoxError, now: i64) {
        self.failures.increment();
        let Source {
            dialect,
            issuer,
            max_age,
            cooldown,
            ..
        } = &self.source;
        let url = self.url();
        tracing::warn!(%dialect, %issuer, url, %error, "cannot fetch issuer keys");
        let trusted_until = self.trusted_until.load(Ordering::Acquire);
        let overdue_at = if now < trusted_until {
            // Under constant load, background retries move this time on. After an idle period, one
            // request waits for a fetch.
            after(now, *max_age.max(cooldown)).min(trusted_until)
        } else {
            after(now, FIRST_RETRY.min(*cooldown))
        };
        if now >= trusted_until && self.ring.keys().is_known {
            let seconds = self.source.max_stale.as_secs();
            tracing::error!(
                %dialect, %issuer, url, keys_max_stale_seconds = seconds,
                "issuer keys are too old to be trusted; tokens of the issuer are rejected until the keys can be fetched"
            );
            self.ring.withdraw();
        }
        self.overdue_at.store(overdue_at, Ordering::Release);
    }

    /// Logs unusable keys, once until they change.
    fn log(&self, read: &ReadKeys) {
        let Source {
            dialect, issuer, ..
        } = &self.source;
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        if *reported != read.skipped {
            skipped_key::log(&read.skipped, dialect, issuer, self.url());
            reported.clone_from(&read.skipped);
        }
        if read.keys.is_empty() {
            let skipped = SkippedKey::line(&read.skipped);
            tracing::warn!(
                %dialect, %issuer, url = self.url(), skipped,
                "no issuer key fits the algorithms; all tokens of the issuer are rejected"
            );
        }
    }
}

fn known(keys: Arc<KeySet>) -> Result<Arc<KeySet>, TokenError> {
    if keys.is_known {
        Ok(keys)
    } else {
        Err(TokenError::KeysUnavailable)
    }
}

fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

fn after(millis: i64, duration: Duration) -> i64 {
    millis.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}
