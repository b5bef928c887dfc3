//! Shortens JSON while it is written.

use std::io;

/// The maximum number of bytes of a string.
const MAX_STRING_BYTES: usize = 8192;
/// The number of written bytes after which further members and elements are omitted.
const MAX_CONTENT_BYTES: usize = 32 * 1024;
/// Marks the end of a truncated string.
const ELLIPSIS: &[u8] = "…".as_bytes();

/// Writes JSON with long strings truncated, and omits members and elements after the first 32 KiB.
/// The output is JSON of the same structure, of less than 64 KiB.
pub(crate) struct Shortener<'a> {
    out: &'a mut Vec<u8>,
    /// The number of open objects and arrays in the input.
    depth: usize,
    string: Option<StringState>,
    /// The number of open objects and arrays in the output.
    shown: usize,
    /// Whether the rest of the innermost object or array in the output is omitted.
    is_full: bool,
}

/// The state of the current string.
#[derive(Default)]
struct StringState {
    /// The number of bytes written.
    length: usize,
    /// The position in an escape sequence.
    escape: Escape,
    is_cut: bool,
}

#[derive(Clone, Copy, Default)]
enum Escape {
    #[default]
    None,
    Kind,
    /// The number of remaining hexadecimal digits.
    Digits(u8),
}

impl<'a> Shortener<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Self {
        Self {
            out,
            depth: 0,
            string: None,
            shown: 0,
            is_full: false,
        }
    }

    /// Processes the next bytes of the input.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match self.string.take() {
                Some(text) => self.string = self.within_string(text, *byte),
                None => self.between(*byte),
            }
        }
    }

    fn within_string(&mut self, mut text: StringState, byte: u8) -> Option<StringState> {
        let is_whole = matches!(text.escape, Escape::None);
        if is_whole && byte == b'"' {
            if text.is_cut {
                self.put_all(ELLIPSIS);
            }
            self.put(byte);
            return None;
        }
        // Truncate only between characters, never within a UTF-8 sequence or an escape.
        let is_start = is_whole && byte & 0xC0 != 0x80;
        let is_at_limit = text.length >= MAX_STRING_BYTES || self.out.len() >= MAX_CONTENT_BYTES;
        text.is_cut |= is_start && is_at_limit;
        text.escape = match (text.escape, byte) {
            (Escape::None, b'\\') => Escape::Kind,
            (Escape::Kind, b'u') => Escape::Digits(4),
            (Escape::Digits(left @ 2..), _) => Escape::Digits(left - 1),
            _ => Escape::None,
        };
        if !text.is_cut {
            text.length += 1;
            self.put(byte);
        }
        Some(text)
    }

    fn between(&mut self, byte: u8) {
        match byte {
            b'"' => {
                self.put(byte);
                self.string = Some(StringState::default());
            }
            b'{' | b'[' => {
                if !self.is_full {
                    self.put(byte);
                    self.shown += 1;
                }
                self.depth += 1;
            }
            b'}' | b']' => {
                let was_shown = self.depth == self.shown;
                self.depth = self.depth.saturating_sub(1);
                if was_shown {
                    self.shown -= 1;
                    self.is_full = false;
                    self.put(byte);
                }
            }
            b',' => {
                let is_innermost = self.depth == self.shown;
                self.is_full |= is_innermost && self.out.len() >= MAX_CONTENT_BYTES;
                self.put(byte);
            }
            _ => self.put(byte),
        }
    }

    fn put(&mut self, byte: u8) {
        if !self.is_full {
            self.out.push(byte);
        }
    }

    fn put_all(&mut self, bytes: &[u8]) {
        if !self.is_full {
            self.out.extend_from_slice(bytes);
        }
    }
}

impl io::Write for Shortener<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.push(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn shorten(text: &str) -> String {
        let mut short = Vec::new();
        Shortener::new(&mut short).push(text.as_bytes());
        String::from_utf8(short).unwrap()
    }

    #[test]
    fn short_json_is_unchanged() {
        for text in [
            r#"{"error":{"type":"bad_request","message":"a \"b\" \\ [x], {y}: \u00e9 é"}}"#,
            r#"[1,-2.5e3,true,false,null,"",[],{},[[{}]]]"#,
            r#""text""#,
            "17",
        ] {
            assert_eq!(shorten(text), text);
        }
    }

    #[test]
    fn long_strings_are_truncated_between_characters() {
        for unit in ["x", "é", "€", "😀", "\\u0001", "\\n", "\\\""] {
            let text = format!("{{\"a\":\"{}\",\"b\":1}}", unit.repeat(9000));
            let short = shorten(&text);
            let value: Value = serde_json::from_str(&short).unwrap();
            assert!(short.len() < MAX_STRING_BYTES + 40, "{}", short.len());
            assert!(value["a"].as_str().unwrap().ends_with('…'));
            assert_eq!(value["b"], 1);
        }
    }

    #[test]
    fn long_json_is_shortened_and_keeps_its_structure() {
        let long = "x".repeat(100_000);
        let deep = (0..50).fold(json!([long]), |inner, _| json!({ "k": [inner, 1, long] }));
        for (value, pointer) in [
            (json!({"detail": long}), "/detail"),
            (
                json!({"a": {"b": vec![long.clone(); 100]}, "z": 1}),
                "/a/b/0",
            ),
            (json!({"a": vec![json!(["null"]); 200_000]}), "/a/0/0"),
            (json!(vec![json!({"a": 1, "b": [2, 3]}); 100_000]), "/0/b/1"),
            (json!({(long.clone()): 1}), ""),
            (deep, "/k/0/k/0"),
        ] {
            let short = shorten(&value.to_string());
            assert!(short.len() < 64 * 1024, "{}", short.len());
            let value: Value = serde_json::from_str(&short).unwrap();
            assert!(value.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
