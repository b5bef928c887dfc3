//! The entry point of programs with any dialects.

use std::{io::Write, process};

use clap::Parser;

use crate::{Cli, DialectRegistry, Environment, ExitCode, Failure, run};

/// Runs the command line of this process with the dialects of `dialect_registry`.
///
/// A program with a further dialect has its own `main`:
///
/// ```no_run
/// use std::process::ExitCode;
///
/// use manyface::{DialectRegistry, dialects, program};
/// use manyface_dialect::Dialect;
///
/// fn all() -> Vec<Dialect> {
///     let mut all = dialects();
///     all.push(manyface_movieknight::dialect());
///     all
/// }
///
/// fn main() -> ExitCode {
///     program(DialectRegistry::of(all))
/// }
/// ```
pub fn program(dialect_registry: DialectRegistry) -> process::ExitCode {
    let cli = Cli::parse();
    let environment = environment();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let outcome = runtime
        .map_err(|e| Failure::could_not("start", e))
        .and_then(|runtime| runtime.block_on(run(cli, environment?, dialect_registry)));
    match outcome {
        Ok(()) => ExitCode::Good.into(),
        Err(failure @ Failure::OutputClosed) => failure.exit_code().into(),
        Err(failure) => {
            let said = writeln!(std::io::stderr(), "manyface: {failure}");
            drop(said);
            failure.exit_code().into()
        }
    }
}

/// Returns the environment variables in UTF-8. A `MANYFACE_` variable in another encoding is an
/// error.
fn environment() -> Result<Environment, Failure> {
    let mut environment = Environment::new();
    for (name, value) in std::env::vars_os() {
        let Ok(name) = name.into_string() else {
            continue;
        };
        match value.into_string() {
            Ok(value) => environment.push((name, value)),
            Err(_) if name.starts_with("MANYFACE_") => {
                return Err(Failure::Usage(format!("environment {name}: must be UTF-8")));
            }
            Err(_) => {}
        }
    }
    Ok(environment)
}
