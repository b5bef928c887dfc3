//! Replays the exchanges of this dialect in memory, and checks its OpenAPI document.

use std::process::ExitCode;

/// The examples and statuses of the document that need a stored file, a signed URL or an API key
/// without an account.
const EXCEPTIONS: [&str; 8] = [
    "retrieveFile 200",
    "retrieveFile 403",
    "updateCurrentUser picture",
    "updateUser picture",
    "uploadFile 200",
    "uploadFile 400",
    "uploadFile 413",
    "uploadFile 415",
];

fn main() -> ExitCode {
    manyface_testing::replay_exchanges(
        env!("CARGO_MANIFEST_DIR"),
        manyface_whop::dialect,
        &EXCEPTIONS,
    )
}
