//! Normalisation of free text, common to all dialects.
//!
//! Text is trimmed and converted to Unicode normalisation form C. Control characters other than
//! tab, line feed and carriage return are rejected, and so are the bidirectional overrides (U+202D,
//! U+202E), which change the visible order of a text. All other characters are kept, including
//! joiners and tag characters, which are part of emoji and scripts.
//!
//! A pair of direction marks that encloses the whole text is trimmed like white space: some systems
//! enclose a copied telephone number in U+202D and U+202C.
//!
//! A text of only white space and invisible characters is empty. Lengths are counted in Unicode
//! scalar values of the trimmed, normalised text.

mod enclosing_marks;

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Why a text is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// It contains a control character.
    #[error("must not contain control characters")]
    Control,
    /// It contains a bidirectional override.
    #[error("must not contain invisible direction marks")]
    Direction,
    /// It exceeds the limit in Unicode scalar values.
    #[error("must be at most {max} characters")]
    TooLong {
        /// The limit.
        max: usize,
    },
}

/// More scalar values than normalisation form C can compose into one: a text that exceeds its limit
/// by this factor is rejected before it is normalised.
const MAX_COMPOSITION: usize = 8;

/// Trims, checks and normalises `text`. The result may have up to `max` characters.
pub fn normalise(text: &str, max: usize) -> Result<String, TextError> {
    let text = trim(text);
    if let Some(rejected) = text.chars().find(|c| is_rejected(*c)) {
        return Err(if is_override(rejected) {
            TextError::Direction
        } else {
            TextError::Control
        });
    }
    let too_long = TextError::TooLong { max };
    if text
        .chars()
        .nth(max.saturating_mul(MAX_COMPOSITION))
        .is_some()
    {
        return Err(too_long);
    }
    let text = compose(text);
    if text.chars().nth(max).is_some() {
        return Err(too_long);
    }
    Ok(text.into_owned())
}

/// Returns `text` in normalisation form C.
pub fn compose(text: &str) -> Cow<'_, str> {
    if is_nfc(text) {
        text.into()
    } else {
        text.nfc().collect()
    }
}

/// Trims white space and enclosing direction marks from `text`; returns an empty string if it has
/// no visible character.
pub fn trim(text: &str) -> &str {
    if text.chars().all(is_invisible) {
        return "";
    }
    enclosing_marks::strip_enclosing_marks(text, is_blank)
}

/// Returns whether `c` is white space, or a zero-width character without a purpose at the ends of a
/// text.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}')
}

/// Returns whether `c` is invisible: white space, or a `Default_Ignorable_Code_Point` of Unicode
/// (`DerivedCoreProperties.txt`), such as joiners, direction marks, fillers and tags.
fn is_invisible(c: char) -> bool {
    is_blank(c)
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}'
                | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Returns whether texts may not contain `c`.
pub fn is_rejected(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n' | '\r')) || is_override(c)
}

/// Returns whether `c` is a bidirectional override.
pub fn is_override(c: char) -> bool {
    matches!(c, '\u{202d}' | '\u{202e}')
}

/// Returns `bytes` as lower-case hexadecimal digits.
pub fn to_hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half)]);
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, TextError>) {
        assert_eq!(normalise(text, 5), expected.map(str::to_owned), "{text:?}");
    }

    #[test]
    fn white_space_is_trimmed() {
        check("  a b\t\n", Ok("a b"));
        check("\u{a0}\u{3000}a\u{200b}\u{feff}", Ok("a"));
    }

    #[test]
    fn invisible_text_is_empty() {
        for text in [
            "",
            " ",
            "\u{a0}",
            "\u{3000}",
            "\u{200b}",
            "\u{200d}\u{ad}",
            "\u{202a}\u{202c}",
            "\u{3164}",
            "\u{fe0f}",
            "\u{e0041}",
        ] {
            check(text, Ok(""));
        }
    }

    #[test]
    fn text_is_normalised_to_form_c() {
        check("e\u{301}", Ok("\u{e9}"));
        check("\u{e9}", Ok("\u{e9}"));
    }

    #[test]
    fn the_length_of_the_normalised_text_is_limited() {
        check(
            "\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}",
            Ok("\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}"),
        );
        check("aaaaaa", Err(TextError::TooLong { max: 5 }));
        check(
            "e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}",
            Ok("\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}"),
        );
        check(" aaaaa ", Ok("aaaaa"));
    }

    #[test]
    fn control_characters_and_overrides_are_rejected() {
        for text in ["a\0", "\u{1b}[0m", "a\u{85}b", "a\u{7f}"] {
            check(text, Err(TextError::Control));
        }
        for text in ["a\u{202e}b", "\u{202d}a", "a\u{202d}b\u{202c}"] {
            check(text, Err(TextError::Direction));
        }
        check("a\r\n\tb", Ok("a\r\n\tb"));
    }

    #[test]
    fn enclosing_direction_marks_are_trimmed() {
        check("\u{202d}+1 55\u{202c}", Ok("+1 55"));
        check(" \u{2068} e\u{301} \u{2069}\n", Ok("\u{e9}"));
        check(
            "\u{202e}a\u{202d}b\u{202c}\u{202c}",
            Err(TextError::Direction),
        );
        check("\u{202d}aaaaaa\u{202c}", Err(TextError::TooLong { max: 5 }));
        // Marks without a pair belong to the text.
        check("\u{200f}a!\u{200f}", Ok("\u{200f}a!\u{200f}"));
    }
}
