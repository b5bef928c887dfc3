//! Numbers and strings as Python's `repr` formats them.

/// Formats a JSON integer as `str(int)` does.
pub(super) fn int(written: &str) -> &str {
    if written == "-0" { "0" } else { written }
}

/// Formats a JSON number as `repr(float)` does: the fewest digits that parse to the same double,
/// with an exponent below 1e-4 and from 1e16 on.
pub(super) fn float(written: &str) -> String {
    let value: f64 = written.parse().unwrap_or_default();
    // The fewest digits, as `d.ddde-7`.
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..16).contains(&exponent) {
        // Rust's `Debug` has no exponent here, and always a decimal point.
        return format!("{value:?}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

/// Formats a string as `repr` does: in single quotes, unless it has single and no double quotes.
pub(super) fn write_quoted(text: &str, into: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    into.push(quote);
    for c in text.chars() {
        match c {
            '\\' => into.push_str("\\\\"),
            '\n' => into.push_str("\\n"),
            '\r' => into.push_str("\\r"),
            '\t' => into.push_str("\\t"),
            c if c == quote => {
                into.push('\\');
                into.push(c);
            }
            c if c.is_control() => {
                let escaped = format!("\\x{:02x}", u32::from(c));
                into.push_str(&escaped);
            }
            c => into.push(c),
        }
    }
    into.push(quote);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_formatted_as_by_repr() {
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
