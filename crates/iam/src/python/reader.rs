//! JSON as Python's `json` reads it, mistake for mistake.
//!
//! <https://docs.python.org/3.11/library/json.html>, with the constants `NaN` and `Infinity`
//! rejected, as the framework has it. Two things are stricter here: whole numbers have 64 bits, and
//! lists and objects are nested at most 127 deep.

use std::fmt;

use super::{Raw, Text, Value, raw::Token};

/// The maximum depth of nested lists and objects.
const MAX_DEPTH: usize = 127;

/// A JSON syntax error, with Python's message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JsonError(String);

impl JsonError {
    pub(crate) fn new(message: String) -> Self {
        Self(message)
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Checks that `text` is exactly one value, and returns it. What is inside of a list or an object
/// stays text ([`Raw`]): the reader allocates no memory.
pub(crate) fn read(text: &str) -> Result<Value<'_>, JsonError> {
    let mut reader = Reader::new(text);
    if text.starts_with('\u{feff}') {
        return Err(reader.error("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0));
    }
    reader.skip_blanks();
    let raw = reader.raw()?;
    reader.skip_blanks();
    if reader.place < text.len() {
        return Err(reader.error("Extra data", reader.place));
    }
    Ok(raw.value())
}

/// A place in a JSON text.
pub(super) struct Reader<'a> {
    text: &'a str,
    /// The byte that is read next.
    place: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            place: 0,
            depth: 0,
        }
    }

    /// An error at a byte of the text, given as line and character.
    fn error(&self, message: &str, place: usize) -> JsonError {
        let before = &self.text[..place];
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before[start..].chars().count() + 1;
        let character = before.chars().count();
        JsonError(format!(
            "{message}: line {line} column {column} (char {character})"
        ))
    }

