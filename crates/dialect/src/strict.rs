//! Strict JSON, which every parser reads the same way.

use std::{
    cell::Cell,
    fmt,
    hash::{BuildHasher, RandomState},
};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::Malformed;

/// The kind of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the kinds of RFC 8259")]
pub enum Shape {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

/// -2^63 and 2^64: beyond these limits, parsers disagree on the value of an integer.
const LIMITS: (f64, f64) = (-9_223_372_036_854_775_808.0, 18_446_744_073_709_551_616.0);

/// Checks that `bytes` are exactly one JSON value in UTF-8, without duplicate keys at any depth,
/// lone surrogates, values nested deeper than 127, or numbers that would lose their value. Returns
/// the value's kind.
///
/// A number without a fraction or an exponent must fit into 64 bits; others are read as doubles.
pub(crate) fn check(bytes: &[u8]) -> Result<Shape, Malformed> {
    let (is_large, is_duplicate) = (Cell::new(false), Cell::new(false));
    let hasher = RandomState::new();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let strict = Strict {
        is_large: &is_large,
        is_duplicate: &is_duplicate,
        hasher: &hasher,
    };
    let read = strict.deserialize(&mut json);
    let read = read.and_then(|shape| json.end().map(|()| shape));
    let shape = read.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        if is_duplicate.get() {
            Malformed::DuplicateKey
        } else if error.is_syntax() && is_in_huge_number(bytes, line, column) {
            Malformed::NumberRange
        } else {
            Malformed::Syntax { line, column }
        }
    })?;
    if is_large.get() && has_long_integer(bytes) {
        return Err(Malformed::NumberRange);
    }
    Ok(shape)
}

/// Returns whether valid JSON has a number without fraction and exponent that does not fit into 64
/// bits.
fn has_long_integer(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some((first, after)) = rest.split_first() {
        if *first == b'"' {
            rest = after_string(after);
        } else if matches!(first, b'0'..=b'9' | b'-') {
            let length = rest
                .iter()
                .take_while(|byte| is_number_byte(**byte))
                .count();
            let (number, after) = rest.split_at(length);
            rest = after;
            let is_whole = !number.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E'));
            let text = str::from_utf8(number).unwrap_or_default();
            if is_whole && text.parse::<u64>().is_err() && text.parse::<i64>().is_err() {
                return true;
            }
        } else {
            rest = after;
        }
    }
    false
}

/// Returns the rest of `json` after a string, whose opening quote precedes `json`.
fn after_string(mut json: &[u8]) -> &[u8] {
    while let Some((first, after)) = json.split_first() {
        json = match first {
            b'"' => return after,
            b'\\' => after.get(1..).unwrap_or_default(),
            _ => after,
        };
    }
    json
}

/// Returns whether the JSON up to a line and column, counted from 1, ends with a number that
/// overflows a double.
fn is_in_huge_number(json: &[u8], line: usize, column: usize) -> bool {
    let mut lines = json.split(|byte| *byte == b'\n');
    let line = lines.nth(line.saturating_sub(1)).unwrap_or_default();
    let read = &line[..column.min(line.len())];
    let start = read.iter().rposition(|byte| !is_number_byte(*byte));
    let number = &read[start.map_or(0, |start| start + 1)..];
    let number = str::from_utf8(number).unwrap_or_default().parse();
    number.is_ok_and(f64::is_infinite)
}

fn is_number_byte(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

/// Validates a value without storing it.
#[derive(Clone, Copy)]
struct Strict<'a> {
    /// Whether a number was read that may be an integer outside 64 bits.
    is_large: &'a Cell<bool>,
    is_duplicate: &'a Cell<bool>,
    hasher: &'a RandomState,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Shape;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Shape, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Shape;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::Boolean)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::Number)
    }

    fn visit_f64<E>(self, value: f64) -> Result<Shape, E> {
        if value <= LIMITS.0 || value >= LIMITS.1 {
            self.is_large.set(true);
        }
        Ok(Shape::Number)
    }

    fn visit_str<E>(self, _: &str) -> Result<Shape, E> {
        Ok(Shape::String)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Shape, A::Error> {
        while items.next_element_seed(self)?.is_some() {}
        Ok(Shape::Array)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Shape, A::Error> {
        // Stores eight bytes per key, whatever its length. The hash is seeded for each body, so a
        // collision of two keys is less likely than a memory error.
        let mut keys: Vec<u64> = Vec::new();
        while let Some(key) = entries.next_key_seed(Key(self.hasher))? {
            keys.push(key);
            entries.next_value_seed(self)?;
        }
        keys.sort_unstable();
        if keys.windows(2).any(|pair| pair[0] == pair[1]) {
            self.is_duplicate.set(true);
            return Err(A::Error::custom("duplicate key"));
        }
        Ok(Shape::Object)
    }
}

/// Reads a key as its hash.
struct Key<'a>(&'a RandomState);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = u64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u64, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = u64;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<u64, E> {
        Ok(self.0.hash_one(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_of_each_kind_is_read() {
        for (text, shape) in [
            ("null", Shape::Null),
            (" true ", Shape::Boolean),
            ("-1.5e3", Shape::Number),
            (
                "[1e30, 123e65, 1E22, \"99999999999999999999\\\\\", 1.7e308]",
                Shape::Array,
            ),
            ("18446744073709551615", Shape::Number),
            (r#""\ud83d\ude00 \u0000""#, Shape::String),
            (r#"[{"a":1},{"a":1}]"#, Shape::Array),
            (r#"{"a":{"a":1},"b":[]}"#, Shape::Object),
        ] {
            assert_eq!(check(text.as_bytes()), Ok(shape), "{text}");
        }
    }

    #[test]
    fn duplicate_keys_are_found_at_any_depth_and_in_any_spelling() {
        for text in [
            r#"{"a":1,"a":2}"#,
            r#"[{"x":{"a":1,"b":2,"a":3}}]"#,
            r#"{"a":1,"\u0061":2}"#,
        ] {
            assert_eq!(check(text.as_bytes()), Err(Malformed::DuplicateKey));
        }
    }

    #[test]
    fn numbers_that_lose_their_value_are_rejected() {
        for text in [
            "1e400",
            "-1e400",
            "123456789012345678901234567890",
            "-9223372036854775809",
            r#"{"a\\\"1":[18446744073709551616]}"#,
        ] {
            assert_eq!(
                check(text.as_bytes()),
                Err(Malformed::NumberRange),
                "{text}"
            );
        }
    }

    #[test]
    fn other_errors_are_syntax_errors_with_a_position() {
        let deep = "[".repeat(10_000);
        for bytes in [
            b"".as_slice(),
            b"{",
            b"{} {}",
            b"{}x",
            b"nul",
            b"NaN",
            b"'a'",
            b"{a:1}",
            b"{9999E9999:1}",
            b"{\"bio\":\"1e999",
            b"{} 1e999",
            b"[1 1e999]",
            b"[1,]",
            b"01",
            b"+1",
            b"\"\\ud800\"",
            b"{\"x\":\"\\udc00\\ud800\"}",
            b"\"\xff\"",
            b"{\"\xff\":1}",
            b"\"\n\"",
            b"\xef\xbb\xbf{}",
            b"\xff\xfe{\0}\0",
            deep.as_bytes(),
        ] {
            let outcome = check(bytes);
            assert!(
                matches!(outcome, Err(Malformed::Syntax { .. })),
                "{outcome:?}"
            );
        }
        let outcome = check(b"{\n  \"a\": x}");
        assert_eq!(outcome, Err(Malformed::Syntax { line: 2, column: 8 }));
    }
}
