//! The options of a run.

use std::{num::NonZeroUsize, time::Duration};

use crate::{Exchange, Extent, Stop};

/// The options of a run. By default, only requests that cannot write are sent.
#[derive(Clone, Debug)]
pub struct Options {
    /// The extent of the checks.
    pub extent: Extent,
    /// Whether exchanges run that write, or could write.
    pub allow_writes: bool,
    /// Whether profiles are put back. Without it, a target is written to whose profiles cannot
    /// be read, and profiles are left as exchanges leave them.
    pub restore: bool,
    /// Whether exchanges run whose changes cannot be restored
    /// ([`crate::Suite::irreplaceable`]).
    pub allow_loss: bool,
    /// The number of exchanges that run at the same time, limited by the number of users.
    pub jobs: NonZeroUsize,
    /// The maximum number of requests per second.
    pub rate: Option<f64>,
    /// The deadline of the run; exchanges that have not run by then are reported as such.
    pub deadline: Option<Duration>,
    /// Parts of names: only exchanges with one of them are selected. An empty list selects all.
    pub only: Vec<String>,
    /// Parts of names: exchanges with one of them are excluded.
    pub except: Vec<String>,
    /// The name of the target in the report.
    pub label: String,
    /// Strings that no report may show, in addition to the credentials of the target's users.
    pub secrets: Vec<String>,
    /// Ends the run.
    pub stop: Stop,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            extent: Extent::Full,
            allow_writes: false,
            restore: true,
            allow_loss: false,
            jobs: NonZeroUsize::MIN,
            rate: None,
            deadline: None,
            only: Vec::new(),
            except: Vec::new(),
            label: String::new(),
            secrets: Vec::new(),
            stop: Stop::default(),
        }
    }
}

impl Options {
    /// Returns whether the exchange is selected.
    pub fn is_meant(&self, exchange: &Exchange) -> bool {
        let has = |part: &String| exchange.name.contains(part.as_str());
        (self.only.is_empty() || self.only.iter().any(has)) && !self.except.iter().any(has)
    }
}
