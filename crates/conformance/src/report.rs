//! The report of a run.

mod delta;
mod html;
mod json;
mod junit;
mod secrets;
mod text;

use std::{collections::BTreeMap, time::Duration};

pub use delta::{Before, Delta};
pub(crate) use secrets::{Secrets, raw};

use crate::{Exchange, Extent, Skip, Source};

/// The name and version of the JSON format.
const FORMAT: &str = "manyface-conformance/1";

/// The report of a run. Credentials are redacted.
#[derive(Clone, Debug)]
pub struct Report {
    /// The dialect.
    pub dialect: String,
    /// The name of the target.
    pub label: String,
    /// The extent of the checks.
    pub extent: Extent,
    /// Whether exchanges that write were allowed.
    pub allow_writes: bool,
    /// How long it took.
    pub elapsed: Duration,
    /// The outcomes of the selected exchanges, sorted by name.
    pub outcomes: Vec<Outcome>,
    /// How the run ended.
    pub ended: Ended,
    /// The profiles that could not be restored.
    pub unrestored: Vec<Unrestored>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every exchange that could run has run.
    Complete,
    /// The caller stopped it.
    Interrupted,
    /// The deadline passed.
    Late,
    /// No exchange could run.
    NothingToRun,
    /// It could not start or continue, with the reason.
    CouldNotRun(String),
}

/// A profile that could not be restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrestored {
    /// The user.
    pub user: String,
    /// Where it is.
    pub path: String,
    /// What it was, as JSON.
    pub baseline: String,
    /// What went wrong.
    pub why: String,
}

/// The outcome of one exchange.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The exchange's name.
    pub name: String,
    /// The rule that it shows.
    pub why: String,
    /// Its source.
    pub source: Source,
    /// The group: the first request that is not only a read, as `PATCH /api/users/me`.
    pub section: String,
    /// Whether it passed.
    pub status: OutcomeStatus,
    /// How long it took.
    pub elapsed: Duration,
    /// The requests and responses, if it failed.
    pub sent: Vec<Raw>,
}

/// Whether an exchange passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutcomeStatus {
    /// Every response was as expected.
    Passed,
    /// A check failed, with the reason.
    Failed(String),
    /// It did not run, with the reason.
    Skipped(Skip),
}

/// A request and its response as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw {
    /// The purpose: `step 2`.
    pub doing: String,
    /// The request.
    pub request: String,
    /// The response, or why it is missing.
    pub response: String,
}

/// The conclusion of a run, by increasing severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conclusion {
    /// All exchanges that ran passed, and at least one ran.
    Good,
    /// Something failed.
    Findings,
    /// It could not run, not complete, or not restore all profiles.
    CouldNotRun,
}

impl Report {
    /// Returns the conclusion. With `delta`, only new failures count.
    pub fn conclusion(&self, delta: Option<&Delta>) -> Conclusion {
        if self.ended != Ended::Complete || !self.unrestored.is_empty() {
            return Conclusion::CouldNotRun;
        }
        let has_findings = match delta {
            Some(delta) => !delta.new_failures.is_empty(),
            None => self.counts().failed > 0,
        };
        if has_findings {
            Conclusion::Findings
        } else {
            Conclusion::Good
        }
    }

    /// The numbers of passed, failed and skipped exchanges.
    pub fn counts(&self) -> Counts {
        Counts::of(self.outcomes.iter())
    }

    /// The same for each section, in the order of their names.
    pub fn sections(&self) -> BTreeMap<&str, Counts> {
        let mut sections: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
        for outcome in &self.outcomes {
            sections.entry(&outcome.section).or_default().push(outcome);
        }
        let counted = sections.into_iter();
        counted
            .map(|(section, outcomes)| (section, Counts::of(outcomes.into_iter())))
            .collect()
    }

    /// The number of skipped exchanges for each reason, and the reason.
    pub fn skips(&self) -> BTreeMap<&str, (usize, String)> {
        let mut skips = BTreeMap::new();
        for outcome in &self.outcomes {
            if let OutcomeStatus::Skipped(skip) = &outcome.status {
                let entry = skips.entry(skip.code());
                entry.or_insert_with(|| (0, skip.to_string())).0 += 1;
            }
        }
        skips
    }

    /// The failed exchanges with their failures.
    pub fn failures(&self) -> impl Iterator<Item = (&Outcome, &str)> {
        self.outcomes
            .iter()
            .filter_map(|outcome| match &outcome.status {
                OutcomeStatus::Failed(problem) => Some((outcome, problem.as_str())),
                OutcomeStatus::Passed | OutcomeStatus::Skipped(_) => None,
            })
    }
}

/// Numbers of exchanges by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The number of passed exchanges.
    pub passed: usize,
    /// The number of failed exchanges.
    pub failed: usize,
    /// The number of skipped exchanges.
    pub skipped: usize,
}

impl Counts {
    fn of<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> Self {
        let mut counts = Self::default();
        for outcome in outcomes {
            match outcome.status {
                OutcomeStatus::Passed => counts.passed += 1,
                OutcomeStatus::Failed(_) => counts.failed += 1,
                OutcomeStatus::Skipped(_) => counts.skipped += 1,
            }
        }
        counts
    }
}

impl Outcome {
    pub(crate) fn new(
        exchange: &Exchange,
        status: OutcomeStatus,
        elapsed: Duration,
        sent: Vec<Raw>,
    ) -> Self {
        Self {
            name: exchange.name.clone(),
            why: exchange.why.clone(),
            source: exchange.source.clone(),
            section: exchange.section(),
            status,
            elapsed,
            sent,
        }
    }

    pub(crate) fn skipped(exchange: &Exchange, skip: Skip) -> Self {
        Self::new(
            exchange,
            OutcomeStatus::Skipped(skip),
            Duration::ZERO,
            Vec::new(),
        )
    }
}

impl Exchange {
    /// Returns the first request of the exchange that is not only a read, without the query.
    pub fn section(&self) -> String {
        let requests = self.steps.iter().filter_map(|step| step.target());
        let requests: Vec<_> = requests.collect();
        let is_more = |(method, _): &&(&str, &str)| *method != "GET";
        let request = requests.iter().find(is_more).or(requests.first());
        let (method, path) = request.copied().unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        format!("{method} {path}")
    }
}
