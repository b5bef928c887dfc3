//! Values with Python's types.

use std::{borrow::Cow, collections::HashMap};

use bytes::Bytes;

use super::{
    reader::{JsonError, Reader, Text, Token},
    repr,
};

/// The maximum length of a list or object that [`Value::to_text`] formats, in bytes of JSON.
const MAX_REPR: usize = 16_384;

/// Checks that `text` is exactly one JSON value, and returns it.
pub(crate) fn read(text: &str) -> Result<Value<'_>, JsonError> {
    Reader::check(text).map(|value| Raw(value).value())
}

/// The value of a field in a request.
///
/// Lists and objects stay JSON text, so that a value takes no more memory than its input.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    /// An integer of at most 64 bits, as it was written.
    Int(&'a str),
    /// A number with a decimal point or exponent, in the range of a double, as it was written.
    Float(&'a str),
    Text(Text<'a>),
    List(List<'a>),
    Dict(Raw<'a>),
    /// An uploaded file of a form.
    File(File),
}

/// The items of a list.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum List<'a> {
    /// A JSON array.
    Json(Raw<'a>),
    /// The values of a form with the same name.
    Form(Vec<Value<'a>>),
}

/// An uploaded file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// The client's file name, which is only used in messages.
    pub(crate) name: String,
    /// The content.
    pub(crate) content: Bytes,
}

impl<'a> List<'a> {
    /// Returns the items, in order.
    pub(crate) fn items(&self) -> Box<dyn Iterator<Item = Value<'a>> + '_> {
        match self {
            Self::Json(raw) => Box::new(raw.items().map(Raw::value)),
            Self::Form(values) => Box::new(values.iter().cloned()),
        }
    }
}

impl<'a> Value<'a> {
    /// Returns Python's name of the value's type.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Text(_) => "str",
            Self::List(_) => "list",
            Self::Dict(_) => "dict",
            Self::File(_) => "InMemoryUploadedFile",
        }
    }

    /// Formats the value as `str(value)` does. A long list or object is returned as JSON.
    pub(crate) fn to_text(&self) -> Text<'a> {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(List::Json(raw)) | Self::Dict(raw) if raw.as_str().len() > MAX_REPR => {
                raw.as_str().into()
            }
            Self::Null
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Float(_)
            | Self::List(_)
            | Self::Dict(_)
            | Self::File(_) => {
                let mut written = String::new();
                self.write_repr(&mut written);
                Cow::<str>::Owned(written).into()
            }
        }
    }

    /// Formats the value as `repr(value)` does.
    fn write_repr(&self, into: &mut String) {
        match self {
            Self::Null => into.push_str("None"),
            Self::Bool(true) => into.push_str("True"),
            Self::Bool(false) => into.push_str("False"),
            Self::Int(digits) => into.push_str(repr::int(digits)),
            Self::Float(written) => into.push_str(&repr::float(written)),
            Self::Text(text) => repr::write_quoted(&text.text, into),
            Self::List(list) => {
                into.push('[');
                for (index, item) in list.items().enumerate() {
                    into.push_str(if index > 0 { ", " } else { "" });
                    item.write_repr(into);
                }
                into.push(']');
            }
            Self::Dict(raw) => {
                into.push('{');
                for (index, (key, value)) in raw.members().iter().enumerate() {
                    into.push_str(if index > 0 { ", " } else { "" });
                    repr::write_quoted(&key.text, into);
                    into.push_str(": ");
                    value.value().write_repr(into);
                }
                into.push('}');
            }
            Self::File(file) => into.push_str(&file.name),
        }
    }

    /// Returns the JSON text of a list or object.
    pub(crate) fn raw(&self) -> Option<Raw<'a>> {
        match self {
            Self::List(List::Json(raw)) | Self::Dict(raw) => Some(*raw),
            Self::Null
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Float(_)
            | Self::Text(_)
            | Self::List(List::Form(_))
            | Self::File(_) => None,
        }
    }

    /// Returns the first lone surrogate in the value.
    pub(crate) fn surrogate(&self) -> Option<u16> {
        match self {
            Self::Text(text) => text.surrogate,
            Self::List(List::Json(raw)) | Self::Dict(raw) => raw.surrogate(),
            Self::List(List::Form(values)) => values.iter().find_map(Self::surrogate),
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::File(_) => None,
        }
    }

    /// Formats the value as JSON without white space, with numbers as they were written. Returns
    /// `None` for lists and files of a form.
    pub(crate) fn to_json(&self) -> Option<String> {
        let mut written = String::new();
        self.write_json(&mut written).then_some(written)
    }

    fn write_json(&self, into: &mut String) -> bool {
        match self {
            Self::Null => into.push_str("null"),
            Self::Bool(true) => into.push_str("true"),
            Self::Bool(false) => into.push_str("false"),
            Self::Int(number) | Self::Float(number) => into.push_str(number),
            Self::Text(text) => into.push_str(&quoted(&text.text)),
            Self::List(List::Json(raw)) => {
                into.push('[');
                for (index, item) in raw.items().enumerate() {
                    into.push_str(if index > 0 { "," } else { "" });
                    item.value().write_json(into);
                }
                into.push(']');
            }
            Self::Dict(raw) => {
                into.push('{');
                for (index, (key, value)) in raw.members().iter().enumerate() {
                    into.push_str(if index > 0 { "," } else { "" });
                    into.push_str(&quoted(&key.text));
                    into.push(':');
                    value.value().write_json(into);
                }
                into.push('}');
            }
            Self::List(List::Form(_)) | Self::File(_) => return false,
        }
        true
    }
}

