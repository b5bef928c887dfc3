//! Files that tests make of the code: they compare them, and write them where the environment says
//! so.

use std::{env, path::Path, process::Command};

/// Makes the tests write the files.
const WRITE: &str = "MANYFACE_GENERATE";

/// Writes the generated files, or compares them, and returns what failed.
pub(crate) fn run(root: &Path, is_check: bool) -> Vec<String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["test", "--quiet", "-p", "manyface", "--test", "host", "--"])
        .args(["mapping", "ownership"])
        .current_dir(root);
    if is_check {
        command.env_remove(WRITE);
    } else {
        command.env(WRITE, "1");
    }
    match command.status() {
        Ok(status) if status.success() => Vec::new(),
        Ok(status) => vec![format!(
            "the generated files are not as they should be ({status})"
        )],
        Err(error) => vec![format!("cannot run cargo test: {error}")],
    }
}
