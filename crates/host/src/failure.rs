//! How a command ends when it does not end well.

use std::{fmt, process};

/// Why a command failed, in words for the person who typed it. Never a secret.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A negative result, such as a missing user.
    #[error("{0}")]
    Finding(String),
    /// The command line or the configuration is wrong.
    #[error("{0}")]
    Usage(String),
    /// Something that is needed is not to be had.
    #[error("{0}")]
    CouldNotRun(String),
    /// The reader of standard output has closed it. The process ends silently, and with success.
    #[error("standard output is closed")]
    OutputClosed,
}

/// The process's exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitCode {
    /// All is well.
    Good = 0,
    /// A negative result.
    Findings = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// It could not run.
    CouldNotRun = 3,
}

impl Failure {
    /// Something could not be done, because of `cause`.
    pub fn could_not(what: &str, cause: impl fmt::Display) -> Self {
        Self::CouldNotRun(format!("could not {what}: {cause}"))
    }

    /// The status that the process ends with.
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

/// An error of the core, for an operator.
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
