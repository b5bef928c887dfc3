//! The program `manyface`, every command of it, with one dialect more.

use std::process::ExitCode;

use manyface::{Known, program};

fn main() -> ExitCode {
    program(Known::of(fifth_host::dialects))
}
