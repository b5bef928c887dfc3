//! Ending a run before its time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

/// A word that ends a run: nothing more is sent but what puts profiles back. Copies are the same
/// word.
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

    /// Whether the run must end.
    pub fn is_set(&self) -> bool {
        self.is_said.load(Ordering::SeqCst) || self.is_from_outside() || self.is_late()
    }

    /// Whether it was said outside of the run.
    pub(crate) fn is_from_outside(&self) -> bool {
        let outer = self.outer.as_ref();
        outer.is_some_and(|outer| outer.load(Ordering::SeqCst))
    }

    /// Whether it is the time that has ended the run.
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
