//! Why nothing was measured.

use std::fmt;

/// Why nothing was measured, in words for the person who typed the command.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

/// What it came to.
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// A failure in these words.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }

    /// Something could not be done, because of `cause`.
    pub fn could_not(what: &str, cause: impl fmt::Display) -> Self {
        Self(format!("could not {what}: {cause}"))
    }
}
