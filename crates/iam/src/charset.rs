//! The charsets of forms.

use std::borrow::Cow;

/// A charset of forms that the framework supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    Utf8,
    Ascii,
    /// ISO-8859-1, which is not read as windows-1252, unlike in browsers.
    Latin1,
    Windows1252,
}

/// The characters of windows-1252 from 0x80 to 0x9F. Five are unassigned.
const WINDOWS_1252: [char; 32] = [
    '\u{20ac}', '\u{fffd}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}', '\u{2021}',
    '\u{2c6}', '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{fffd}', '\u{17d}', '\u{fffd}',
    '\u{fffd}', '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '\u{2022}', '\u{2013}', '\u{2014}',
    '\u{2dc}', '\u{2122}', '\u{161}', '\u{203a}', '\u{153}', '\u{fffd}', '\u{17e}', '\u{178}',
];

impl Charset {
    /// Returns the charset of a content type, UTF-8 by default, or `None` if it is not supported.
    pub(crate) fn of(content_type: &str) -> Option<Self> {
        let name = manyface_dialect::charset(content_type).unwrap_or_default();
        // Python's `codecs` accepts underscores and spaces for hyphens.
        let name = name.to_ascii_lowercase().replace(['_', ' '], "-");
        match name.as_str() {
            "" | "utf-8" | "utf8" => Some(Self::Utf8),
            "us-ascii" | "ascii" => Some(Self::Ascii),
            "iso-8859-1" | "iso8859-1" | "iso-8859-1:1987" | "8859" | "latin-1" | "latin1"
            | "l1" | "cp819" => Some(Self::Latin1),
            "windows-1252" | "cp1252" | "1252" => Some(Self::Windows1252),
            _ => None,
        }
    }

    /// Returns whether JSON may have this charset: it is UTF-8 (RFC 8259 §8.1).
    pub(crate) const fn is_json(self) -> bool {
        match self {
            Self::Utf8 | Self::Ascii => true,
            Self::Latin1 | Self::Windows1252 => false,
        }
    }

    /// Decodes `bytes`, replacing invalid ones by U+FFFD.
    pub(crate) fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        let map = |char_of: fn(u8) -> char| bytes.iter().map(|byte| char_of(*byte)).collect();
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes),
            _ if bytes.is_ascii() => String::from_utf8_lossy(bytes),
            Self::Ascii => map(|byte| {
                if byte.is_ascii() {
                    byte.into()
                } else {
                    '\u{fffd}'
                }
            }),
            Self::Latin1 => map(char::from),
            Self::Windows1252 => map(|byte| match byte {
                0x80..=0x9f => WINDOWS_1252[usize::from(byte - 0x80)],
                byte => byte.into(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charset_names_are_those_of_the_framework() {
        let check = |name: &str, expected| {
            let content_type = format!("application/x-www-form-urlencoded; charset={name}");
            assert_eq!(Charset::of(&content_type), expected, "{name}");
        };
        for name in ["", "UTF-8", "utf8", "UTF_8"] {
            check(name, Some(Charset::Utf8));
        }
        for name in ["US-ASCII", "ascii"] {
            check(name, Some(Charset::Ascii));
        }
        for name in [
            "ISO-8859-1",
            "\"iso-8859-1\"",
            "iso8859_1",
            "latin-1",
            "Latin1",
            "l1",
        ] {
            check(name, Some(Charset::Latin1));
        }
        for name in ["windows-1252", "CP1252"] {
            check(name, Some(Charset::Windows1252));
        }
        for name in ["utf-16", "iso-8859-15", "shift_jis", "klingon", "hex"] {
            check(name, None);
        }
        assert_eq!(Charset::of("multipart/form-data"), Some(Charset::Utf8));
    }

    #[test]
    fn bytes_are_decoded_as_in_the_framework() {
        let check = |charset: Charset, bytes: &[u8], expected: &str| {
            assert_eq!(charset.decode(bytes), expected, "{charset:?}");
        };
        for charset in [
            Charset::Utf8,
            Charset::Ascii,
            Charset::Latin1,
            Charset::Windows1252,
        ] {
            check(charset, b"Ada", "Ada");
        }
        check(Charset::Utf8, b"\xc3\xa9\xe9", "\u{e9}\u{fffd}");
        check(Charset::Ascii, b"a\xe9\x80", "a\u{fffd}\u{fffd}");
        check(Charset::Latin1, b"\xe9\x80\xff", "\u{e9}\u{80}\u{ff}");
        check(
            Charset::Windows1252,
            b"\xe9\x80\x9f\xa0",
            "\u{e9}\u{20ac}\u{178}\u{a0}",
        );
        check(
            Charset::Windows1252,
            b"\x81\x8d\x8f\x90\x9d",
            "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}",
        );
    }
}
