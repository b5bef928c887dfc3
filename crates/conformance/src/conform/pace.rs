//! No more requests in a second than are wanted.

use std::{
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crate::Stop;

/// How long nothing is looked at while waiting.
const SLICE: Duration = Duration::from_millis(50);

/// The distance between requests.
pub(crate) struct Pace {
    gap: Duration,
    next: Mutex<Instant>,
}

impl Pace {
    /// At most `rate` requests a second.
    pub(crate) fn new(rate: Option<f64>) -> Self {
        let gap = rate.filter(|rate| *rate > 0.0);
        let gap = gap.and_then(|rate| Duration::try_from_secs_f64(1.0 / rate).ok());
        Self {
            gap: gap.unwrap_or_default(),
            next: Mutex::new(Instant::now()),
        }
    }

    /// Waits for the next turn, or for `stop`.
    pub(crate) fn wait(&self, stop: &Stop) {
        if self.gap.is_zero() {
            return;
        }
        let turn = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = (*next).max(Instant::now());
            *next = turn + self.gap;
            turn
        };
        wait_until(turn, stop);
    }
}

/// Waits until `then`, or for `stop`.
pub(crate) fn wait_until(then: Instant, stop: &Stop) {
    loop {
        let left = then.saturating_duration_since(Instant::now());
        if left.is_zero() || stop.is_set() {
            return;
        }
        thread::sleep(left.min(SLICE));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_a_gap_apart() {
        let (pace, begun) = (Pace::new(Some(200.0)), Instant::now());
        for _ in 0..5 {
            pace.wait(&Stop::default());
        }
        assert!(begun.elapsed() >= Duration::from_millis(20));
    }

    #[test]
    fn nobody_waits_who_is_stopped() {
        let (pace, begun, stop) = (Pace::new(Some(0.001)), Instant::now(), Stop::default());
        stop.set();
        for _ in 0..5 {
            pace.wait(&stop);
        }
        assert!(begun.elapsed() < Duration::from_secs(100));
    }
}
