//! The progress of a run.

use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};
use manyface_conformance::{OutcomeStatus, Progress, Watch};

use crate::commands::output::say;

/// Standard error, with a progress bar if it is a terminal.
pub(super) struct ProgressDisplay {
    bar: ProgressBar,
    baselines: Mutex<Vec<String>>,
}

impl ProgressDisplay {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self {
            bar,
            baselines: Mutex::default(),
        }
    }

    /// Returns descriptions of the profiles before the run.
    pub(super) fn baselines(&self) -> Vec<String> {
        let baselines = self.baselines.lock();
        baselines.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Removes the bar.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl Watch for ProgressDisplay {
    fn baseline(&self, user: &str, path: &str, body: &str) {
        let baselines = self.baselines.lock();
        let mut baselines = baselines.unwrap_or_else(PoisonError::into_inner);
        baselines.push(format!("{path} of {user} was {body}"));
    }

    fn over(&self, progress: Progress<'_>) {
        let Progress {
            outcome,
            done,
            total,
        } = progress;
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
        self.bar.set_message(outcome.name.clone());
        // Without a progress bar, the summary reports it.
        if matches!(outcome.status, OutcomeStatus::Failed(_)) && !self.bar.is_hidden() {
            let name = &outcome.name;
            self.bar.suspend(|| say(&format!("failed: {name}")));
        }
    }
}
