//! The progress of an import, from which it is resumed.

use std::{
    fs,
    io::{self, ErrorKind},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};

use super::input::Input;
use crate::{Failure, commands::output::say};

/// The number of lines per read while the lines before the checkpoint are skipped.
const SKIP_LINES: usize = 500;

/// A file with the number of imported lines. Without a file, nothing is recorded.
pub(super) struct Checkpoint(Option<PathBuf>);

/// The content of the file.
#[derive(Deserialize, Serialize)]
struct Progress {
    lines: u64,
    /// The hash of these lines, so that another input is not continued.
    hash: u64,
}

impl Checkpoint {
    /// Opens the checkpoint and, if it exists, skips the lines of `input` that were imported.
    pub(super) fn open(file: Option<PathBuf>, input: &mut Input) -> Result<Self, Failure> {
        let Some(path) = file else {
            return Ok(Self(None));
        };
        let name = path.display().to_string();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self(Some(path))),
            Err(error) => return Err(Failure::could_not(&format!("read {name}"), error)),
        };
        let progress: Progress = serde_json::from_str(&text)
            .map_err(|_| Failure::Usage(format!("{name} is not a checkpoint of an import")))?;
        let mut left = progress.lines;
        while left > 0 {
            let count = usize::try_from(left).unwrap_or(SKIP_LINES).min(SKIP_LINES);
            let lines = input.read(count, usize::MAX)?;
            if lines.is_empty() {
                break;
            }
            left -= lines.len() as u64;
        }
        if input.position() != (progress.lines, progress.hash) {
            let message = format!("{name} belongs to another input; remove it to start again");
            return Err(Failure::Usage(message));
        }
        say(&format!(
            "manyface: continuing after line {}",
            progress.lines
        ));
        Ok(Self(Some(path)))
    }

    /// Records that the lines that were read are imported.
    pub(super) fn save(&self, input: &Input) -> Result<(), Failure> {
        let Some(path) = &self.0 else {
            return Ok(());
        };
        let (lines, hash) = input.position();
        let text = serde_json::to_string(&Progress { lines, hash });
        let text = text.map_err(|error| Failure::could_not("write JSON", error))?;
        // A crash leaves the old file or the new one.
        let new = path.with_extension("new");
        let saved = fs::write(&new, text).and_then(|()| fs::rename(&new, path));
        saved.map_err(|error| Failure::could_not(&format!("write {}", path.display()), error))
    }

    /// Removes the file of a finished import.
    pub(super) fn remove(&self) -> Result<(), Failure> {
        let Some(path) = &self.0 else {
            return Ok(());
        };
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Failure::could_not(
                &format!("remove {}", path.display()),
                error,
            )),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}
