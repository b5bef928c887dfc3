//! A report as JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Conclusion, Counts, Delta, Ended, FORMAT, Outcome, OutcomeStatus, Report};
use crate::{Extent, Source};

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    dialect: &'a str,
    url: &'a str,
    extent: &'static str,
    allow_writes: bool,
    seconds: f64,
    conclusion: &'static str,
    ended: &'static str,
    problem: Option<&'a str>,
    counts: Sum,
    sections: BTreeMap<&'a str, Sum>,
    skips: BTreeMap<&'a str, Skips>,
    exchanges: Vec<ReportedExchange<'a>>,
    not_restored: Vec<NotRestored<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delta: Option<Changes<'a>>,
}

#[derive(Serialize)]
struct Sum {
    passed: usize,
    failed: usize,
    skipped: usize,
}

#[derive(Serialize)]
struct Skips {
    count: usize,
    reason: String,
}

#[derive(Serialize)]
struct ReportedExchange<'a> {
    name: &'a str,
    outcome: &'static str,
    why: &'a str,
    source: String,
    section: &'a str,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skip: Option<Reason<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sent: Vec<Travelled<'a>>,
}

#[derive(Serialize)]
struct Reason<'a> {
    code: &'a str,
    reason: String,
}

#[derive(Serialize)]
struct Travelled<'a> {
    doing: &'a str,
    request: &'a str,
    response: &'a str,
}

#[derive(Serialize)]
struct NotRestored<'a> {
    user: &'a str,
    path: &'a str,
    baseline: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
struct Changes<'a> {
    new_failures: &'a [String],
    still_failing: &'a [String],
    fixed: &'a [String],
    no_longer_run: &'a [String],
    new_exchanges: &'a [String],
    removed_exchanges: &'a [String],
}

impl Report {
    /// Returns the report as JSON, ending with a line break.
    ///
    /// # Panics
    ///
    /// Never: keys are strings, and seconds are finite.
    pub fn to_json(&self, delta: Option<&Delta>) -> String {
        let skips = self.skips().into_iter();
        let document = Document {
            format: FORMAT,
            dialect: &self.dialect,
            url: &self.label,
            extent: match self.extent {
                Extent::Full => "full",
                Extent::Contract => "contract",
            },
            allow_writes: self.allow_writes,
            seconds: seconds(self.elapsed),
            conclusion: match self.conclusion(delta) {
                Conclusion::Good => "good",
                Conclusion::Findings => "findings",
                Conclusion::CouldNotRun => "could-not-run",
            },
            ended: match self.ended {
                Ended::Complete => "complete",
                Ended::Interrupted => "interrupted",
                Ended::Late => "late",
                Ended::NothingToRun => "nothing-to-run",
                Ended::CouldNotRun(_) => "could-not-run",
            },
            problem: self.ended.problem(),
            counts: self.counts().into(),
            sections: (self.sections().into_iter())
                .map(|(section, counts)| (section, counts.into()))
                .collect(),
            skips: skips
                .map(|(code, (count, reason))| (code, Skips { count, reason }))
                .collect(),
            exchanges: self.outcomes.iter().map(reported).collect(),
            not_restored: self.unrestored.iter().map(not_restored).collect(),
            delta: delta.map(changes),
        };
        let text = serde_json::to_string_pretty(&document);
        text.expect("keys are texts and seconds are finite") + "\n"
    }
}

fn reported(outcome: &Outcome) -> ReportedExchange<'_> {
    let (word, problem, skip) = match &outcome.status {
        OutcomeStatus::Passed => ("passed", None, None),
        OutcomeStatus::Failed(problem) => ("failed", Some(problem.as_str()), None),
        OutcomeStatus::Skipped(skip) => {
            let (code, reason) = (skip.code(), skip.to_string());
            ("skipped", None, Some(Reason { code, reason }))
        }
    };
    let sent = outcome.sent.iter().map(|raw| Travelled {
        doing: &raw.doing,
        request: &raw.request,
        response: &raw.response,
    });
    ReportedExchange {
        name: &outcome.name,
        outcome: word,
        why: &outcome.why,
        source: source(&outcome.source),
        section: &outcome.section,
        seconds: seconds(outcome.elapsed),
        problem,
        skip,
        sent: sent.collect(),
    }
}

fn not_restored(unrestored: &super::Unrestored) -> NotRestored<'_> {
    NotRestored {
        user: &unrestored.user,
        path: &unrestored.path,
        baseline: &unrestored.baseline,
        why: &unrestored.why,
    }
}

fn changes(delta: &Delta) -> Changes<'_> {
    Changes {
        new_failures: &delta.new_failures,
        still_failing: &delta.still_failing,
        fixed: &delta.fixed,
        no_longer_run: &delta.no_longer_run,
        new_exchanges: &delta.new_exchanges,
        removed_exchanges: &delta.removed_exchanges,
    }
}

/// The source of a rule, as in its file.
pub(super) fn source(source: &Source) -> String {
    match source {
        Source::Contract(sentence) => format!("contract: {sentence}"),
        Source::Decision(reason) => format!("decision: {reason}"),
    }
}

/// Seconds to the millisecond.
fn seconds(elapsed: std::time::Duration) -> f64 {
    (elapsed.as_secs_f64() * 1_000.0).round() / 1_000.0
}

impl From<Counts> for Sum {
    fn from(counts: Counts) -> Self {
        let Counts {
            passed,
            failed,
            skipped,
        } = counts;
        Self {
            passed,
            failed,
            skipped,
        }
    }
}
