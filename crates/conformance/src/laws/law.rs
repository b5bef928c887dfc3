//! The laws and their violations.

use std::fmt;

/// A law of every server that shows one profile through several dialects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Law {
    /// The field table is true: every key has its row, every row its key.
    Table,
    /// A written value is read back through the same view.
    PutGet,
    /// Writing back the values read changes nothing, including the `ETag`.
    GetPut,
    /// A write changes exactly the fields that it names, in every view and in the store.
    NoSilentLoss,
    /// A value written through one dialect reads back correctly through every other.
    Agreement,
    /// Invalid writes are rejected, and a rejected write changes nothing.
    Rejection,
    /// The same write twice is the same as once.
    Idempotence,
}

impl Law {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Table,
        Self::PutGet,
        Self::GetPut,
        Self::NoSilentLoss,
        Self::Agreement,
        Self::Rejection,
        Self::Idempotence,
    ];
}

impl fmt::Display for Law {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Table => "the field table",
            Self::PutGet => "PutGet",
            Self::GetPut => "GetPut",
            Self::NoSilentLoss => "no silent loss",
            Self::Agreement => "agreement of the dialects",
            Self::Rejection => "rejected writes change nothing",
            Self::Idempotence => "idempotence",
        })
    }
}

/// A violation of a law, with the shortest case that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The law.
    pub law: Law,
    /// The problem.
    pub problem: String,
    /// The writes that lead to it, one per line.
    pub writes: Vec<String>,
    /// The seed that reproduces a random case.
    pub seed: Option<u64>,
}

impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} is broken: {}", self.law, self.problem)?;
        for (index, write) in self.writes.iter().enumerate() {
            write!(formatter, "\n  {}. {write}", index + 1)?;
        }
        match self.seed {
            Some(seed) => write!(formatter, "\n  seed {seed}"),
            None => Ok(()),
        }
    }
}

/// Why a case failed.
#[derive(Debug)]
pub(super) enum Ended {
    /// A law is broken.
    Broken(Law, String),
    /// The server is unreachable.
    Failed(crate::Failure),
}

impl From<crate::Failure> for Ended {
    fn from(failure: crate::Failure) -> Self {
        Self::Failed(failure)
    }
}

pub(super) fn broken<T>(law: Law, problem: String) -> Result<T, Ended> {
    Err(Ended::Broken(law, problem))
}
