//! Failures of commands, and exit codes.

use std::{fmt, process};

/// The failure of a command, with a message for the operator. Messages contain no secrets.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A negative result, such as a missing user.
    #[error("{0}")]
    Finding(String),
    /// The command line or the configuration is wrong.
    #[error("{0}")]
    Usage(String),
    /// A required resource is unavailable.
    #[error("{0}")]
    CouldNotRun(String),
    /// The reader closed standard output. The process exits silently and successfully.
    #[error("standard output is closed")]
    OutputClosed,
}

/// The process's exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitCode {
    /// Success.
    Good = 0,
    /// A negative result.
    Findings = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// A required resource is unavailable.
    CouldNotRun = 3,
}

impl Failure {
    /// Returns a failure of an operation because of `cause`.
    pub fn could_not(what: &str, cause: impl fmt::Display) -> Self {
        Self::CouldNotRun(format!("could not {what}: {cause}"))
    }

    /// Returns the exit code of the process.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Finding(_) => ExitCode::Findings,
            Self::Usage(_) => ExitCode::Usage,
            Self::CouldNotRun(_) => ExitCode::CouldNotRun,
            Self::OutputClosed => ExitCode::Good,
        }
    }
}

impl From<ExitCode> for process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}

/// Converts an error of the core for operators.
impl From<manyface_core::Error> for Failure {
    fn from(error: manyface_core::Error) -> Self {
        use manyface_core::Error;
        match error {
            Error::NotFound | Error::Unauthenticated => Self::Finding("no such user".to_owned()),
            Error::Invalid(violations) => {
                let sentence = |violation: &manyface_core::Violation| {
                    format!("{} {}", violation.field, violation.message)
                };
                let sentences: Vec<_> = violations.iter().map(sentence).collect();
                Self::Finding(sentences.join("; "))
            }
            Error::Taken(field) => Self::Finding(format!("{field} is taken")),
            Error::Managed { .. }
            | Error::Forbidden(_)
            | Error::VersionMismatch
            | Error::QuotaExceeded { .. } => Self::Finding(error.to_string()),
            Error::Unavailable(Some(cause)) | Error::Storage(cause) => {
                Self::could_not("use the database", cause)
            }
            Error::Unavailable(None) => Self::CouldNotRun("the database is unavailable".to_owned()),
        }
    }
}
