//! Keys that an issuer publishes under a URL.

use std::{
    sync::{
        Arc, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use manyface_core::BoxError;
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

/// While there are no keys, fetches are tried this often.
const FIRST_RETRY: Duration = Duration::from_secs(5);

/// Keys that are fetched, refetched as they age, and kept for a time while fetching fails.
///
/// Times are milliseconds since the epoch. They move under `flight`, but are read without it.
pub(crate) struct RemoteKeys {
    source: Source,
    ring: Arc<KeyRing>,
    /// When the last fetch began.
    attempted_at: AtomicI64,
    /// From when a request causes a fetch, without waiting for it.
    due_at: AtomicI64,
    /// From when a request waits for a fetch.
    overdue_at: AtomicI64,
    /// Until when the keys are trusted if they cannot be fetched again.
    trusted_until: AtomicI64,
    /// Held while a fetch is under way.
    flight: Arc<Mutex<()>>,
    /// The keys that the log already says are skipped.
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
    /// Keys that will be put on `ring`.
    pub(crate) fn new(source: Source, ring: Arc<KeyRing>) -> Self {
        Self {
            source,
            ring,
            attempted_at: AtomicI64::new(i64::MIN),
            due_at: AtomicI64::new(i64::MIN),
            overdue_at: AtomicI64::new(i64::MIN),
            trusted_until: AtomicI64::new(i64::MIN),
            flight: Arc::default(),
            reported: std::sync::Mutex::default(),
        }
    }

    /// Whether the current keys may still be used at `now`. Starts a fetch if they get old.
    pub(crate) fn are_fresh(self: &Arc<Self>, now: Timestamp) -> bool {
        if self.is_overdue(now) {
            return false;
        }
        if millis(now) >= self.due_at.load(Ordering::Acquire) {
            self.fetch_in_background(now);
        }
        true
    }

    /// Starts a fetch, unless one is under way.
    pub(crate) fn fetch_in_background(self: &Arc<Self>, now: Timestamp) {
        if let Ok(flight) = Arc::clone(&self.flight).try_lock_owned() {
            self.launch(flight, now);
        }
    }

    /// Fetches the keys now, after a fetch that may be under way.
    pub(crate) fn refetch(self: &Arc<Self>, now: Timestamp) -> JoinHandle<()> {
        let this = Arc::clone(self);
        spawn(async move {
            let flight = Arc::clone(&this.flight).lock_owned().await;
            this.landed(flight, now).await;
        })
    }

    /// The keys that count at `now`, fetched if they have to be.
    pub(crate) async fn current(
        self: &Arc<Self>,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, TokenError> {
        if !self.are_fresh(now) {
            let flight = Arc::clone(&self.flight).lock_owned().await;
            if self.is_overdue(now) {
                self.landed(flight, now).await;
            }
        }
        known(self.ring.keys())
    }

    /// The keys after another look, because those of the generation `seen` do not prove a token.
    /// Looks are a cooldown apart.
    pub(crate) async fn look_again(
        self: &Arc<Self>,
        seen: u64,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, TokenError> {
        let flight = Arc::clone(&self.flight).lock_owned().await;
        let last_attempt = self.attempted_at.load(Ordering::Acquire);
        let is_cool = millis(now) >= after(last_attempt, self.source.cooldown);
        if is_cool && self.ring.generation() == seen {
            self.landed(flight, now).await;
        }
        known(self.ring.keys())
    }

    /// Fetches and reads the keys without using them.
    pub(crate) async fn inspect(&self) -> Result<ReadKeys, BoxError> {
        let document = self.download().await?;
        Ok(jwks::parse(&document, &self.source.algorithms)?)
    }

    /// The URL without a query, which may hold a secret.
    pub(crate) fn url(&self) -> &str {
        let url = &self.source.url;
        url.split_once('?').map_or(url, |(url, _)| url)
    }

    fn is_overdue(&self, now: Timestamp) -> bool {
        millis(now) >= self.overdue_at.load(Ordering::Acquire)
    }

    async fn landed(self: &Arc<Self>, flight: OwnedMutexGuard<()>, now: Timestamp) {
        if let Err(error) = self.launch(flight, now).await {
            tracing::error!(%error, "the fetch of issuer keys was aborted");
        }
    }

    /// Fetches in a separate task, so that a cancelled request does not cancel the fetch.
    fn launch(self: &Arc<Self>, flight: OwnedMutexGuard<()>, now: Timestamp) -> JoinHandle<()> {
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
            Err(error) => self.give_up(&error, now),
        }
    }

    async fn download(&self) -> Result<Vec<u8>, BoxError> {
        let (fetch, url) = (Arc::clone(&self.source.fetch), self.source.url.clone());
        let document = spawn_blocking(move || fetch.fetch(&url)).await;
        document.unwrap_or_else(|error| Err(error.into()))
    }

    /// Takes over fetched keys. An empty set is valid: its issuer trusts none of its keys any more.
    fn accept(&self, read: ReadKeys, now: i64) {
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

    /// Keeps the old keys as long as they may be trusted.
    fn give_up(&self, error: &BoxError, now: i64) {
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
            // While requests come, retries in the background move this on; after a silence, one
            // request waits for a fetch.
            after(now, *max_age.max(cooldown)).min(trusted_until)
        } else {
            after(now, FIRST_RETRY.min(*cooldown))
        };
        if now >= trusted_until && self.ring.keys().is_known {
            let seconds = self.source.max_stale.as_secs();
            tracing::error!(
                %dialect, %issuer, url, keys_max_stale_seconds = seconds,
                "issuer keys are too old to be trusted; its tokens are rejected until they can be fetched"
            );
            self.ring.withdraw();
        }
        self.overdue_at.store(overdue_at, Ordering::Release);
    }

    /// Logs what is wrong with the keys, once as long as it stays the same.
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
                "no issuer key fits the algorithms; all of its tokens are rejected"
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
