//! The current keys of an issuer.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use crate::key::{Key, KeySet};

/// The current key set, which can be replaced while it is in use.
pub(crate) struct KeyRing {
    current: RwLock<Arc<KeySet>>,
    /// The generation of the current set, readable without the lock.
    generation: AtomicU64,
}

impl KeyRing {
    /// Creates a ring without keys.
    pub(crate) fn new() -> Self {
        let none = KeySet {
            generation: 0,
            is_known: false,
            keys: Vec::new(),
        };
        Self {
            current: RwLock::new(Arc::new(none)),
            generation: AtomicU64::new(0),
        }
    }

    /// Returns the current keys.
    pub(crate) fn keys(&self) -> Arc<KeySet> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the generation of the current keys.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Replaces the keys, and returns whether they changed. If not, the generation stays the same.
    pub(crate) fn replace(&self, keys: Vec<Key>) -> bool {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.is_known && current.holds(&keys) {
            return false;
        }
        self.set(&mut current, true, keys);
        true
    }

    /// Removes the keys, so that no token can be verified.
    pub(crate) fn withdraw(&self) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        self.set(&mut current, false, Vec::new());
    }

    fn set(&self, current: &mut Arc<KeySet>, is_known: bool, keys: Vec<Key>) {
        let generation = current.generation + 1;
        *current = Arc::new(KeySet {
            generation,
            is_known,
            keys,
        });
        self.generation.store(generation, Ordering::Release);
    }
}
