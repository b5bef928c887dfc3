//! Replaying a whole suite, and reporting on it.

mod guard;
mod options;
mod pace;
mod preflight;
mod run;
mod turn;
mod watch;

pub use options::Options;
pub use preflight::username;
pub use watch::{Progress, Watch};

use self::watch::Nobody;
use crate::{Report, Suite, Target};

/// Replays the exchanges of `suite` against `target`, as `options` say.
///
/// Nothing that could write is sent unless [`Options::allow_writes`] is set. Where it is, each
/// known user's profile is read first and put back after each exchange and in the end, whatever
/// happens. What cannot be played is in the report, with the reason.
pub fn conform(suite: &Suite, target: &dyn Target, options: &Options) -> Report {
    conform_watched(suite, target, options, &Nobody)
}

/// The same, telling `watch` of each exchange as soon as it is over.
pub fn conform_watched(
    suite: &Suite,
    target: &dyn Target,
    options: &Options,
    watch: &dyn Watch,
) -> Report {
    run::Run::new(suite, target, options, watch).report()
}
