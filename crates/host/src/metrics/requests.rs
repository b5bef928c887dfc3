//! The metrics of requests.

use std::{collections::HashMap, fmt};

use http::StatusCode;
use manyface_core::{Counter, Histogram};
use manyface_dialect::Dialect;
use manyface_serve::{
    IMAGE_OPERATION, NO_DIALECT, ObservedRequest, RequestObserver, UNKNOWN_OPERATION,
};

use super::exposition::{Exposition, Labels, to_float};

/// The classes of statuses, from 100 to 599.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
/// The bounds of durations, in microseconds.
const DURATION_BOUNDS: &[u64] = &[
    250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 5_000_000, 10_000_000,
];
/// The number of microseconds in a second.
const MICROSECONDS: f64 = 1_000_000.0;

/// The measurements of each operation. All operations exist from the start, so that a counter is 0
/// before the first request.
pub(super) struct RequestMetrics {
    operations: HashMap<(&'static str, &'static str), Operation>,
}

struct Operation {
    by_class: [Counter; CLASSES.len()],
    durations: Histogram,
    rate_limited: Counter,
    /// Other responses with 429.
    over_quota: Counter,
}

impl Default for Operation {
    fn default() -> Self {
        Self {
            by_class: Default::default(),
            durations: Histogram::new(DURATION_BOUNDS),
            rate_limited: Counter::default(),
            over_quota: Counter::default(),
        }
    }
}

impl RequestMetrics {
    pub(super) fn new(mounts: &[(String, Dialect)]) -> Self {
        let mut operations = HashMap::new();
        for (_, dialect) in mounts {
            let ids = dialect.routes.iter().map(|route| route.id);
            for id in ids.chain([UNKNOWN_OPERATION]) {
                operations.insert((dialect.name, id), Operation::default());
            }
        }
        for id in [IMAGE_OPERATION, UNKNOWN_OPERATION] {
            operations.insert((NO_DIALECT, id), Operation::default());
        }
        Self { operations }
    }

    pub(super) fn write(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        let mut operations: Vec<_> = self.operations.iter().collect();
        operations.sort_by_key(|(key, _)| **key);
        let labels = |(dialect, operation): &(&'static str, &'static str)| -> Labels {
            let (dialect, operation) = ((*dialect).to_owned(), (*operation).to_owned());
            vec![("dialect", dialect), ("operation", operation)]
        };
        exposition.counter(
            "manyface_http_requests",
            "Requests by dialect, operation and class of the status",
            operations.iter().flat_map(|(key, operation)| {
                let classes = CLASSES.iter().zip(&operation.by_class);
                classes.map(|(class, count)| {
                    let mut labels = labels(key);
                    labels.push(("status_class", (*class).to_owned()));
                    (labels, to_float(count.get()))
                })
            }),
        )?;
        exposition.histogram(
            "manyface_http_request_duration_seconds",
            "Time until a response existed, without the time to send it",
            MICROSECONDS,
            operations
                .iter()
                .map(|(key, operation)| (labels(key), &operation.durations)),
        )?;
        exposition.counter(
            "manyface_http_too_many_requests",
            "Responses with 429, by the kind of limit",
            operations.iter().flat_map(|(key, operation)| {
                let counts = [
                    ("rate", &operation.rate_limited),
                    ("quota", &operation.over_quota),
                ];
                counts.map(|(limit, count)| {
                    let mut labels = labels(key);
                    labels.push(("limit", limit.to_owned()));
                    (labels, to_float(count.get()))
                })
            }),
        )
    }
}

impl RequestObserver for RequestMetrics {
    fn observe(&self, request: &ObservedRequest) {
        let key = (request.dialect, request.operation);
        let Some(operation) = self.operations.get(&key) else {
            return;
        };
        let class = usize::from(request.status.as_u16() / 100).saturating_sub(1);
        if let Some(count) = operation.by_class.get(class) {
            count.increment();
        }
        operation.durations.record_duration(request.duration);
        if request.is_rate_limited {
            operation.rate_limited.increment();
        } else if request.status == StatusCode::TOO_MANY_REQUESTS {
            operation.over_quota.increment();
        }
    }
}
