//! Whoever watches a run.

use crate::Outcome;

/// Somebody who is told of a run while it runs, from several threads.
pub trait Watch: Sync {
    /// This is what is at `path` before anything is written for `user`: what to go back to.
    fn baseline(&self, user: &str, path: &str, body: &str) {
        let _ = (user, path, body);
    }

    /// An exchange is over.
    fn over(&self, progress: Progress<'_>) {
        let _ = progress;
    }
}

/// Nobody.
pub(super) struct Nobody;

impl Watch for Nobody {}

/// An exchange that is over.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// What came of it.
    pub outcome: &'a Outcome,
    /// How many are over, of those that are played.
    pub done: usize,
    /// How many are played.
    pub total: usize,
}
