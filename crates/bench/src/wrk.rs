//! The load over HTTP.

use std::{fs, path::Path, process::Command, time::Duration};

use serde::Deserialize;

use crate::{
    Failure, Result,
    block::Operation,
    job,
    workplace::{Workplace, random},
};

/// The path of movieknight's one resource.
const PATH: &str = "/api/users/me";

/// The script, in the workplace.
const SCRIPT: &str = "load.lua";

/// The figures that the script prints.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) requests: u64,
    pub(crate) duration_us: f64,
    pub(crate) errors: u64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
}

/// Loads one server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load<'a> {
    pub(crate) base_url: &'a str,
    pub(crate) tokens: &'a Path,
    pub(crate) operation: Operation,
    pub(crate) connections: u32,
    pub(crate) seconds: u32,
}

impl Load<'_> {
    /// Runs wrk with one thread, and calls `meanwhile` at each poll.
    pub(crate) fn run(self, work: &Workplace, meanwhile: impl FnMut()) -> Result<Outcome> {
        let script = work.path().join(SCRIPT);
        let written = fs::write(&script, include_str!("../lua/load.lua"));
        written.map_err(|e| Failure::could_not("write a script", e))?;
        let mut command = Command::new(&work.tools.wrk);
        command
            .env("BENCH_METHOD", self.operation.method())
            .env("BENCH_PATH", PATH)
            .env("BENCH_TOKENS", self.tokens)
            .env("BENCH_SEED", (random()? % 1_000_000_000).to_string())
            .args(["-t", "1", "--timeout", "10s", "-c"])
            .arg(self.connections.to_string())
            .args(["-d", &format!("{}s", self.seconds), "-s"])
            .arg(&script)
            .arg(self.base_url);
        let timeout = Duration::from_secs(u64::from(self.seconds) + 60);
        let said = job::output("wrk", &mut command, work.path(), timeout, meanwhile)?;
        parse(&said).ok_or_else(|| Failure::new(format!("unexpected output of wrk: {said}")))
    }
}

/// Reads the line that the script writes at the end.
fn parse(said: &str) -> Option<Outcome> {
    let line = said.lines().find_map(|line| line.strip_prefix("JSON "))?;
    serde_json::from_str(line).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scripts_line_is_found_among_the_others() {
        let said = "Running 2s test\n  1 threads and 8 connections\n\nJSON {\"requests\":10,\
                    \"duration_us\":2000000,\"errors\":1,\"p50_us\":300,\"p99_us\":900}\n";
        let expected = Outcome {
            requests: 10,
            duration_us: 2e6,
            errors: 1,
            p50_us: 300.0,
            p99_us: 900.0,
        };
        assert_eq!(parse(said), Some(expected));
        assert_eq!(parse("unable to connect"), None);
    }
}
