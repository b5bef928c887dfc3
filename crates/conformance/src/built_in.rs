//! The exchanges of this workspace's dialects, embedded at build time.

use std::path::Path;

use crate::{LoadError, Suite};

/// A file's name and its text.
type File = (&'static str, &'static str);

/// Each dialect's name and its files.
const SUITES: &[(&str, &[File])] = &include!(concat!(env!("OUT_DIR"), "/exchanges.rs"));

impl Suite {
    /// The dialects whose exchanges are built in, in the order of their names.
    pub fn built_in_names() -> impl Iterator<Item = &'static str> {
        SUITES.iter().map(|(dialect, _)| *dialect)
    }

    /// Returns the built-in exchanges of `dialect`, if any.
    pub fn built_in(dialect: &str) -> Option<Result<Self, LoadError>> {
        let (name, files) = SUITES.iter().find(|(name, _)| *name == dialect)?;
        let files = files.iter().map(|(file, text)| {
            let path = Path::new(name).join("exchanges").join(file);
            (path, (*text).to_owned())
        });
        Some(Self::of_files(files))
    }
}
