//! The program `echo`: movieknight over one profile in memory, without a database.

use std::{env, path::PathBuf, process::ExitCode};

use manyface_bench::{Failure, serve_echo};

fn main() -> ExitCode {
    let folder = env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.ok_or_else(|| Failure::new("echo: name the folder of signing.key"));
    match folder.and_then(|folder| serve_echo(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("echo: {failure}");
            ExitCode::FAILURE
        }
    }
}
