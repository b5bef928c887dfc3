//! Parsers of command-line values that several commands use.

use std::time::Duration;

/// Parses a duration of at most ten years, the range of all clocks.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    const FORM: &str = "must be a number and one of s, m, h, d, at most 3650d: 90s, 30m, 12h, 7d";
    const MAX_SECONDS: u64 = 3_650 * 24 * 60 * 60;
    let unit = text.chars().last().ok_or(FORM)?;
    let seconds: u64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return Err(FORM.to_owned()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| FORM)?;
    let total = number.checked_mul(seconds);
    let total = total.filter(|total| (1..=MAX_SECONDS).contains(total));
    total
        .map(Duration::from_secs)
        .ok_or_else(|| FORM.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("7d"), Ok(Duration::from_secs(604_800)));
        assert_eq!(duration("3650d"), Ok(Duration::from_secs(315_360_000)));
        for text in [
            "",
            "s",
            "0s",
            "1",
            "1w",
            "-1h",
            "9999999999999999999d",
            "3651d",
            "18446744073709551615s",
            "1\u{e9}",
        ] {
            assert!(duration(text).is_err(), "{text:?}");
        }
    }
}
