//! Failures of exchanges.

use std::fmt;

/// The maximum number of characters of a body that a failure shows.
const MAX_BODY_CHARS: usize = 600;

/// Why an exchange failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A response differs from the exchange.
    #[error("step {step}, {send}: got {status} {body}{}", lines(problems))]
    Unexpected {
        /// The step, from 1.
        step: usize,
        /// The request.
        send: String,
        /// The status that came back.
        status: u16,
        /// The beginning of the body that came back.
        body: Excerpt,
        /// The problems.
        problems: Vec<String>,
    },
    /// The profile could not be brought into the state the exchange starts from, or read.
    #[error("{doing}: got {status} {body}")]
    Setup {
        /// The attempted step.
        doing: &'static str,
        /// The status that came back.
        status: u16,
        /// The beginning of the body that came back.
        body: Excerpt,
    },
    /// A template names a value that no step saved, or its result cannot be sent.
    #[error("{0}")]
    Template(String),
    /// The target cannot be reached, or its response is not HTTP.
    #[error("{0}")]
    Target(String),
    /// The profile is not as it was before the exchange.
    #[error(
        "the profile could not be put back: {why}\n{} was, until then: {baseline}",
        path
    )]
    NotRestored {
        /// The JSON pointer.
        path: String,
        /// The original profile, as JSON.
        baseline: String,
        /// The reason.
        why: String,
    },
    /// No user is left for the exchange.
    #[error("no user is left for the exchange")]
    NoUserLeft,
    /// The run was stopped.
    #[error("the run was stopped")]
    Stopped,
    /// A bug of the suite itself.
    #[error("the conformance suite panicked: {0}")]
    Panicked(String),
}

/// The beginning of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt(String);

impl Excerpt {
    pub(crate) fn of(body: &[u8]) -> Self {
        Self(String::from_utf8_lossy(body).into_owned())
    }

    /// Applies `change` to the whole text.
    pub(crate) fn map(&self, change: impl Fn(&str) -> String) -> Self {
        Self(change(&self.0))
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown: String = self.0.chars().take(MAX_BODY_CHARS).collect();
        if shown.len() < self.0.len() {
            shown.push('…');
        }
        formatter.write_str(&shown)
    }
}

fn lines(problems: &[String]) -> String {
    let lines = problems.iter().map(|problem| format!("\n  - {problem}"));
    lines.collect()
}
