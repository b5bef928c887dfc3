//! The program `manyface`.

use std::{io::Write, process};

use clap::Parser;
use manyface::{Cli, ExitCode, Failure};

/// Requests make and drop many small texts, on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> process::ExitCode {
    let cli = Cli::parse();
    // What is not UTF-8 is none of our settings.
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let outcome = runtime
        .map_err(|e| Failure::could_not("start", e))
        .and_then(|runtime| runtime.block_on(manyface::run(cli, environment.collect())));
    match outcome {
        Ok(()) => ExitCode::Good.into(),
        Err(failure) => {
            let said = writeln!(std::io::stderr(), "manyface: {failure}");
            drop(said);
            failure.exit_code().into()
        }
    }
}
