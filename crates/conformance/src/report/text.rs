//! A report on a terminal.

use std::fmt::Write as _;

use super::{Counts, Delta, Ended, Report};

impl Report {
    /// Returns the report for a terminal: failures, sections, skips, and totals.
    /// With `delta`, also the changes since an earlier report.
    pub fn summary(&self, delta: Option<&Delta>) -> String {
        let mut text = String::new();
        for (outcome, problem) in self.failures() {
            let (name, why) = (&outcome.name, &outcome.why);
            let problem = problem.replace('\n', "\n    ");
            line(
                &mut text,
                format_args!("failed: {name}: {why}\n    {problem}"),
            );
        }
        let sections = self.sections();
        let width = sections.keys().map(|section| section.len()).max();
        let width = width.unwrap_or_default().max("section".len());
        line(
            &mut text,
            format_args!("\n{:<width$}  passed  failed  skipped", "section"),
        );
        for (section, counts) in sections {
            let Counts {
                passed,
                failed,
                skipped,
            } = counts;
            line(
                &mut text,
                format_args!("{section:<width$}  {passed:>6}  {failed:>6}  {skipped:>7}"),
            );
        }
        let skips = self.skips();
        if !skips.is_empty() {
            line(&mut text, format_args!("\nskipped:"));
        }
        for (code, (count, reason)) in skips {
            line(&mut text, format_args!("{count:>6}  {reason} [{code}]"));
        }
        if let Some(delta) = delta {
            text.push_str(&delta.summary());
        }
        for unrestored in &self.unrestored {
            line(&mut text, format_args!("\nNOT RESTORED: {unrestored}"));
        }
        let Counts {
            passed,
            failed,
            skipped,
        } = self.counts();
        let seconds = self.elapsed.as_secs_f64();
        line(
            &mut text,
            format_args!(
                "\n{}: {passed} passed, {failed} failed, {skipped} skipped in {seconds:.1} s",
                self.dialect
            ),
        );
        if let Some(problem) = self.ended.problem() {
            line(&mut text, format_args!("the run is incomplete: {problem}"));
        }
        text
    }
}

impl Ended {
    /// Returns why the run is incomplete.
    pub fn problem(&self) -> Option<&str> {
        match self {
            Self::Complete => None,
            Self::Interrupted => Some("it was interrupted"),
            Self::Late => Some("the deadline passed"),
            Self::NothingToRun => Some("no exchange can run"),
            Self::CouldNotRun(problem) => Some(problem),
        }
    }
}

impl std::fmt::Display for super::Unrestored {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            user,
            path,
            baseline,
            why,
        } = self;
        write!(
            formatter,
            "{path} of {user}: {why}\nit was, and must be put back by hand:\n{baseline}"
        )
    }
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{arguments}");
}
