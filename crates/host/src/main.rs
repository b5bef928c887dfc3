//! The program `manyface`.

use std::{io::Write, process};

use clap::Parser;
use manyface::{Cli, Environment, ExitCode, Failure};

/// Requests make and drop many small texts, on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> process::ExitCode {
    let cli = Cli::parse();
    let environment = environment();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let outcome = runtime
        .map_err(|e| Failure::could_not("start", e))
        .and_then(|runtime| runtime.block_on(manyface::run(cli, environment?)));
    match outcome {
        Ok(()) => ExitCode::Good.into(),
        Err(failure) => {
            let said = writeln!(std::io::stderr(), "manyface: {failure}");
            drop(said);
            failure.exit_code().into()
        }
    }
}

/// The environment, where it is text; a setting of ours that is not is an error.
fn environment() -> Result<Environment, Failure> {
    let mut environment = Environment::new();
    for (name, value) in std::env::vars_os() {
        let Ok(name) = name.into_string() else {
            continue;
        };
        match value.into_string() {
            Ok(value) => environment.push((name, value)),
            Err(_) if name.starts_with("MANYFACE_") => {
                return Err(Failure::Usage(format!("environment {name}: not in UTF-8")));
            }
            Err(_) => {}
        }
    }
    Ok(environment)
}
