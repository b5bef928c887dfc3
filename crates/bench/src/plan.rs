//! The order of blocks.

use std::collections::BTreeSet;

use crate::{
    block::Contender,
    options::{Database, Run},
    pgbench::CLIENTS,
};

/// One block of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) contender: Contender,
    pub(crate) connections: u32,
}

/// The blocks of one pair: compared programs run side by side, because the machine's speed
/// drifts. Every other pair runs backwards, so that a steady drift cancels out.
pub(crate) fn steps(run: &Run, pair: u32) -> Vec<Step> {
    let mut points: BTreeSet<u32> = run.connections.iter().copied().collect();
    let asked = points.clone();
    if run.includes(Database::Pg) {
        points.extend(CLIENTS);
    }
    let mut steps = Vec::new();
    for connections in points {
        let is_asked = asked.contains(&connections);
        let takes_part = |contender| match contender {
            Contender::Postgres => is_asked && run.includes(Database::Pg),
            Contender::Sqlite => is_asked && run.includes(Database::Sqlite),
            Contender::Echo => is_asked,
            Contender::Pgbench => run.includes(Database::Pg) && CLIENTS.contains(&connections),
        };
        let contenders = [
            Contender::Sqlite,
            Contender::Echo,
            Contender::Postgres,
            Contender::Pgbench,
        ];
        let taking_part = contenders.into_iter().filter(|&c| takes_part(c));
        steps.extend(taking_part.map(|contender| Step {
            contender,
            connections,
        }));
    }
    if pair % 2 == 1 {
        steps.reverse();
    }
    steps
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::Options;

    fn check(words: &[&str], pair: u32, expected: &str) {
        let options = Options::parse_from(words);
        let steps = steps(&options.run, pair).into_iter();
        let steps = steps.map(|step| format!("{:?} {}", step.contender, step.connections));
        assert_eq!(steps.collect::<Vec<_>>().join(", "), expected);
    }

    #[test]
    fn pgbench_looks_for_its_best_rate_whatever_is_asked() {
        check(
            &["bench", "--only", "pg", "--connections", "1,256"],
            0,
            "Echo 1, Postgres 1, Pgbench 1, Pgbench 8, Pgbench 16, Pgbench 32, Pgbench 64, \
             Echo 256, Postgres 256",
        );
    }

    #[test]
    fn every_other_pair_runs_backwards() {
        let words = ["bench", "--only", "sqlite", "--connections", "1,8"];
        check(&words, 0, "Sqlite 1, Echo 1, Sqlite 8, Echo 8");
        check(&words, 1, "Echo 8, Sqlite 8, Echo 1, Sqlite 1");
    }
}
