//! Whether requests can be served yet.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Whether requests can be served: a server may accept connections before its database is up.
/// Until then every request of a dialect is a 503 in the dialect's own error format. Clones share
/// the state.
#[derive(Clone, Debug)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// Not ready until [`Readiness::set_ready`] is called.
    pub fn pending() -> Self {
        Self(Arc::new(AtomicBool::new(false)))
    }

    /// Serves requests from now on.
    pub fn set_ready(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Returns whether requests are served.
    pub fn is_ready(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Ready from the start.
impl Default for Readiness {
    fn default() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }
}
