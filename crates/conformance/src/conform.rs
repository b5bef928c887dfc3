//! Replaying a whole suite, and reporting on it.

mod guard;
mod options;
mod preflight;
mod rate_limit;
mod run;
mod turn;

pub use options::Options;
pub use preflight::username;

use crate::{Outcome, Report, Suite, Target};

/// Replays the exchanges of `suite` against `target`, as `options` say.
///
/// Nothing that could write is sent unless [`Options::allow_writes`] is set. Where it is, each
/// known user's profile is read first and put back after each exchange and in the end, whatever
/// happens. The report lists exchanges that cannot run, with the reason.
pub fn conform(suite: &Suite, target: &dyn Target, options: &Options) -> Report {
    conform_watched(suite, target, options, &Unwatched)
}

/// Like [`conform`], and reports each finished exchange to `watch`.
pub fn conform_watched(
    suite: &Suite,
    target: &dyn Target,
    options: &Options,
    watch: &dyn Watch,
) -> Report {
    run::Run::new(suite, target, options, watch).report()
}

/// Observes a run while it runs, from several threads.
pub trait Watch: Sync {
    /// Reports the initial body at `path`, which is restored for `user` in the end.
    fn baseline(&self, user: &str, path: &str, body: &str) {
        let _ = (user, path, body);
    }

    /// Reports a finished exchange.
    fn over(&self, progress: Progress<'_>) {
        let _ = progress;
    }
}

/// Ignores what happens.
struct Unwatched;

impl Watch for Unwatched {}

/// A finished exchange.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// Its outcome.
    pub outcome: &'a Outcome,
    /// The number of finished exchanges.
    pub done: usize,
    /// The number of exchanges that run.
    pub total: usize,
}
