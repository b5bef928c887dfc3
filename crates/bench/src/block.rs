//! One measurement: one load on one contender for a few seconds.

use serde::Serialize;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Operation {
    /// Three fields are written.
    Patch,
    /// The profile is read.
    Get,
}

/// Who does it.
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

/// What a block came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Figures {
    /// Requests, or transactions, a second.
    pub(crate) rate: f64,
    /// Half of the requests took no longer, in microseconds; of pgbench, the average.
    pub(crate) p50_us: f64,
    /// All but one in a hundred took no longer, in microseconds.
    pub(crate) p99_us: Option<f64>,
    /// CPU time of the server for each request, in microseconds.
    pub(crate) host_cpu_us: Option<f64>,
    /// CPU time of all processes of PostgreSQL for each request, in microseconds.
    pub(crate) postgres_cpu_us: Option<f64>,
    /// The most memory that the server had during the block, in KiB.
    pub(crate) rss_kib: Option<u64>,
    /// The most memory that the server has had since its start, in KiB.
    pub(crate) peak_kib: Option<u64>,
    /// Requests without a successful response.
    pub(crate) errors: u64,
    /// Acknowledged writes without an entry in the history.
    pub(crate) unwritten: u64,
}

/// A measurement, and what was measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Block {
    /// Which repetition, from 0.
    pub(crate) pair: u32,
    /// What was asked.
    pub(crate) operation: Operation,
    /// Who did it.
    pub(crate) contender: Contender,
    /// How many connections, or clients, there were.
    pub(crate) connections: u32,
    /// What it came to.
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
    /// What people call it.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Postgres => "host, PostgreSQL",
            Self::Sqlite => "host, SQLite",
            Self::Pgbench => "pgbench",
            Self::Echo => "echo",
        }
    }
}
