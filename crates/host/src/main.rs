//! The program `manyface`.

use std::process::ExitCode;

use manyface::{DialectRegistry, program};

/// Requests make and drop many small texts, on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    program(DialectRegistry::default())
}
