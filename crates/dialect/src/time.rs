//! Timestamps in JSON.

use manyface_core::Timestamp;

/// Formats `at` in UTC with milliseconds, as JavaScript's `Date.toISOString` does:
/// `2026-06-25T10:30:00.000Z`.
pub fn wire_time(at: Timestamp) -> String {
    format!("{at:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_are_always_written() {
        let at = Timestamp::from_millisecond(1_782_383_400_000).unwrap();
        assert_eq!(wire_time(at), "2026-06-25T10:30:00.000Z");
        let at = Timestamp::from_microsecond(1_782_383_400_001_999).unwrap();
        assert_eq!(wire_time(at), "2026-06-25T10:30:00.001Z");
    }
}
