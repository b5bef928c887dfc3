//! A JSON parser with the errors of Python's `json`.
//!
//! <https://docs.python.org/3.11/library/json.html>, without the constants `NaN` and `Infinity`, as
//! in the framework. Two rules are stricter: integers have 64 bits, and lists and objects have at
//! most 127 levels.

use std::{borrow::Cow, fmt};

/// The maximum depth of nested lists and objects.
const MAX_DEPTH: usize = 127;

/// A JSON syntax error, with Python's message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JsonError(String);

impl fmt::Display for JsonError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A Python string, which may have lone surrogates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Text<'a> {
    /// The string, with U+FFFD in place of each lone surrogate.
    pub(crate) text: Cow<'a, str>,
    /// The first lone surrogate.
    pub(crate) surrogate: Option<u16>,
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Cow::Borrowed(text).into()
    }
}

impl<'a> From<Cow<'a, str>> for Text<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        let surrogate = None;
        Self { text, surrogate }
    }
}

/// A token of a JSON text.
pub(super) enum Token<'a> {
    /// A string, with its quotes.
    Text(&'a str),
    /// A byte outside of strings that is not white space.
    Mark(u8),
}

/// A parser at a position of a JSON text.
pub(super) struct Reader<'a> {
    text: &'a str,
    /// The index of the next byte.
    position: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            position: 0,
            depth: 0,
        }
    }

    /// Checks that `text` is exactly one value, and returns it without surrounding white space.
    ///
    /// No memory is allocated: the content of lists and objects is only checked.
    pub(super) fn check(text: &'a str) -> Result<&'a str, JsonError> {
        let mut reader = Self::new(text);
        if text.starts_with('\u{feff}') {
            return Err(reader.error("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0));
        }
        reader.skip_white_space();
        let value = reader.value()?;
        reader.skip_white_space();
        if reader.position < text.len() {
            return Err(reader.error("Extra data", reader.position));
        }
        Ok(value)
    }

    /// Returns an error at a position of the text, with line and column.
    fn error(&self, message: &str, position: usize) -> JsonError {
        let before = &self.text[..position];
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before[start..].chars().count() + 1;
        let character = before.chars().count();
        JsonError(format!(
            "{message}: line {line} column {column} (char {character})"
        ))
    }

    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn skip_white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.position += 1;
        }
    }

    /// Parses one value and returns its text.
    pub(super) fn value(&mut self) -> Result<&'a str, JsonError> {
        let begin = self.position;
        match self.peek() {
            Some(b'"') => self.string(None)?,
            Some(b'{') => self.nested("object", Self::dict)?,
            Some(b'[') => self.nested("array", Self::list)?,
            Some(_) | None => match self.word() {
                Some(word) => word?,
                None => self.number()?,
            },
        }
        Ok(&self.text[begin..self.position])
    }

    fn word(&mut self) -> Option<Result<(), JsonError>> {
        let (word, is_json) = [
            ("null", true),
            ("true", true),
            ("false", true),
            ("NaN", false),
            ("Infinity", false),
            ("-Infinity", false),
        ]
        .into_iter()
        .find(|(word, _)| self.rest().starts_with(word))?;
        self.position += word.len();
        Some(is_json.then_some(()).ok_or_else(|| out_of_range(word)))
    }

    fn nested(
        &mut self,
        type_name: &str,
        read: impl FnOnce(&mut Self) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        if self.depth == MAX_DEPTH {
            return Err(JsonError(format!(
                "maximum recursion depth exceeded while decoding a JSON {type_name} from a unicode \
                 string"
            )));
        }
        self.depth += 1;
        read(self)?;
        self.depth -= 1;
        Ok(())
    }

    /// Reads the opening bracket of a list or object, and the closing one if it is empty. Returns
    /// whether it has content.
    pub(super) fn enter(&mut self, end: u8) -> bool {
        self.position += 1;
        self.skip_white_space();
        let is_empty = self.peek() == Some(end);
        self.position += usize::from(is_empty);
        !is_empty
    }

    fn dict(&mut self) -> Result<(), JsonError> {
        if !self.enter(b'}') {
            return Ok(());
        }
        loop {
            self.key()?;
            self.value()?;
            if self.is_end(b'}')? {
                return Ok(());
            }
        }
    }

    /// Parses a key and its colon, and returns the text of the key.
    pub(super) fn key(&mut self) -> Result<&'a str, JsonError> {
        if self.peek() != Some(b'"') {
            let message = "Expecting property name enclosed in double quotes";
            return Err(self.error(message, self.position));
        }
        let key = self.value()?;
        self.skip_white_space();
        if self.peek() != Some(b':') {
            return Err(self.error("Expecting ':' delimiter", self.position));
        }
        self.position += 1;
        self.skip_white_space();
        Ok(key)
    }

    fn list(&mut self) -> Result<(), JsonError> {
        if !self.enter(b']') {
            return Ok(());
        }
        loop {
            self.value()?;
            if self.is_end(b']')? {
                return Ok(());
            }
        }
    }

    /// Reads `end` or a comma, and returns whether the list or object ends.
    pub(super) fn is_end(&mut self, end: u8) -> Result<bool, JsonError> {
        self.skip_white_space();
        let next = self.peek();
        if next != Some(end) && next != Some(b',') {
            return Err(self.error("Expecting ',' delimiter", self.position));
        }
        self.position += 1;
        if next == Some(b',') {
            self.skip_white_space();
        }
        Ok(next == Some(end))
    }

    /// Returns the next token of a text that was checked.
    pub(super) fn token(&mut self) -> Option<Token<'a>> {
        self.skip_white_space();
        let next = self.peek()?;
        if next == b'"' {
            return self.value().ok().map(Token::Text);
        }
        self.position += 1;
        Some(Token::Mark(next))
    }

    fn number(&mut self) -> Result<(), JsonError> {
        let bytes = self.rest().as_bytes();
        let digits = |from: usize| {
            let rest = bytes.get(from..).unwrap_or_default();
            rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
        };
        let mut end = usize::from(bytes.first() == Some(&b'-'));
        end += match bytes.get(end) {
            Some(b'0') => 1,
            Some(b'1'..=b'9') => digits(end),
            Some(_) | None => return Err(self.error("Expecting value", self.position)),
        };
        let mut is_float = false;
        if bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
            is_float = true;
            end += 1 + digits(end + 1);
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            let exponent = digits(end + 1 + sign);
            if exponent > 0 {
                is_float = true;
                end += 1 + sign + exponent;
            }
        }
        let written = &self.rest()[..end];
        self.position += end;
        if is_float {
            return match written.parse::<f64>() {
                Ok(value) if value.is_finite() => Ok(()),
                Ok(_) | Err(_) => Err(out_of_range("Infinity")),
            };
        }
        if written.parse::<i64>().is_err() && written.parse::<u64>().is_err() {
            let message = "Exceeds the limit (64 bits) for integer string conversion";
            return Err(JsonError(message.to_owned()));
        }
        Ok(())
    }

    /// Parses a string, beginning with its opening quote, into `text`.
    pub(super) fn string(&mut self, mut text: Option<&mut Text<'_>>) -> Result<(), JsonError> {
        let begin = self.position;
        let unterminated = "Unterminated string starting at";
        self.position += 1;
        loop {
            let rest = self.rest();
            let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
            let Some(length) = rest.as_bytes().iter().position(is_special) else {
                return Err(self.error(unterminated, begin));
            };
            if let Some(text) = &mut text {
                text.text.to_mut().push_str(&rest[..length]);
            }
            self.position += length;
            match self.peek() {
                Some(b'"') => {
                    self.position += 1;
                    return Ok(());
                }
                Some(b'\\') => {}
                Some(_) | None => {
                    return Err(self.error("Invalid control character at", self.position));
                }
            }
            let Some(escaped) = self.rest().chars().nth(1) else {
                return Err(self.error(unterminated, begin));
            };
            self.position += 2;
            let mut surrogate = None;
            let character = match escaped {
                '"' | '\\' | '/' => escaped,
                'b' => '\x08',
                'f' => '\x0c',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => self.unicode_escape(&mut surrogate)?,
                _ => return Err(self.error("Invalid \\escape", self.position - 2)),
            };
            if let Some(text) = &mut text {
                text.text.to_mut().push(character);
                text.surrogate = text.surrogate.or(surrogate);
            }
        }
    }

    /// Parses the digits of `\uXXXX` after the `u`, and a second escape that completes a surrogate
    /// pair.
    fn unicode_escape(&mut self, surrogate: &mut Option<u16>) -> Result<char, JsonError> {
        let first = self.digits()?;
        if let Some(character) = char::from_u32(first.into()) {
            return Ok(character);
        }
        let after = self.position;
        let has_more = self.rest().chars().nth(6).is_some();
        if (0xd800..0xdc00).contains(&first) && has_more && self.rest().starts_with("\\u") {
            self.position += 2;
            let second = self.digits()?;
            if let Some(Ok(character)) = char::decode_utf16([first, second]).next() {
                return Ok(character);
            }
            self.position = after;
        }
        *surrogate = Some(first);
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn digits(&mut self) -> Result<u16, JsonError> {
        let rest = self.rest();
        let digits = rest.get(..4).filter(|digits| {
            // At least the closing quote must follow.
            rest.len() > 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        });
        let code = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let code = code.ok_or_else(|| self.error("Invalid \\uXXXX escape", self.position - 1))?;
        self.position += 4;
        Ok(code)
    }
}

/// Decodes UTF-8, with Python's messages for errors.
pub(crate) fn decode_utf8(bytes: &[u8]) -> Result<&str, JsonError> {
    str::from_utf8(bytes).map_err(|error| {
        let start = error.valid_up_to();
        let reason = match (error.error_len(), bytes.get(start)) {
            (None, _) => "unexpected end of data",
            // These bytes begin no character.
            (Some(_), Some(0x80..=0xc1 | 0xf5..)) => "invalid start byte",
            (Some(_), _) => "invalid continuation byte",
        };
        let length = error.error_len().unwrap_or(bytes.len() - start);
        let range = match bytes.get(start) {
            Some(byte) if length == 1 => format!("byte 0x{byte:02x} in position {start}"),
            _ => format!("bytes in position {start}-{}", start + length - 1),
        };
        JsonError(format!("'utf-8' codec can't decode {range}: {reason}"))
    })
}

fn out_of_range(constant: &str) -> JsonError {
    JsonError(format!(
        "Out of range float values are not JSON compliant: '{constant}'"
    ))
}

#[cfg(test)]
mod tests;
