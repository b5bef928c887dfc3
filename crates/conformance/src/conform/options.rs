//! What may be chosen of a run.

use std::{num::NonZeroUsize, time::Duration};

use crate::{Exchange, Extent, Stop};

/// What may be chosen of a run. By default, nothing is sent that could write.
#[derive(Clone, Debug)]
pub struct Options {
    /// How much is demanded.
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
    /// The most requests in a second.
    pub rate: Option<f64>,
    /// The deadline of the run; exchanges that have not run by then are reported as such.
    pub deadline: Option<Duration>,
    /// Parts of names: only exchanges with one of them are meant. None means all.
    pub only: Vec<String>,
    /// Parts of names: exchanges with one of them are not meant.
    pub except: Vec<String>,
    /// What the report calls the target.
    pub label: String,
    /// Texts that no report may show, next to the credentials of the target's users.
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
    /// Whether the exchange is meant at all.
    pub fn is_meant(&self, exchange: &Exchange) -> bool {
        let has = |part: &String| exchange.name.contains(part.as_str());
        (self.only.is_empty() || self.only.iter().any(has)) && !self.except.iter().any(has)
    }
}
