//! Compares a report with an earlier one.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::Deserialize;

use super::{FORMAT, OutcomeStatus, Report};

/// The outcomes of an earlier report.
#[derive(Clone, Debug)]
pub struct Before {
    dialect: String,
    /// Each exchange's outcome: `passed`, `failed` or `skipped`.
    outcomes: BTreeMap<String, Was>,
}

#[derive(Deserialize)]
struct Document {
    format: String,
    dialect: String,
    exchanges: Vec<ReportedExchange>,
}

#[derive(Deserialize)]
struct ReportedExchange {
    name: String,
    outcome: Was,
}

/// The earlier outcome of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Was {
    Passed,
    Failed,
    Skipped,
}

/// The changes, by the names of exchanges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    /// Failed, and did not before.
    pub new_failures: Vec<String>,
    /// Failed, as before.
    pub still_failing: Vec<String>,
    /// Passed, and failed before.
    pub fixed: Vec<String>,
    /// Skipped, and was not before.
    pub no_longer_run: Vec<String>,
    /// Added since.
    pub new_exchanges: Vec<String>,
    /// Removed since.
    pub removed_exchanges: Vec<String>,
}

impl Before {
    /// Reads a report that [`Report::to_json`] wrote.
    pub fn parse(json: &str) -> Result<Self, String> {
        let document: Document = serde_json::from_str(json).map_err(|e| e.to_string())?;
        if document.format != FORMAT {
            return Err(format!(
                "its format is {:?}, not {FORMAT:?}",
                document.format
            ));
        }
        let outcomes = document.exchanges.into_iter();
        Ok(Self {
            dialect: document.dialect,
            outcomes: outcomes
                .map(|exchange| (exchange.name, exchange.outcome))
                .collect(),
        })
    }

    /// The dialect that the report is about.
    pub fn dialect(&self) -> &str {
        &self.dialect
    }
}

impl Report {
    /// What has changed since `before`.
    pub fn delta(&self, before: &Before) -> Delta {
        let mut delta = Delta::default();
        let mut removed = before.outcomes.clone();
        for outcome in &self.outcomes {
            let was = removed.remove(&outcome.name);
            let name = || outcome.name.clone();
            if was.is_none() {
                delta.new_exchanges.push(name());
            }
            match (&outcome.status, was) {
                (OutcomeStatus::Failed(_), Some(Was::Failed)) => delta.still_failing.push(name()),
                (OutcomeStatus::Failed(_), Some(Was::Passed | Was::Skipped) | None) => {
                    delta.new_failures.push(name());
                }
                (OutcomeStatus::Passed, Some(Was::Failed)) => delta.fixed.push(name()),
                (OutcomeStatus::Skipped(_), Some(Was::Passed | Was::Failed)) => {
                    delta.no_longer_run.push(name());
                }
                (OutcomeStatus::Passed, Some(Was::Passed | Was::Skipped) | None)
                | (OutcomeStatus::Skipped(_), Some(Was::Skipped) | None) => {}
            }
        }
        delta.removed_exchanges = removed.into_keys().collect();
        delta
    }
}

impl Delta {
    /// What has changed, for a terminal.
    pub(super) fn summary(&self) -> String {
        let mut text = "\nsince the earlier report:\n".to_owned();
        for (what, names) in [
            ("new failures", &self.new_failures),
            ("still failing", &self.still_failing),
            ("fixed", &self.fixed),
            ("no longer run", &self.no_longer_run),
            ("new exchanges", &self.new_exchanges),
            ("removed exchanges", &self.removed_exchanges),
        ] {
            let colon = if names.is_empty() { "" } else { ": " };
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "{:>6}  {what}{colon}{}",
                names.len(),
                names.join(", ")
            );
        }
        text
    }
}
