//! Measurements of the store.

use std::time::Duration;

use manyface_core::{Counter, Error, Gauge, Histogram, Result};

/// The bounds of the sizes of batches, in requests.
const SIZE_BOUNDS: &[u64] = &[1, 2, 4, 8, 16, 32, 64];
/// The bounds of waiting times, in microseconds.
const WAIT_BOUNDS: &[u64] = &[
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000,
    5_000_000,
];

/// The measurements of a store, since it was opened.
#[derive(Debug, Default)]
pub struct StoreMetrics {
    /// The queue of reads.
    pub reads: QueueMetrics,
    /// The queue of writes.
    pub writes: QueueMetrics,
    /// The requests of a queue that failed because the database was unavailable or overloaded.
    pub unavailable: Counter,
    /// The requests of a queue that failed because of the statement or its rows.
    pub failed: Counter,
}

/// The measurements of a queue of requests that are sent to the database in batches.
#[derive(Debug)]
pub struct QueueMetrics {
    /// The requests that wait or run.
    pub pending: Gauge,
    /// The number of requests in each batch.
    pub batch_sizes: Histogram,
    /// The time that each request waited for its batch, in microseconds.
    pub waits: Histogram,
}

/// The state of the pool of connections, which SQLite does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolStatus {
    /// The maximum number of connections.
    pub max: usize,
    /// The number of open connections.
    pub open: usize,
    /// The number of open connections that are idle.
    pub idle: usize,
    /// The number of requests that wait for a connection.
    pub waiting: usize,
}

impl Default for QueueMetrics {
    fn default() -> Self {
        Self {
            pending: Gauge::default(),
            batch_sizes: Histogram::new(SIZE_BOUNDS),
            waits: Histogram::new(WAIT_BOUNDS),
        }
    }
}

impl QueueMetrics {
    /// Records a batch, from the times that its requests have waited.
    pub(crate) fn record_batch(&self, waits: impl ExactSizeIterator<Item = Duration>) {
        self.batch_sizes.record(waits.len() as u64);
        for wait in waits {
            self.waits.record_duration(wait);
        }
    }
}

impl StoreMetrics {
    /// Counts the error of a result, if it is one of the database.
    pub(crate) fn count_error<T>(&self, result: &Result<T>) {
        match result {
            Err(Error::Unavailable(_)) => self.unavailable.increment(),
            Err(Error::Storage(_)) => self.failed.increment(),
            Ok(_) | Err(_) => {}
        }
    }
}
