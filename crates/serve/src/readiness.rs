//! The readiness of the server.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// The readiness of the server, which may accept connections before its database is available.
/// Until it is ready, each request gets a 503 in the dialect's error format. Clones share the
/// state.
#[derive(Clone, Debug)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// Creates a state that is not ready until [`Readiness::set_ready`] is called.
    pub fn pending() -> Self {
        Self(Arc::new(AtomicBool::new(false)))
    }

    /// Marks the server as ready.
    pub fn set_ready(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Returns whether the server is ready.
    pub fn is_ready(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// The default is ready.
impl Default for Readiness {
    fn default() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }
}
