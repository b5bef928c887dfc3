//! The same statements without a host, sent by pgbench.

use std::{fs, time::Duration};

use manyface_testing::Postgres;

use crate::{
    Failure, Result,
    block::Operation,
    job,
    population::FIRST,
    users::{USERS, Users},
    workplace::Workplace,
};

/// The numbers of clients among which the best rate is chosen.
pub(crate) const CLIENTS: [u32; 5] = [1, 8, 16, 32, 64];

/// The figures of pgbench's summary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) rate: f64,
    pub(crate) transactions: f64,
    pub(crate) average_us: f64,
    pub(crate) failed: u64,
}

/// Sends the statements of `operation` to `database`, prepared, about the same users as the load.
pub(crate) fn run(
    work: &Workplace,
    cluster: &Postgres,
    database: &str,
    users: Users,
    operation: Operation,
    clients: u32,
    seconds: u32,
) -> Result<Outcome> {
    let (name, text) = match operation {
        Operation::Patch => ("patch.sql", include_str!("../sql/patch.sql")),
        Operation::Get => ("get.sql", include_str!("../sql/get.sql")),
    };
    let script = work.path().join(name);
    fs::write(&script, text).map_err(|e| Failure::could_not("write a script", e))?;
    let mut command = cluster.client("pgbench");
    command.args(["-n", "-M", "prepared", "-c", &clients.to_string()]);
    command.args([
        "-j",
        &clients.min(2).to_string(),
        "-T",
        &seconds.to_string(),
    ]);
    for (variable, value) in [
        ("first", FIRST),
        ("users", USERS),
        ("stride", users.stride),
        ("seed", users.seed),
    ] {
        command.args(["-D", &format!("{variable}={value}")]);
    }
    command.arg("-f").arg(&script).arg(database);
    let timeout = Duration::from_secs(u64::from(seconds) + 60);
    let said = job::output("pgbench", &mut command, work.path(), timeout, || {})?;
    parse(&said).ok_or_else(|| Failure::new(format!("unexpected output of pgbench: {said}")))
}

/// Reads the summary that pgbench ends with.
fn parse(said: &str) -> Option<Outcome> {
    let after = |name: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()
    };
    Some(Outcome {
        rate: after("tps = ")?.parse().ok()?,
        transactions: after("number of transactions actually processed: ")?
            .parse()
            .ok()?,
        average_us: after("latency average = ")?.parse::<f64>().ok()? * 1e3,
        // Older versions do not print it.
        failed: after("number of failed transactions: ").map_or(Some(0), |n| n.parse().ok())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_read() {
        let said = "transaction type: /tmp/patch.sql\nquery mode: prepared\nnumber of clients: 8\n\
                    number of transactions actually processed: 9000\n\
                    number of failed transactions: 2 (0.022%)\nlatency average = 1.778 ms\n\
                    initial connection time = 9.9 ms\n\
                    tps = 4500.250000 (without initial connection time)\n";
        let expected = Outcome {
            rate: 4500.25,
            transactions: 9000.0,
            average_us: 1778.0,
            failed: 2,
        };
        assert_eq!(parse(said), Some(expected));
        assert_eq!(parse("pgbench: error: could not connect"), None);
    }
}
