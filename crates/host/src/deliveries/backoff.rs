//! The pauses between attempts.

use jiff::SignedDuration;

use crate::config::WebhookSettings;

/// Exponential back-off with jitter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backoff {
    first: u32,
    max: u32,
}

impl Backoff {
    pub(super) fn new(settings: &WebhookSettings) -> Self {
        Self {
            first: settings.first_retry_seconds,
            max: settings.max_retry_seconds,
        }
    }

    /// Returns the pause after `failures` failed attempts: a random part of the second half of the
    /// interval, so that webhooks of one destination do not retry together. The destination may
    /// request a longer pause, up to the maximum.
    pub(super) fn pause(
        self,
        failures: u32,
        retry_after: Option<SignedDuration>,
        random: [u8; 2],
    ) -> SignedDuration {
        let doublings = failures.saturating_sub(1).min(31);
        let seconds = u64::from(self.first) << doublings;
        let millis = 1_000 * seconds.min(self.max.into());
        let jitter = millis / 2 * u64::from(u16::from_be_bytes(random)) / u64::from(u16::MAX);
        let pause = i64::try_from(millis / 2 + jitter).unwrap_or(i64::MAX);
        let pause = SignedDuration::from_millis(pause);
        let requested = retry_after.unwrap_or(SignedDuration::ZERO);
        pause.max(requested.min(SignedDuration::from_secs(self.max.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_maximum_with_jitter() {
        let backoff = Backoff { first: 5, max: 60 };
        let pause = |failures, random| backoff.pause(failures, None, random).as_millis();
        for (failures, most) in [
            (1, 5_000),
            (2, 10_000),
            (4, 40_000),
            (5, 60_000),
            (99, 60_000),
        ] {
            assert_eq!(pause(failures, [0; 2]), most / 2);
            assert_eq!(pause(failures, [255; 2]), most);
            let middle = pause(failures, [128, 0]);
            assert!(most / 2 < middle && middle < most, "{middle}");
        }
    }

    #[test]
    fn a_destination_can_request_a_longer_pause() {
        let backoff = Backoff { first: 4, max: 60 };
        let pause = |seconds| {
            let requested = Some(SignedDuration::from_secs(seconds));
            backoff.pause(1, requested, [255; 2]).as_secs()
        };
        assert_eq!([1, 30, 3_600].map(pause), [4, 30, 60]);
    }
}
