//! One measurement: one load on one contender for a few seconds.

use serde::Serialize;

/// The measured operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Operation {
    /// Writes three fields.
    Patch,
    /// Reads the profile.
    Get,
}

/// The measured program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Contender {
    /// The host on PostgreSQL.
    Postgres,
    /// The host on SQLite.
    Sqlite,
    /// pgbench, which sends the statements itself.
    Pgbench,
    /// The server without a database.
    Echo,
}

/// The figures of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Figures {
    /// Requests, or transactions, per second.
    pub(crate) rate: f64,
    /// The median latency in microseconds; for pgbench, the average.
    pub(crate) p50_us: f64,
    /// The 99th percentile of the latency, in microseconds.
    pub(crate) p99_us: Option<f64>,
    /// CPU time of the server for each request, in microseconds.
    pub(crate) host_cpu_us: Option<f64>,
    /// CPU time of all processes of PostgreSQL for each request, in microseconds.
    pub(crate) postgres_cpu_us: Option<f64>,
    /// The peak memory of the server during the block, in KiB.
    pub(crate) rss_kib: Option<u64>,
    /// The peak memory of the server since its start, in KiB.
    pub(crate) peak_kib: Option<u64>,
    /// Requests without a successful response.
    pub(crate) errors: u64,
    /// Acknowledged writes without an entry in the history.
    pub(crate) unwritten: u64,
}

/// A measurement and its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Block {
    /// The repetition, from 0.
    pub(crate) pair: u32,
    /// The operation.
    pub(crate) operation: Operation,
    /// The contender.
    pub(crate) contender: Contender,
    /// The number of connections, or clients.
    pub(crate) connections: u32,
    /// The figures.
    pub(crate) figures: Figures,
}

impl Operation {
    /// The method of the request.
    pub(crate) const fn method(self) -> &'static str {
        match self {
            Self::Patch => "PATCH",
            Self::Get => "GET",
        }
    }
}

impl Contender {
    /// The name in tables.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Postgres => "host, PostgreSQL",
            Self::Sqlite => "host, SQLite",
            Self::Pgbench => "pgbench",
            Self::Echo => "echo",
        }
    }
}
