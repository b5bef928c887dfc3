//! Names for requests.

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

/// Makes an id for each request: unique over processes, and made without asking the system for
/// randomness each time. What a client sends as an id is never used.
#[derive(Debug)]
pub struct RequestIds {
    /// Sixteen hexadecimal digits.
    process: String,
    counter: AtomicU64,
}

impl RequestIds {
    /// The ids of this process.
    pub fn new() -> Self {
        Self {
            // Its keys are random.
            process: format!("{:016x}", RandomState::new().hash_one("request ids")),
            counter: AtomicU64::new(0),
        }
    }

    /// The next id: 24 hexadecimal digits.
    pub fn next(&self) -> String {
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        format!("{}{number:08x}", self.process)
    }
}

impl Default for RequestIds {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_within_and_between_processes() {
        let (one, other) = (RequestIds::new(), RequestIds::new());
        let ids = [one.next(), one.next(), other.next()];
        assert_ne!(ids[0], ids[1]);
        assert_ne!(ids[0], ids[2]);
        assert!(ids.iter().all(|id| id.len() == 24));
    }
}
