//! Errors of the benchmark.

use std::fmt;

/// A message for the user of the command.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

/// The result of a step.
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// A failure with this message.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// The message `could not {what}: {cause}`.
    pub fn could_not(what: &str, cause: impl fmt::Display) -> Self {
        Self(format!("could not {what}: {cause}"))
    }
}
