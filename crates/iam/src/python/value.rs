//! Values with the types that Python gives them.

use std::borrow::Cow;

use bytes::Bytes;

use super::{Raw, number};

/// The longest list or object, in bytes of JSON, that [`Value::to_text`] writes as Python does.
const MAX_REPR: usize = 16_384;

/// A value that a request gives for a field.
///
/// Lists and objects are kept as the text that they were sent as: a value takes no more memory
/// than its input, however many values it contains.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    /// A whole number as it was written, within 64 bits.
    Int(&'a str),
    /// A number with a point or an exponent as it was written, within a double.
    Float(&'a str),
    Text(Text<'a>),
    List(List<'a>),
    Dict(Raw<'a>),
    /// An uploaded file; JSON has none.
    File(File),
}

/// A text. Python's may hold halves of a surrogate pair, which no other text may.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Text<'a> {
    /// The text, with U+FFFD in the place of each half.
    pub(crate) text: Cow<'a, str>,
    /// The first half.
    pub(crate) surrogate: Option<u16>,
}

/// The items of a list.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum List<'a> {
    /// A JSON array.
    Json(Raw<'a>),
    /// The values of a form that have the same name.
    Form(Vec<Value<'a>>),
}

/// An uploaded file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// The client's name of the file. It is shown to that client and used for nothing else.
    pub(crate) name: String,
    /// Its content.
    pub(crate) content: Bytes,
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

impl<'a> List<'a> {
    /// The items, in order.
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

    /// `str(value)`; a long list or object is returned as the JSON that was sent.
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

    /// `repr(value)`.
    fn write_repr(&self, into: &mut String) {
        match self {
            Self::Null => into.push_str("None"),
            Self::Bool(true) => into.push_str("True"),
            Self::Bool(false) => into.push_str("False"),
            Self::Int(digits) => into.push_str(number::int(digits)),
            Self::Float(written) => into.push_str(&number::float(written)),
            Self::Text(text) => write_quoted(&text.text, into),
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
                    write_quoted(&key.text, into);
                    into.push_str(": ");
                    value.value().write_repr(into);
                }
                into.push('}');
            }
            Self::File(file) => into.push_str(&file.name),
        }
    }

    /// The value as it was sent, where it is a JSON list or object.
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

    /// The first half of a surrogate pair anywhere in the value.
    pub(crate) fn surrogate(&self) -> Option<u16> {
        match self {
            Self::Text(text) => text.surrogate,
            Self::List(List::Json(raw)) | Self::Dict(raw) => raw.surrogate(),
            Self::List(List::Form(values)) => values.iter().find_map(Self::surrogate),
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::File(_) => None,
        }
    }

    /// The value as JSON: without blanks, its numbers as they were written. `None` for what comes
    /// from a form alone.
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

/// `text` as a JSON string.
pub(super) fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text has a JSON form")
}

/// A text as `repr` writes it: in single quotes, unless it has some and no double ones.
fn write_quoted(text: &str, into: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    into.push(quote);
    for c in text.chars() {
        match c {
            '\\' => into.push_str("\\\\"),
            '\n' => into.push_str("\\n"),
            '\r' => into.push_str("\\r"),
            '\t' => into.push_str("\\t"),
            c if c == quote => {
                into.push('\\');
                into.push(c);
            }
            c if c.is_control() => {
                let escaped = format!("\\x{:02x}", u32::from(c));
                into.push_str(&escaped);
            }
            c => into.push(c),
        }
    }
    into.push(quote);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::read;

    fn value(json: &str) -> Value<'_> {
        read(json).unwrap()
    }

    #[test]
    fn values_become_texts_as_in_python() {
        for (json, text) in [
            ("null", "None"),
            ("true", "True"),
            ("-0", "0"),
            ("1.50", "1.5"),
            ("\"a'b\"", "a'b"),
            (
                r#"["a", null, {"b": 1.5, "c": [true, "it's", "\"'\n\u0001"]}]"#,
                r#"['a', None, {'b': 1.5, 'c': [True, "it's", '"\'\n\x01']}]"#,
            ),
        ] {
            assert_eq!(value(json).to_text().text, text);
        }
        let long = format!("[{}0]", "null, ".repeat(10_000));
        assert_eq!(value(&long).to_text().text, long);
    }

    #[test]
    fn json_is_written_without_blanks_and_numbers_as_they_were() {
        for (json, written) in [
            (
                r#" { "a" : [ 1.10 , -0 , 1E3 ] , "b" : null } "#,
                r#"{"a":[1.10,-0,1E3],"b":null}"#,
            ),
            (r#"{"a":1,"b":2,"a":3}"#, r#"{"a":3,"b":2}"#),
            (
                r#""\u00e9\/\ud83d\ude00\u0000""#,
                "\"\u{e9}/\u{1f600}\\u0000\"",
            ),
        ] {
            assert_eq!(value(json).to_json().as_deref(), Some(written));
        }
    }
}
