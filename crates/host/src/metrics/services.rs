//! The metrics of the parts of a server.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use manyface_auth::TokenAuthenticator;
use manyface_core::{Counter, Gauge, Histogram};
use manyface_serve::{Readiness, RejectionLog};
use manyface_store::Store;

use super::exposition::{Exposition, Labels, to_float};
use crate::media::Media;

/// The number of microseconds in a second.
const MICROSECONDS: f64 = 1_000_000.0;
/// The bounds of the age of a change that is sent, in microseconds.
const LAG_BOUNDS: &[u64] = &[
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    60_000_000,
    600_000_000,
    3_600_000_000,
];
/// The most frequent reasons of rejected credentials, which exist before the first rejection.
const REASONS: [&str; 14] = [
    "missing",
    "malformed",
    "malformed_token",
    "unknown_issuer",
    "unknown_key",
    "wrong_signature",
    "wrong_audience",
    "expired",
    "not_yet_valid",
    "keys_unavailable",
    "unknown_api_key",
    "api_keys_unavailable",
    "sign_in_unavailable",
    "unknown_caller",
];

/// The measurements of the feed of changes.
#[derive(Debug)]
pub(crate) struct FeedMetrics {
    /// The open streams.
    pub(crate) streams: Gauge,
    sent: Counter,
    lags: Histogram,
}

impl Default for FeedMetrics {
    fn default() -> Self {
        Self {
            streams: Gauge::default(),
            sent: Counter::default(),
            lags: Histogram::new(LAG_BOUNDS),
        }
    }
}

impl FeedMetrics {
    /// Counts a change of this time that is sent at `now`.
    pub(crate) fn record_sent(&self, at: Timestamp, now: Timestamp) {
        self.sent.increment();
        let lag = now.as_microsecond().saturating_sub(at.as_microsecond());
        self.lags.record(u64::try_from(lag).unwrap_or(0));
    }

    pub(super) fn write(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        exposition.gauge(
            "manyface_feed_streams",
            "Open streams of changes",
            one(to_float(self.streams.get())),
        )?;
        exposition.counter(
            "manyface_feed_changes_sent",
            "Changes sent to streams",
            one(to_float(self.sent.get())),
        )?;
        exposition.histogram(
            "manyface_feed_lag_seconds",
            "Age of a change when it is sent to a stream",
            MICROSECONDS,
            [(Labels::new(), &self.lags)],
        )
    }
}

pub(super) fn write_server(exposition: &mut Exposition<'_>, readiness: &Readiness) -> fmt::Result {
    let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
    exposition.gauge(
        "manyface_build_info",
        "Version of the program",
        [(version, 1.0)],
    )?;
    exposition.gauge(
        "manyface_ready",
        "1 after the database was prepared, 0 before",
        one(if readiness.is_ready() { 1.0 } else { 0.0 }),
    )
}

