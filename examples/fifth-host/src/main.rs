//! The program `manyface`, every command of it, with one dialect more.

use std::process::ExitCode;

use manyface::{DialectRegistry, program};

fn main() -> ExitCode {
    program(DialectRegistry::of(fifth_host::dialects))
}