    fn rest(&self) -> &'a str {
        &self.text[self.place..]
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.place).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.place += 1;
        }
    }

    /// Reads one value.
    pub(super) fn raw(&mut self) -> Result<Raw<'a>, JsonError> {
        let begin = self.place;
        match self.peek() {
            Some(b'"') => self.string(None)?,
            Some(b'{') => self.nested("object", Self::dict)?,
            Some(b'[') => self.nested("array", Self::list)?,
            Some(_) | None => match self.word() {
                Some(word) => word?,
                None => self.number()?,
            },
        }
        Ok(Raw::checked(&self.text[begin..self.place]))
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
        self.place += word.len();
        Some(is_json.then_some(()).ok_or_else(|| out_of_range(word)))
    }

    fn nested(
        &mut self,
        what: &str,
        read: impl FnOnce(&mut Self) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        if self.depth == MAX_DEPTH {
            return Err(JsonError(format!(
                "maximum recursion depth exceeded while decoding a JSON {what} from a unicode \
                 string"
            )));
        }
        self.depth += 1;
        read(self)?;
        self.depth -= 1;
        Ok(())
    }

    /// Reads the first bracket of a list or object, and the last one where it is empty; whether it
    /// is not.
    pub(super) fn enter(&mut self, end: u8) -> bool {
        self.place += 1;
        self.skip_blanks();
        let is_empty = self.peek() == Some(end);
        self.place += usize::from(is_empty);
        !is_empty
    }

    fn dict(&mut self) -> Result<(), JsonError> {
        if !self.enter(b'}') {
            return Ok(());
        }
        loop {
            self.key()?;
            self.raw()?;
            if self.is_end(b'}')? {
                return Ok(());
            }
        }
    }

    /// Reads a key and the colon after it.
    pub(super) fn key(&mut self) -> Result<Raw<'a>, JsonError> {
        if self.peek() != Some(b'"') {
            let message = "Expecting property name enclosed in double quotes";
            return Err(self.error(message, self.place));
        }
        let key = self.raw()?;
        self.skip_blanks();
        if self.peek() != Some(b':') {
            return Err(self.error("Expecting ':' delimiter", self.place));
        }
        self.place += 1;
        self.skip_blanks();
        Ok(key)
    }

    fn list(&mut self) -> Result<(), JsonError> {
        if !self.enter(b']') {
            return Ok(());
        }
        loop {
            self.raw()?;
            if self.is_end(b']')? {
                return Ok(());
            }
        }
    }

    /// Whether the list or object ends here with `end`, and does not go on with a comma.
    pub(super) fn is_end(&mut self, end: u8) -> Result<bool, JsonError> {
        self.skip_blanks();
        let next = self.peek();
        if next != Some(end) && next != Some(b',') {
            return Err(self.error("Expecting ',' delimiter", self.place));
        }
        self.place += 1;
        if next == Some(b',') {
            self.skip_blanks();
        }
        Ok(next == Some(end))
    }

    /// The next string, or the next other byte that is no blank, of a text that was checked.
    pub(super) fn token(&mut self) -> Option<Token<'a>> {
        self.skip_blanks();
        let next = self.peek()?;
        if next == b'"' {
            return self.raw().ok().map(Token::Text);
        }
        self.place += 1;
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
            Some(_) | None => return Err(self.error("Expecting value", self.place)),
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
        self.place += end;
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

    /// Reads a string, whose opening quote is read next, into `text`.
    pub(super) fn string(&mut self, mut text: Option<&mut Text<'_>>) -> Result<(), JsonError> {
        let begin = self.place;
        let unterminated = "Unterminated string starting at";
        self.place += 1;
        loop {
            let rest = self.rest();
            let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
            let Some(length) = rest.as_bytes().iter().position(is_special) else {
                return Err(self.error(unterminated, begin));
            };
            if let Some(text) = &mut text {
                text.text.to_mut().push_str(&rest[..length]);
            }
            self.place += length;
            match self.peek() {
                Some(b'"') => {
                    self.place += 1;
                    return Ok(());
                }
                Some(b'\\') => {}
                Some(_) | None => {
                    return Err(self.error("Invalid control character at", self.place));
                }
            }
            let Some(escaped) = self.rest().chars().nth(1) else {
                return Err(self.error(unterminated, begin));
            };
            self.place += 2;
            let mut surrogate = None;
            let character = match escaped {
                '"' | '\\' | '/' => escaped,
                'b' => '\x08',
                'f' => '\x0c',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => self.pair(&mut surrogate)?,
                _ => return Err(self.error("Invalid \\escape", self.place - 2)),
            };
            if let Some(text) = &mut text {
                text.text.to_mut().push(character);
                text.surrogate = text.surrogate.or(surrogate);
            }
        }
    }

    /// Reads the digits of `\uXXXX`, of which the `u` was read, and of a second one that makes it
    /// whole.
    fn pair(&mut self, surrogate: &mut Option<u16>) -> Result<char, JsonError> {
        let first = self.digits()?;
        if let Some(character) = char::from_u32(first.into()) {
            return Ok(character);
        }
        let after = self.place;
        let has_more = self.rest().chars().nth(6).is_some();
        if (0xd800..0xdc00).contains(&first) && has_more && self.rest().starts_with("\\u") {
            self.place += 2;
            let second = self.digits()?;
            if let Some(Ok(character)) = char::decode_utf16([first, second]).next() {
                return Ok(character);
            }
            self.place = after;
        }
        *surrogate = Some(first);
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn digits(&mut self) -> Result<u16, JsonError> {
        let rest = self.rest();
        let digits = rest.get(..4).filter(|digits| {
            // A string has at least one more character: its closing quote.
            rest.len() > 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        });
        let code = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let code = code.ok_or_else(|| self.error("Invalid \\uXXXX escape", self.place - 1))?;
        self.place += 4;
        Ok(code)
    }
}

fn out_of_range(constant: &str) -> JsonError {
    JsonError(format!(
        "Out of range float values are not JSON compliant: '{constant}'"
    ))
}

#[cfg(test)]
mod tests;
