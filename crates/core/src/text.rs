//! The one rule for free text, shared by every dialect.
//!
//! Text is trimmed, then put into Unicode normalisation form C, so that the same text is stored
//! once however it was typed. Control characters other than tab, line feed and carriage return
//! are rejected, and so are the bidirectional overrides (U+202D, U+202E), which make a text read as
//! something else. Everything else is kept: joiners and tag characters belong to emoji and scripts.
//!
//! A pair of direction marks that embraces the whole text is trimmed with the blanks: systems put
//! one round a telephone number that is copied (U+202D … U+202C), and it says nothing of the text.
//!
//! A text of nothing but blanks and invisible characters is empty. Lengths are counted in Unicode
//! scalar values of the trimmed, normalised text.

mod embrace;

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Why a text cannot be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// It holds a control character.
    #[error("must not contain control characters")]
    Control,
    /// It holds a bidirectional override.
    #[error("must not contain invisible direction marks")]
    Direction,
    /// It is longer than the caller allows, in Unicode scalar values.
    #[error("must be at most {max} characters")]
    TooLong {
        /// The most that is allowed.
        max: usize,
    },
}

/// The most scalar values that normalisation form C can fold into one, and then some: a text this
/// many times over its limit is rejected before it is normalised.
const FOLD: usize = 8;

/// Trims, checks and normalises `text`, which may have `max` characters after that.
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
    if text.chars().nth(max.saturating_mul(FOLD)).is_some() {
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

/// `text` without blanks at its ends, and without the direction marks that embrace all of it; empty
/// where it holds nothing visible at all.
pub fn trim(text: &str) -> &str {
    if text.chars().all(is_invisible) {
        return "";
    }
    embrace::unwrapped(text, is_blank)
}

/// White space, and the characters without width that serve no purpose at a text's ends.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}')
}

/// Nothing that a reader could see: blanks, and what Unicode calls `Default_Ignorable_Code_Point`
/// (`DerivedCoreProperties.txt`), joiners, direction marks, fillers and tags among them.
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

/// Whether no text may contain `c`.
pub fn is_rejected(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n' | '\r')) || is_override(c)
}

/// Whether `c` makes the letters after it run in another direction than their own.
pub fn is_override(c: char) -> bool {
    matches!(c, '\u{202d}' | '\u{202e}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, TextError>) {
        assert_eq!(normalise(text, 5), expected.map(str::to_owned), "{text:?}");
    }

    #[test]
    fn ends_are_trimmed() {
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
    fn two_spellings_become_one() {
        check("e\u{301}", Ok("\u{e9}"));
        check("\u{e9}", Ok("\u{e9}"));
    }

    #[test]
    fn length_counts_characters_of_the_stored_text() {
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
    fn marks_round_the_whole_text_are_trimmed() {
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
