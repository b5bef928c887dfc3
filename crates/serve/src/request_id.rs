//! Request ids.

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

/// Generates request ids that are unique across processes, without a system call per id. Ids that
/// clients send are ignored.
#[derive(Debug)]
pub struct RequestIds {
    /// The prefix of this process: 16 hexadecimal digits.
    process: String,
    counter: AtomicU64,
}

impl RequestIds {
    /// Creates a generator with a random prefix.
    pub fn new() -> Self {
        Self {
            // The keys of `RandomState` are random.
            process: format!("{:016x}", RandomState::new().hash_one("request ids")),
            counter: AtomicU64::new(0),
        }
    }

    /// Returns the next id: 24 hexadecimal digits.
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
