//! Values as Python has them.

use bytes::Bytes;

use super::number;

/// A value that a request gives for a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    /// A whole number as it was written, within 64 bits.
    Int(String),
    /// A number with a point or an exponent as it was written, within a double.
    Float(String),
    Text(Text),
    List(Vec<Value>),
    Dict(Dict),
    /// An uploaded file; JSON has none.
    File(File),
}

/// A text. Python's may hold halves of a surrogate pair, which no other text may.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text {
    /// The text, with U+FFFD in the place of each half.
    pub(crate) text: String,
    /// The first half.
    pub(crate) surrogate: Option<u16>,
}

/// An object: each key once, where it stood first, with the value that it had last.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Dict(Vec<(Text, Value)>);

/// An uploaded file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// What the client calls it. It is shown to that client and used for nothing else.
    pub(crate) name: String,
    /// Its content.
    pub(crate) content: Bytes,
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            surrogate: None,
        }
    }
}

impl Dict {
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        let mut entries = self.0.iter();
        entries
            .find(|(key, _)| key.text == name && key.surrogate.is_none())
            .map(|(_, value)| value)
    }

    #[cfg(test)]
    pub(crate) fn entries(&self) -> &[(Text, Value)] {
        &self.0
    }
}

/// As a reader adds entries: the last value of a key stands in the place of the first.
impl FromIterator<(Text, Value)> for Dict {
    fn from_iter<I: IntoIterator<Item = (Text, Value)>>(entries: I) -> Self {
        let mut places = std::collections::HashMap::new();
        let mut dict: Vec<(Text, Value)> = Vec::new();
        for (key, value) in entries {
            // Two halves of pairs that differ look the same: neither key is anybody's.
            let place = places.entry((key.text.clone(), key.surrogate));
            let place = *place.or_insert(dict.len());
            match dict.get_mut(place) {
                Some((_, earlier)) => *earlier = value,
                None => dict.push((key, value)),
            }
        }
        Self(dict)
    }
}

impl Value {
    /// What Python calls the value's type.
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

    /// `str(value)`.
    pub(crate) fn to_text(&self) -> Text {
        match self {
            Self::Text(text) => text.clone(),
            Self::File(file) => file.name.as_str().into(),
            Self::Null
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Float(_)
            | Self::List(_)
            | Self::Dict(_) => {
                let mut written = String::new();
                self.write_repr(&mut written);
                written.as_str().into()
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
            Self::List(items) => {
                into.push('[');
                for (index, item) in items.iter().enumerate() {
                    into.push_str(if index > 0 { ", " } else { "" });
                    item.write_repr(into);
                }
                into.push(']');
            }
            Self::Dict(dict) => {
                into.push('{');
                for (index, (key, value)) in dict.0.iter().enumerate() {
                    into.push_str(if index > 0 { ", " } else { "" });
                    write_quoted(&key.text, into);
                    into.push_str(": ");
                    value.write_repr(into);
                }
                into.push('}');
            }
            Self::File(file) => into.push_str(&file.name),
        }
    }

    /// The first half of a surrogate pair anywhere in the value.
    pub(crate) fn surrogate(&self) -> Option<u16> {
        match self {
            Self::Text(text) => text.surrogate,
            Self::List(items) => items.iter().find_map(Self::surrogate),
            Self::Dict(dict) => dict
                .0
                .iter()
                .find_map(|(key, value)| key.surrogate.or_else(|| value.surrogate())),
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::File(_) => None,
        }
    }

    /// How deep lists and objects stand in each other: 0 for any other value.
    pub(crate) fn depth(&self) -> usize {
        let inner = match self {
            Self::List(items) => items.iter().map(Self::depth).max(),
            Self::Dict(dict) => dict.0.iter().map(|(_, value)| value.depth()).max(),
            Self::Null
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Float(_)
            | Self::Text(_)
            | Self::File(_) => return 0,
        };
        inner.unwrap_or(0) + 1
    }

    /// The value as JSON: without blanks, its numbers as they were written. `None` for a file.
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
            Self::List(items) => {
                into.push('[');
                for (index, item) in items.iter().enumerate() {
                    into.push_str(if index > 0 { "," } else { "" });
                    if !item.write_json(into) {
                        return false;
                    }
                }
                into.push(']');
            }
            Self::Dict(dict) => {
                into.push('{');
                for (index, (key, value)) in dict.0.iter().enumerate() {
                    into.push_str(if index > 0 { "," } else { "" });
                    into.push_str(&quoted(&key.text));
                    into.push(':');
                    if !value.write_json(into) {
                        return false;
                    }
                }
                into.push('}');
            }
            Self::File(_) => return false,
        }
        true
    }
}

fn quoted(text: &str) -> String {
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

    fn value(json: &str) -> Value {
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

    #[test]
    fn depth_counts_what_stands_in_what() {
        for (json, depth) in [("1", 0), ("[]", 1), (r#"{"a":[{}],"b":[]}"#, 3)] {
            assert_eq!(value(json).depth(), depth, "{json}");
        }
    }

    #[test]
    fn half_a_pair_is_found_anywhere() {
        assert_eq!(value(r#"[{"a":["\udc00"]}]"#).surrogate(), Some(0xdc00));
        assert_eq!(value(r#"[{"\ud800":1}]"#).surrogate(), Some(0xd800));
        assert_eq!(value(r#"["\ud83d\ude00"]"#).surrogate(), None);
    }
}
