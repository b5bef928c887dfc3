//! Replays the exchanges of this dialect in memory, and checks its OpenAPI document.

use std::process::ExitCode;

/// The examples and statuses of the document that need a stored file.
const EXCEPTIONS: [&str; 1] = ["user-resume-retrieve 200"];

fn main() -> ExitCode {
    manyface_testing::replay_exchanges(
        env!("CARGO_MANIFEST_DIR"),
        manyface_iam::dialect,
        &EXCEPTIONS,
    )
}
