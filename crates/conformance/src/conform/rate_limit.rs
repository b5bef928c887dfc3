//! Limits the rate of requests.

use std::{
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crate::Stop;

/// The polling interval while waiting.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The distance between requests.
pub(crate) struct RateLimit {
    gap: Duration,
    next: Mutex<Instant>,
}

impl RateLimit {
    /// Allows at most `rate` requests per second.
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
        thread::sleep(left.min(POLL_INTERVAL));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_spaced_evenly() {
        let (rate_limit, begun) = (RateLimit::new(Some(200.0)), Instant::now());
        for _ in 0..5 {
            rate_limit.wait(&Stop::default());
        }
        assert!(begun.elapsed() >= Duration::from_millis(20));
    }

    #[test]
    fn stop_interrupts_wait() {
        let (rate_limit, begun, stop) =
            (RateLimit::new(Some(0.001)), Instant::now(), Stop::default());
        stop.set();
        for _ in 0..5 {
            rate_limit.wait(&stop);
        }
        assert!(begun.elapsed() < Duration::from_secs(100));
    }
}