/// The text of one JSON value that was checked by [`read`], without surrounding white space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Raw<'a>(&'a str);

/// The members of an object: each key once, at its first position, with its last value.
pub(crate) type Members<'a> = Vec<(Text<'a>, Raw<'a>)>;

impl<'a> Raw<'a> {
    /// An object without members.
    pub(crate) const EMPTY_OBJECT: Self = Self("{}");

    /// Returns the JSON text.
    pub(crate) fn as_str(self) -> &'a str {
        self.0
    }

    /// Returns the value. The content of lists and objects is not parsed.
    pub(crate) fn value(self) -> Value<'a> {
        match self.0.as_bytes().first() {
            Some(b'"') => Value::Text(self.text()),
            Some(b'[') => Value::List(List::Json(self)),
            Some(b'{') => Value::Dict(self),
            Some(b't') => Value::Bool(true),
            Some(b'f') => Value::Bool(false),
            Some(b'n') | None => Value::Null,
            Some(_) if self.0.contains(['.', 'e', 'E']) => Value::Float(self.0),
            Some(_) => Value::Int(self.0),
        }
    }

    /// Returns the content of a JSON string.
    fn text(self) -> Text<'a> {
        let inner = self.0.get(1..self.0.len() - 1).unwrap_or_default();
        if !inner.contains('\\') {
            return inner.into();
        }
        let mut text = Text::default();
        let _ = Reader::new(self.0).string(Some(&mut text));
        text
    }

    /// Returns the items of a list, in order.
    pub(crate) fn items(self) -> impl Iterator<Item = Self> {
        let mut reader = Reader::new(self.0);
        let mut is_open = reader.enter(b']');
        std::iter::from_fn(move || {
            if !is_open {
                return None;
            }
            let item = Self(reader.value().ok()?);
            is_open = !reader.is_end(b']').ok()?;
            Some(item)
        })
    }

    /// Returns the keys and values of an object, including duplicates, in order.
    pub(crate) fn pairs(self) -> impl Iterator<Item = (Text<'a>, Self)> {
        let mut reader = Reader::new(self.0);
        let mut is_open = reader.enter(b'}');
        std::iter::from_fn(move || {
            if !is_open {
                return None;
            }
            let key = reader.key().ok()?;
            let value = Self(reader.value().ok()?);
            is_open = !reader.is_end(b'}').ok()?;
            Some((Self(key).text(), value))
        })
    }

    /// Returns the members of an object.
    pub(crate) fn members(self) -> Members<'a> {
        self.members_within(usize::MAX).unwrap_or_default()
    }

    /// Returns the members of an object, or `None` if it has more than `max`.
    pub(crate) fn members_within(self, max: usize) -> Option<Members<'a>> {
        let mut positions = HashMap::new();
        let mut members = Members::new();
        for (key, value) in self.pairs() {
            // Different lone surrogates are equal here, but no field has such a key.
            let count = members.len();
            let position = *positions.entry(key.clone()).or_insert(count);
            match members.get_mut(position) {
                Some((_, earlier)) => *earlier = value,
                None if count == max => return None,
                None => members.push((key, value)),
            }
        }
        Some(members)
    }

    /// Returns the depth of nested lists and objects, which is 0 for other values.
    pub(crate) fn depth(self) -> usize {
        let (mut depth, mut deepest) = (0_usize, 0);
        for token in self.tokens() {
            match token {
                Token::Mark(b'[' | b'{') => depth += 1,
                Token::Mark(b']' | b'}') => depth = depth.saturating_sub(1),
                Token::Mark(_) | Token::Text(_) => {}
            }
            deepest = deepest.max(depth);
        }
        deepest
    }

    /// Returns the first lone surrogate in the value.
    pub(crate) fn surrogate(self) -> Option<u16> {
        self.tokens().find_map(|token| match token {
            Token::Text(string) => Self(string).text().surrogate,
            Token::Mark(_) => None,
        })
    }

    /// Returns whether the value has more than `max` bytes as JSON without white space, including
    /// duplicate keys. Nothing is allocated for the result.
    pub(crate) fn is_longer_than(self, max: usize) -> bool {
        let mut length = 0;
        self.tokens().any(|token| {
            length += match token {
                Token::Text(string) if string.contains('\\') => {
                    quoted(&Self(string).text().text).len()
                }
                Token::Text(string) => string.len(),
                Token::Mark(_) => 1,
            };
            length > max
        })
    }

    fn tokens(self) -> impl Iterator<Item = Token<'a>> {
        let mut reader = Reader::new(self.0);
        std::iter::from_fn(move || reader.token())
    }
}

/// Formats `text` as a JSON string.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("every string has a JSON form")
}

#[cfg(test)]
mod tests;
