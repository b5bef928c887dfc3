//! Replays the exchanges of this dialect in memory, and checks its OpenAPI document.

use std::process::ExitCode;

fn main() -> ExitCode {
    manyface_testing::replay_exchanges(
        env!("CARGO_MANIFEST_DIR"),
        manyface_movieknight::dialect,
        &[],
    )
}
