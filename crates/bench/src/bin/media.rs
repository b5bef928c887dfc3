//! Measures pictures: `just bench-media`; docs/performance.md says how to read it.

use std::process::ExitCode;

fn main() -> ExitCode {
    match manyface_bench::measure_media() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("bench-media: {failure}");
            ExitCode::FAILURE
        }
    }
}