pub(super) fn write_rejections(
    exposition: &mut Exposition<'_>,
    log: &RejectionLog,
    dialects: &[&'static str],
) -> fmt::Result {
    let mut counts = BTreeMap::new();
    for dialect in dialects {
        for reason in REASONS {
            counts.insert((*dialect, reason), 0);
        }
    }
    let counted = log.rejections().into_iter();
    counts.extend(counted.map(|(dialect, reason, count)| ((dialect, reason), count)));
    exposition.counter(
        "manyface_credential_rejections",
        "Rejected or missing credentials, by dialect and reason (the code of the log line)",
        counts.into_iter().map(|((dialect, reason), count)| {
            let (dialect, reason) = (dialect.to_owned(), reason.to_owned());
            (
                vec![("dialect", dialect), ("reason", reason)],
                to_float(count),
            )
        }),
    )
}

pub(super) fn write_store(exposition: &mut Exposition<'_>, store: &Store) -> fmt::Result {
    let metrics = store.metrics();
    let queues = [("read", &metrics.reads), ("write", &metrics.writes)];
    exposition.gauge(
        "manyface_database_pending_requests",
        "Requests that wait for a batch or run in one",
        queues.map(|(kind, queue)| (label("kind", kind), to_float(queue.pending.get()))),
    )?;
    exposition.histogram(
        "manyface_database_batch_requests",
        "Requests of a batch",
        1.0,
        queues.map(|(kind, queue)| (label("kind", kind), &queue.batch_sizes)),
    )?;
    exposition.histogram(
        "manyface_database_wait_seconds",
        "Time from a request to the start of its batch",
        MICROSECONDS,
        queues.map(|(kind, queue)| (label("kind", kind), &queue.waits)),
    )?;
    let errors = [
        ("unavailable", &metrics.unavailable),
        ("failed", &metrics.failed),
    ];
    exposition.counter(
        "manyface_database_errors",
        "Requests that the database did not serve: unavailable, or a failed statement",
        errors.map(|(kind, count)| (label("kind", kind), to_float(count.get()))),
    )?;
    let pool = store.pool_status();
    let count = |count: usize| to_float(count as u64);
    let states = pool.map(|pool| {
        let used = pool.open.saturating_sub(pool.idle);
        [("idle", pool.idle), ("used", used)]
    });
    exposition.gauge(
        "manyface_database_pool_connections",
        "Open connections of the PostgreSQL pool; none on SQLite",
        states
            .into_iter()
            .flatten()
            .map(|(state, number)| (label("state", state), count(number))),
    )?;
    exposition.gauge(
        "manyface_database_pool_max_connections",
        "Maximum number of connections of the PostgreSQL pool",
        pool.map(|pool| (Labels::new(), count(pool.max))),
    )?;
    exposition.gauge(
        "manyface_database_pool_waiting_requests",
        "Requests that wait for a connection of the PostgreSQL pool",
        pool.map(|pool| (Labels::new(), count(pool.waiting))),
    )
}

pub(super) fn write_media(exposition: &mut Exposition<'_>, media: &Media) -> fmt::Result {
    let queue = media.queue_status();
    exposition.gauge(
        "manyface_image_queue_images",
        "Images that wait for a decoder",
        one(to_float(queue.waiting as u64)),
    )?;
    exposition.gauge(
        "manyface_image_queue_bytes",
        "Size of the images that wait or are decoded",
        one(to_float(queue.bytes as u64)),
    )?;
    exposition.counter(
        "manyface_image_queue_accepted",
        "Images that were accepted into the queue",
        one(to_float(queue.accepted)),
    )?;
    exposition.counter(
        "manyface_image_queue_rejected",
        "Images that were rejected because the queue, or the share of the user, was full",
        one(to_float(queue.rejected)),
    )?;
    exposition.counter(
        "manyface_object_storage_errors",
        "Failed operations of object storage",
        one(to_float(media.storage_errors())),
    )
}

pub(super) fn write_authenticator(
    exposition: &mut Exposition<'_>,
    authenticator: &TokenAuthenticator,
) -> fmt::Result {
    let cache = authenticator.cache_status();
    exposition.gauge(
        "manyface_token_cache_entries",
        "Verified tokens in the cache",
        one(to_float(cache.entries as u64)),
    )?;
    exposition.counter(
        "manyface_token_cache_lookups",
        "Look-ups of tokens in the cache",
        [("hit", cache.hits), ("miss", cache.misses)]
            .map(|(result, count)| (label("result", result), to_float(count))),
    )?;
    let keys = authenticator.fetched_keys();
    let issuers = keys.iter().map(|keys| -> Labels {
        vec![
            ("dialect", keys.dialect.clone()),
            ("issuer", keys.issuer.clone()),
        ]
    });
    exposition.gauge(
        "manyface_issuer_keys_age_seconds",
        "Time since the keys of an issuer were fetched from its URL",
        issuers
            .clone()
            .zip(&keys)
            .filter_map(|(labels, keys)| Some((labels, keys.age_seconds?))),
    )?;
    exposition.counter(
        "manyface_issuer_keys_fetch_failures",
        "Failed fetches of the keys of an issuer",
        issuers
            .zip(&keys)
            .map(|(labels, keys)| (labels, to_float(keys.failures))),
    )
}

fn one(value: f64) -> [(Labels, f64); 1] {
    [(Labels::new(), value)]
}

fn label(name: &'static str, value: &str) -> Labels {
    vec![(name, value.to_owned())]
}
