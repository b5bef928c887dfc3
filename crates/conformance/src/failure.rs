//! Exchanges that did not go as they should.

use std::fmt;

/// The most characters of a body that a failure shows.
const SHOWN: usize = 600;

/// Why an exchange failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A response is not what the exchange says.
    #[error("step {step}, {send}: answered {status} {body}{}", lines(problems))]
    Unexpected {
        /// The step, from 1.
        step: usize,
        /// What was sent.
        send: String,
        /// The status that came back.
        status: u16,
        /// The beginning of the body that came back.
        body: Excerpt,
        /// What is wrong with it.
        problems: Vec<String>,
    },
    /// The profile could not be brought into the state the exchange starts from, or read.
    #[error("{doing}: answered {status} {body}")]
    Setup {
        /// What was attempted.
        doing: &'static str,
        /// The status that came back.
        status: u16,
        /// The beginning of the body that came back.
        body: Excerpt,
    },
    /// A template names something that no step saved, or makes what cannot be sent.
    #[error("{0}")]
    Template(String),
    /// The target cannot be reached, or what it answers is not HTTP.
    #[error("{0}")]
    Target(String),
}

/// The beginning of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt(String);

impl Excerpt {
    pub(crate) fn of(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let mut shown: String = text.chars().take(SHOWN).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        Self(shown)
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn lines(problems: &[String]) -> String {
    let lines = problems.iter().map(|problem| format!("\n  - {problem}"));
    lines.collect()
}
