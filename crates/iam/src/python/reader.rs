//! JSON as Python's `json` reads it, mistake for mistake.
//!
//! <https://docs.python.org/3.11/library/json.html>, with the constants `NaN` and `Infinity`
//! refused, as the framework has it. Two things are stricter here: whole numbers have 64 bits, and
//! lists and objects stand in each other 127 deep at most.

use std::fmt;

use super::{Dict, Text, Value};

/// How deep lists and objects may stand in each other.
const MAX_DEPTH: usize = 127;

/// What is wrong with a JSON text, in Python's words.
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

/// Reads exactly one value.
pub(crate) fn read(text: &str) -> Result<Value, JsonError> {
    let mut reader = Reader {
        text,
        place: 0,
        depth: 0,
    };
    if text.starts_with('\u{feff}') {
        return Err(reader.error("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0));
    }
    reader.skip_blanks();
    let value = reader.value()?;
    reader.skip_blanks();
    if reader.place < text.len() {
        return Err(reader.error("Extra data", reader.place));
    }
    Ok(value)
}

struct Reader<'a> {
    text: &'a str,
    /// The byte that is read next.
    place: usize,
    depth: usize,
}

impl Reader<'_> {
    /// An error at a byte of the text, told in lines and characters.
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

    fn rest(&self) -> &str {
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

    fn value(&mut self) -> Result<Value, JsonError> {
        match self.peek() {
            Some(b'"') => self.string().map(Value::Text),
            Some(b'{') => self.nested("object", Self::dict),
            Some(b'[') => self.nested("array", Self::list),
            Some(_) | None => self.word().unwrap_or_else(|| self.number()),
        }
    }

    fn word(&mut self) -> Option<Result<Value, JsonError>> {
        let (word, value) = [
            ("null", Ok(Value::Null)),
            ("true", Ok(Value::Bool(true))),
            ("false", Ok(Value::Bool(false))),
            ("NaN", Err("NaN")),
            ("Infinity", Err("Infinity")),
            ("-Infinity", Err("-Infinity")),
        ]
        .into_iter()
        .find(|(word, _)| self.rest().starts_with(word))?;
        self.place += word.len();
        Some(value.map_err(out_of_range))
    }

    fn nested(
        &mut self,
        what: &str,
        read: impl FnOnce(&mut Self) -> Result<Value, JsonError>,
    ) -> Result<Value, JsonError> {
        if self.depth == MAX_DEPTH {
            return Err(JsonError(format!(
                "maximum recursion depth exceeded while decoding a JSON {what} from a unicode \
                 string"
            )));
        }
        self.depth += 1;
        self.place += 1;
        self.skip_blanks();
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn dict(&mut self) -> Result<Value, JsonError> {
        let mut entries: Vec<(Text, Value)> = Vec::new();
        if self.peek() == Some(b'}') {
            self.place += 1;
            return Ok(Value::Dict(Dict::default()));
        }
        loop {
            if self.peek() != Some(b'"') {
                let message = "Expecting property name enclosed in double quotes";
                return Err(self.error(message, self.place));
            }
            let key = self.string()?;
            self.skip_blanks();
            if self.peek() != Some(b':') {
                return Err(self.error("Expecting ':' delimiter", self.place));
            }
            self.place += 1;
            self.skip_blanks();
            let value = self.value()?;
            entries.push((key, value));
            if self.is_end(b'}')? {
                return Ok(Value::Dict(entries.into_iter().collect()));
            }
        }
    }

    fn list(&mut self) -> Result<Value, JsonError> {
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.place += 1;
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value()?);
            if self.is_end(b']')? {
                return Ok(Value::List(items));
            }
        }
    }

    /// Whether the list or object ends here with `end`, and does not go on with a comma.
    fn is_end(&mut self, end: u8) -> Result<bool, JsonError> {
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

    fn number(&mut self) -> Result<Value, JsonError> {
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
        let written = self.rest()[..end].to_owned();
        self.place += end;
        if is_float {
            return match written.parse::<f64>() {
                Ok(value) if value.is_finite() => Ok(Value::Float(written)),
                Ok(_) | Err(_) => Err(out_of_range("Infinity")),
            };
        }
        if written.parse::<i64>().is_err() && written.parse::<u64>().is_err() {
            let message = "Exceeds the limit (64 bits) for integer string conversion";
            return Err(JsonError(message.to_owned()));
        }
        Ok(Value::Int(written))
    }

    /// Reads a text, whose opening quote is read next.
    fn string(&mut self) -> Result<Text, JsonError> {
        let begin = self.place;
        let unterminated = "Unterminated string starting at";
        self.place += 1;
        let mut text = Text::default();
        loop {
            let rest = self.rest();
            let Some(length) = rest.find(|c| matches!(c, '"' | '\\' | '\0'..='\x1f')) else {
                return Err(self.error(unterminated, begin));
            };
            text.text.push_str(&rest[..length]);
            self.place += length;
            match self.peek() {
                Some(b'"') => {
                    self.place += 1;
                    return Ok(text);
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
            text.text.push(match escaped {
                '"' | '\\' | '/' => escaped,
                'b' => '\x08',
                'f' => '\x0c',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => self.pair(&mut text.surrogate)?,
                _ => return Err(self.error("Invalid \\escape", self.place - 2)),
            });
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
        surrogate.get_or_insert(first);
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
