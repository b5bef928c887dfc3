//! Exchange files that cannot be used.

use std::{io, path::PathBuf};

/// Why a suite cannot be loaded. Each variant names the file.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file cannot be read.
    #[error("{}: cannot be read", path.display())]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is not TOML, or has a key that does not belong there.
    #[error("{}: {source}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Which key, on which line.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A value is invalid.
    #[error("{}: {key} {reason}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The key, as `step 2: expect`.
        key: String,
        /// The problem.
        reason: String,
    },
}

impl LoadError {
    /// An error about one key of `path`.
    pub(crate) fn value(path: PathBuf, (key, reason): (String, String)) -> Self {
        Self::Value { path, key, reason }
    }
}
