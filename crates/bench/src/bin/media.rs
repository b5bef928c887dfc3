//! Measures image uploads: `just bench-media`; docs/performance.md explains the output.

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
