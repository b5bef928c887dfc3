//! The targets of the project.

use serde::Serialize;

use crate::{
    block::{Contender, Operation},
    growth::Grown,
    summary::{Blocks, Ratio, Row},
};

/// With how many connections most targets are measured.
const CONNECTIONS: u32 = 64;
/// With how many the memory is.
const MANY: u32 = 256;
/// The sizes that are compared.
const LARGE: u64 = 1_000_000;

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Better {
    More,
    Less,
}

/// Whether a target is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TargetStatus {
    /// Not even the least that is wanted.
    Missed,
    /// The least that is wanted.
    Met,
    /// The aim is reached.
    Reached,
}

/// One figure that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Target {
    /// The name of the measurement.
    pub(crate) name: &'static str,
    /// Its unit.
    pub(crate) unit: &'static str,
    better: Better,
    /// The least that is wanted.
    pub(crate) bound: f64,
    /// The aim.
    pub(crate) aim: f64,
    /// The measured value, if any.
    pub(crate) measured: Option<Ratio>,
}

impl Target {
    /// Returns whether it is met; `None` if it was not measured.
    pub(crate) fn status(&self) -> Option<TargetStatus> {
        let figure = self.measured?.median;
        let reaches = |bound: f64| match self.better {
            Better::More => figure >= bound,
            Better::Less => figure <= bound,
        };
        Some(if reaches(self.aim) {
            TargetStatus::Reached
        } else if reaches(self.bound) {
            TargetStatus::Met
        } else {
            TargetStatus::Missed
        })
    }

    /// A bound as people write it.
    pub(crate) fn sign(&self) -> &'static str {
        match self.better {
            Better::More => "≥",
            Better::Less => "≤",
        }
    }
}

/// All targets, with what was measured.
pub(crate) fn targets(blocks: Blocks<'_>, rows: &[Row], grown: &[Grown]) -> Vec<Target> {
    let row = |operation, contender, connections| {
        rows.iter().find(move |row| {
            row.operation == operation
                && row.contender == contender
                && row.connections == connections
        })
    };
    let of_pgbench = |operation, connections| {
        row(operation, Contender::Postgres, connections).and_then(|row| row.of_pgbench)
    };
    let more = |name, bound, aim, measured| Target {
        name,
        unit: "×",
        better: Better::More,
        bound,
        aim,
        measured,
    };
    let less = |name, unit, bound, aim, measured| Target {
        name,
        unit,
        better: Better::Less,
        bound,
        aim,
        measured,
    };
    let databases = blocks.rates(
        Operation::Patch,
        CONNECTIONS,
        Contender::Sqlite,
        Contender::Postgres,
    );
    let cpu = row(Operation::Patch, Contender::Postgres, CONNECTIONS);
    let growth = |database| {
        let mut of_database = grown.iter().filter(|grown| grown.database == database);
        let large = of_database.find(|grown| grown.profiles == LARGE);
        large.and_then(|grown| grown.of_smallest)
    };
    vec![
        more(
            "PATCH, PostgreSQL, of pgbench at its best",
            2.0,
            3.0,
            of_pgbench(Operation::Patch, CONNECTIONS),
        ),
        more(
            "GET, PostgreSQL, of pgbench at its best",
            1.0,
            1.5,
            of_pgbench(Operation::Get, CONNECTIONS),
        ),
        more(
            "PATCH at 1 connection, of pgbench with 1 client",
            0.7,
            0.9,
            of_pgbench(Operation::Patch, 1),
        ),
        more("PATCH, SQLite, of PATCH on PostgreSQL", 1.0, 1.5, databases),
        less(
            "host CPU for each PATCH, of the echo host's",
            "×",
            3.0,
            2.0,
            cpu.and_then(|row| row.cpu_of_echo),
        ),
        less(
            "host RSS at 256 connections",
            "MiB",
            80.0,
            40.0,
            blocks.memory(MANY).and_then(mebibytes),
        ),
        more(
            "PATCH, PostgreSQL, at 1,000,000 profiles, of that at 1,000",
            0.8,
            0.95,
            growth(Contender::Postgres),
        ),
        more(
            "PATCH, SQLite, at 1,000,000 profiles, of that at 1,000",
            0.8,
            0.95,
            growth(Contender::Sqlite),
        ),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "no memory has 2^52 KiB")]
fn mebibytes(kibibytes: u64) -> Option<Ratio> {
    Ratio::of(std::iter::once(kibibytes as f64 / 1024.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(better: Better, figure: f64, expected: TargetStatus) {
        let (bound, aim) = match better {
            Better::More => (2.0, 3.0),
            Better::Less => (3.0, 2.0),
        };
        let target = Target {
            name: "",
            unit: "",
            better,
            bound,
            aim,
            measured: Ratio::of(std::iter::once(figure)),
        };
        assert_eq!(target.status(), Some(expected), "{figure}");
    }

    #[test]
    fn a_bound_is_met_where_it_is_equalled() {
        check(Better::More, 1.9, TargetStatus::Missed);
        check(Better::More, 2.0, TargetStatus::Met);
        check(Better::More, 3.0, TargetStatus::Reached);
        check(Better::Less, 3.1, TargetStatus::Missed);
        check(Better::Less, 3.0, TargetStatus::Met);
        check(Better::Less, 2.0, TargetStatus::Reached);
    }

    #[test]
    fn what_was_not_measured_is_not_missed() {
        let all = targets(Blocks(&[]), &[], &[]);
        assert!(all.iter().all(|target| target.status().is_none()));
    }
}
