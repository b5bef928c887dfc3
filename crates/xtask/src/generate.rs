//! Generates files from the code. Tests write them, or compare them with the existing ones.

use std::{env, path::Path, process::Command};

/// The environment variable that makes the tests write the files.
const WRITE: &str = "MANYFACE_GENERATE";

/// Writes or compares the generated files; returns the problems.
pub(crate) fn run(root: &Path, is_check: bool) -> Vec<String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["test", "--quiet", "-p", "manyface", "--test", "host", "--"])
        .args(["mapping", "ownership", "openapi_document_of_the_repository"])
        .current_dir(root);
    if is_check {
        command.env_remove(WRITE);
    } else {
        command.env(WRITE, "1");
    }
    match command.status() {
        Ok(status) if status.success() => Vec::new(),
        Ok(status) => vec![format!(
            "generated files are out of date, or cannot be generated ({status}); \
             run `cargo xtask generate`"
        )],
        Err(error) => vec![format!("cannot run cargo test: {error}")],
    }
}
