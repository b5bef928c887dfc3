//! Keys that an issuer publishes under a URL.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use manyface_core::{BoxError, Denial};
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    task::{JoinHandle, spawn, spawn_blocking},
};

use crate::{
    Algorithm, FetchKeys, jwks,
    key::{Key, KeySet},
    key_ring::KeyRing,
};

/// While there were never any keys, fetches are tried this often.
const FIRST_RETRY: Duration = Duration::from_secs(5);

/// Keys that are fetched, kept while fetching fails, and refetched as they age.
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
    /// Held while a fetch is under way.
    flight: Arc<Mutex<()>>,
}

/// Where keys come from, and how often.
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
            flight: Arc::default(),
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

    /// The keys that count at `now`, fetched if they have to be.
    pub(crate) async fn current(self: &Arc<Self>, now: Timestamp) -> Result<Arc<KeySet>, Denial> {
        if !self.are_fresh(now) {
            let flight = Arc::clone(&self.flight).lock_owned().await;
            if self.is_overdue(now) {
                self.landed(flight, now).await;
            }
        }
        let keys = self.ring.keys();
        if keys.generation == 0 {
            return Err(Denial::Unavailable);
        }
        Ok(keys)
    }

    /// The keys after another look, because a token names a key that `seen` does not hold. Looks are
    /// a cooldown apart.
    pub(crate) async fn look_again(self: &Arc<Self>, seen: u64, now: Timestamp) -> Arc<KeySet> {
        let flight = Arc::clone(&self.flight).lock_owned().await;
        let looked_at = self.attempted_at.load(Ordering::Acquire);
        let is_cool = millis(now) >= after(looked_at, self.source.cooldown);
        if is_cool && self.ring.generation() == seen {
            self.landed(flight, now).await;
        }
        self.ring.keys()
    }

    fn is_overdue(&self, now: Timestamp) -> bool {
        millis(now) >= self.overdue_at.load(Ordering::Acquire)
    }

    async fn landed(self: &Arc<Self>, flight: OwnedMutexGuard<()>, now: Timestamp) {
        if let Err(error) = self.launch(flight, now).await {
            tracing::error!(%error, "fetching keys broke off");
        }
    }

    /// Fetches in a task of its own, so that a request that goes away does not take the fetch along.
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
        let (fetch, url) = (Arc::clone(&self.source.fetch), self.source.url.clone());
        let document = spawn_blocking(move || fetch.fetch(&url)).await;
        let keys = document
            .unwrap_or_else(|error| Err(error.into()))
            .and_then(|document| self.read(&document));
        let now = millis((self.source.clock)());
        match keys {
            Ok(keys) => {
                self.ring.replace(keys);
                let half = self.source.max_age / 2;
                self.due_at.store(after(now, half), Ordering::Release);
                self.overdue_at
                    .store(after(now, self.source.max_age), Ordering::Release);
            }
            Err(error) => {
                let Source {
                    dialect, issuer, ..
                } = &self.source;
                tracing::warn!(%dialect, %issuer, %error, "keys cannot be fetched");
                let overdue = match self.ring.generation() {
                    0 => after(now, self.source.cooldown.min(FIRST_RETRY)),
                    // The old keys are kept. While requests come, retries in the background move this
                    // on; after a silence, one request waits for a fetch.
                    _ => after(now, self.source.max_age.max(self.source.cooldown)),
                };
                self.overdue_at.store(overdue, Ordering::Release);
            }
        }
    }

    /// An empty set is an answer: its issuer trusts none of its keys any more.
    fn read(&self, document: &[u8]) -> Result<Vec<Key>, BoxError> {
        let Source {
            dialect,
            issuer,
            algorithms,
            ..
        } = &self.source;
        let read = jwks::parse(document, algorithms).ok_or("not a JWK set")?;
        if read.secret > 0 {
            let count = read.secret;
            tracing::warn!(%dialect, %issuer, count, "private or symmetric keys are refused");
        }
        if read.keys.is_empty() {
            tracing::warn!(%dialect, %issuer, "no key fits the algorithms");
        }
        Ok(read.keys)
    }
}

fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

fn after(millis: i64, duration: Duration) -> i64 {
    millis.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}
