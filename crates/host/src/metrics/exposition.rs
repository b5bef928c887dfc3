//! Writes metrics with labels.

use std::fmt;

use manyface_core::Histogram;
use prometheus_client::{
    encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet},
    metrics::MetricType,
};

/// The labels of a sample.
pub(super) type Labels = Vec<(&'static str, String)>;

/// A list of metrics that is being written.
pub(super) struct Exposition<'a>(DescriptorEncoder<'a>);

impl<'a> Exposition<'a> {
    pub(super) fn new(encoder: DescriptorEncoder<'a>) -> Self {
        Self(encoder)
    }

    /// Writes a counter. The suffix `_total` is added to `name`.
    pub(super) fn counter(
        &mut self,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (Labels, f64)>,
    ) -> fmt::Result {
        self.write(
            name,
            help,
            MetricType::Counter,
            samples,
            |value, mut encoder| encoder.encode_counter::<NoLabelSet, _, f64>(&value, None),
        )
    }

    /// Writes a gauge.
    pub(super) fn gauge(
        &mut self,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (Labels, f64)>,
    ) -> fmt::Result {
        self.write(
            name,
            help,
            MetricType::Gauge,
            samples,
            |value, mut encoder| encoder.encode_gauge(&value),
        )
    }

    /// Writes a histogram, with its numbers divided by `divisor`.
    pub(super) fn histogram<'h>(
        &mut self,
        name: &str,
        help: &str,
        divisor: f64,
        samples: impl IntoIterator<Item = (Labels, &'h Histogram)>,
    ) -> fmt::Result {
        let kind = MetricType::Histogram;
        self.write(name, help, kind, samples, |histogram, mut encoder| {
            let buckets: Vec<_> = histogram
                .buckets()
                .map(|(bound, count)| {
                    let bound = bound.map(|bound| to_float(bound) / divisor);
                    (bound.unwrap_or(f64::INFINITY), count)
                })
                .collect();
            let count = buckets.iter().map(|(_, count)| count).sum();
            let sum = to_float(histogram.sum()) / divisor;
            encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
        })
    }

    fn write<T>(
        &mut self,
        name: &str,
        help: &str,
        kind: MetricType,
        samples: impl IntoIterator<Item = (Labels, T)>,
        encode: impl Fn(T, MetricEncoder<'_>) -> fmt::Result,
    ) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, None, kind)?;
        for (labels, value) in samples {
            encode(value, metric.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

/// Returns the nearest float, which is the type of all values in Prometheus.
#[expect(
    clippy::cast_precision_loss,
    reason = "Prometheus has no other numbers than floats"
)]
pub(super) fn to_float(number: u64) -> f64 {
    number as f64
}
