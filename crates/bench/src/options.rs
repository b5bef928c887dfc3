//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::users::USERS;

/// Measures `manyface serve` next to pgbench and next to a server without a database.
#[derive(Debug, Parser)]
#[command(name = "bench", args_conflicts_with_subcommands = true)]
pub struct Options {
    /// Use the existing dist build of the host, instead of building it first
    #[arg(long, global = true)]
    pub(crate) no_build: bool,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) run: Run,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the host under a profiler and list the functions that take most time
    Profile(Profile),
}

/// What is measured.
#[derive(Clone, Debug, Args)]
pub(crate) struct Run {
    /// Quick run: one pair of blocks, two seconds each
    #[arg(long)]
    pub(crate) quick: bool,
    /// Number of profiles
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(USERS..=10_000_000))]
    pub(crate) profiles: u64,
    /// Measure only this database
    #[arg(long, value_name = "DATABASE")]
    pub(crate) only: Option<Database>,
    /// Numbers of connections, one measurement for each
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "1,8,64,256", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) connections: Vec<u32>,
    /// Seconds per block [default: 3]
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u32).range(1..=600))]
    pub(crate) seconds: Option<u32>,
    /// Number of repetitions [default: 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) pairs: Option<u32>,
    /// Also the same PATCH at 1,000, 100,000 and 1,000,000 profiles, and after 1,000,000 history rows
    #[arg(long)]
    pub(crate) growth: bool,
    /// Measure only what --growth adds
    #[arg(long)]
    pub(crate) growth_only: bool,
    /// A configuration file for the host [default: none, its built-in values]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Write all figures as JSON to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

/// What is profiled.
#[derive(Clone, Debug, Args)]
pub(crate) struct Profile {
    /// The profiler [default: perf if there is one, otherwise callgrind]
    #[arg(long)]
    pub(crate) tool: Option<Tool>,
    /// The database under the host
    #[arg(long, value_name = "DATABASE", default_value = "pg")]
    pub(crate) only: Database,
    /// Number of connections
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) connections: u32,
    /// Duration of the load
    #[arg(long, value_name = "S", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub(crate) seconds: u32,
    /// Read instead of write
    #[arg(long)]
    pub(crate) get: bool,
    /// Output file [default: profile.txt next to the target's folder of programs]
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Database {
    /// PostgreSQL
    Pg,
    /// SQLite
    Sqlite,
}

/// A profiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tool {
    /// Counts instructions; fifty times slower
    Callgrind,
    /// Samples
    Perf,
}

impl Run {
    /// Returns whether this kind of database is measured.
    pub(crate) fn includes(&self, database: Database) -> bool {
        self.only.is_none_or(|only| only == database)
    }

    /// The duration of each block, in seconds.
    pub(crate) fn seconds(&self) -> u32 {
        self.seconds.unwrap_or(if self.quick { 2 } else { 3 })
    }

    /// The number of repetitions.
    pub(crate) fn pairs(&self) -> u32 {
        self.pairs.unwrap_or(if self.quick { 1 } else { 5 })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Options::command().debug_assert();
    }

    #[test]
    fn lists_are_parted_by_commas() {
        let options = Options::parse_from(["bench", "--quick", "--connections", "1,64"]);
        assert_eq!(options.run.connections, [1, 64]);
        assert_eq!((options.run.seconds(), options.run.pairs()), (2, 1));
    }
}
