//! Regular expressions (ECMA-262) of what the core takes, made from what the core says.
//!
//! They are about the characters that have four hexadecimal digits: the others have no spelling
//! that every reader of regular expressions knows.

use std::fmt::Write;

use manyface_core::{Country, text};

/// A text that the core keeps: without control characters and bidirectional overrides.
pub fn plain() -> String {
    format!("^[^{}]*$", class(text::is_refused))
}

/// A text that the core keeps, with at least one character that a reader can see.
pub fn visible() -> String {
    let refused = class(text::is_refused);
    let hidden =
        class(|c| text::is_refused(c) || text::trim(c.encode_utf8(&mut [0; 4])).is_empty());
    format!("^[^{refused}]*[^{hidden}][^{refused}]*$")
}

/// The alpha-2 code of a country in either case, or nothing.
pub fn country_or_empty() -> String {
    let mut pattern = "^(?:".to_owned();
    for first in 'A'..='Z' {
        let seconds = ('A'..='Z').filter(|second| {
            let code = format!("{first}{second}");
            Country::parse_alpha2(&code).is_ok()
        });
        let seconds: String = seconds
            .flat_map(|second| [second, second.to_ascii_lowercase()])
            .collect();
        if !seconds.is_empty() {
            let bar = if pattern.ends_with(':') { "" } else { "|" };
            let small = first.to_ascii_lowercase();
            pattern = format!("{pattern}{bar}[{first}{small}][{seconds}]");
        }
    }
    pattern.push_str(")?$");
    pattern
}

/// A moment as [`crate::wire_time`] writes it.
pub fn wire_time() -> String {
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$".to_owned()
}

/// An image file as [`crate::read_image_data_url`] reads it: a data URL (RFC 2397) in base64.
pub fn image_data_url() -> String {
    const SPACE: &str = r"[\t\n\f\r ]*";
    format!(
        "^{SPACE}[Dd][Aa][Tt][Aa]:{SPACE}[Ii][Mm][Aa][Gg][Ee]/[A-Za-z0-9!#$&^_.+-]+{SPACE}\
         (?:;[ -~]*)?;{SPACE}[Bb][Aa][Ss][Ee]64{SPACE},[A-Za-z0-9+/=%\\t\\n\\f\\r ]*$"
    )
}

/// A web address as the core keeps it, which is as it is written.
pub fn web_url() -> String {
    let hidden = class(|c| {
        let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        c.is_whitespace() || c.is_control() || turns
    });
    format!("^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@\\\\{hidden}]+(?:[/?#][^\\\\{hidden}]*)?$")
}

/// The characters for which `is_in`, as ranges.
fn class(is_in: impl Fn(char) -> bool) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for code in 0..=0xffff_u32 {
        if !char::from_u32(code).is_some_and(&is_in) {
            continue;
        }
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == code => *last = code,
            _ => ranges.push((code, code)),
        }
    }
    let mut class = String::new();
    for (first, last) in ranges {
        let written = if first == last {
            write!(class, "\\u{first:04X}")
        } else {
            write!(class, "\\u{first:04X}-\\u{last:04X}")
        };
        written.expect("a text takes any text");
    }
    class
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_ranges() {
        let class = class(|c| matches!(c, '\0'..='\u{8}' | 'A' | '\u{202d}'..='\u{202e}'));
        assert_eq!(class, r"\u0000-\u0008\u0041\u202D-\u202E");
    }

    #[test]
    fn patterns_are_of_what_the_core_says() {
        let plain = plain();
        assert!(
            plain.starts_with(r"^[^\u0000-\u0008\u000B-\u000C"),
            "{plain}"
        );
        let country = country_or_empty();
        assert!(country.starts_with("^(?:[Aa][DdEeFfGg"), "{country}");
        assert!(country.contains("|[Xx][Kk]|"), "{country}");
    }
}
