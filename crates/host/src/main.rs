//! The program `manyface`.

use std::process::ExitCode;

use manyface::{DialectRegistry, program};

/// Requests allocate and free many small strings on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    program(DialectRegistry::default())
}
