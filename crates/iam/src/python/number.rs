//! Numbers as Python writes them.

/// `str(int)` of a whole number as JSON has it.
pub(crate) fn int(written: &str) -> &str {
    if written == "-0" { "0" } else { written }
}

/// `repr(float)` of a number as JSON has it: the fewest digits that read back as the same double,
/// with an exponent below 1e-4 and from 1e16 on.
pub(crate) fn float(written: &str) -> String {
    let value: f64 = written.parse().unwrap_or_default();
    // The fewest digits, as `d.ddde-7`.
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..16).contains(&exponent) {
        // Rust writes it out without an exponent, and always with a point where asked.
        return format!("{value:?}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_written_as_repr_writes_them() {
        for (written, text) in [
            ("1.0", "1.0"),
            ("-0.0", "-0.0"),
            ("1.50", "1.5"),
            ("1e2", "100.0"),
            ("1e22", "1e+22"),
            ("1e16", "1e+16"),
            ("9999999999999998.0", "9999999999999998.0"),
            ("123456789012345678.0", "1.2345678901234568e+17"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("1e-7", "1e-07"),
            ("1.5e300", "1.5e+300"),
            ("5e-324", "5e-324"),
            ("0.1", "0.1"),
            ("1e15", "1000000000000000.0"),
        ] {
            assert_eq!(float(written), text, "{written}");
        }
    }
}
