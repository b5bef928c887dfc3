//! A signal that stops a run early.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

/// A signal that ends a run: afterwards only requests that restore profiles are sent. Clones share
/// the signal.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    is_said: Arc<AtomicBool>,
    /// The parent, whose signal also stops this one.
    outer: Option<Arc<AtomicBool>>,
    deadline: Option<Instant>,
}

impl Stop {
    /// Ends the run.
    pub fn set(&self) {
        self.is_said.store(true, Ordering::SeqCst);
    }

    /// Returns whether the run must end.
    pub fn is_set(&self) -> bool {
        self.is_said.load(Ordering::SeqCst) || self.is_from_outside() || self.is_late()
    }

    /// Returns whether the signal was set outside of the run.
    pub(crate) fn is_from_outside(&self) -> bool {
        let outer = self.outer.as_ref();
        outer.is_some_and(|outer| outer.load(Ordering::SeqCst))
    }

    /// Returns whether the deadline has ended the run.
    pub(crate) fn is_late(&self) -> bool {
        self.deadline.is_some_and(|end| Instant::now() >= end)
    }

    /// Returns a signal for one run, which this one and the deadline also set.
    pub(crate) fn within(&self, deadline: Option<Instant>) -> Self {
        Self {
            is_said: Arc::default(),
            outer: Some(Arc::clone(&self.is_said)),
            deadline,
        }
    }
}
