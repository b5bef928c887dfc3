//! JSON as it is written: the order of keys and the spelling of numbers are part of it.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// A JSON value as it is written, but for the blanks and the spelling of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// `null`, `true`, `false` or a number, to the letter: `1` is not `1.0`.
    Plain(String),
    /// A text, with its escapes undone.
    Text(String),
    /// An array.
    Array(Vec<Self>),
    /// An object, with its keys in order.
    Object(Vec<(String, Self)>),
}

impl Node {
    /// Reads exactly one JSON value.
    pub fn parse(json: &str) -> Result<Self, serde_json::Error> {
        let raw: &RawValue = serde_json::from_str(json)?;
        Self::read(raw)
    }

    fn read(raw: &RawValue) -> Result<Self, serde_json::Error> {
        let json = raw.get();
        Ok(match json.as_bytes().first() {
            Some(b'"') => Self::Text(serde_json::from_str(json)?),
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(json)?;
                let items = items.into_iter().map(Self::read);
                Self::Array(items.collect::<Result<_, _>>()?)
            }
            Some(b'{') => {
                let Entries(entries) = serde_json::from_str(json)?;
                let entries = entries
                    .into_iter()
                    .map(|(key, raw)| Ok::<_, serde_json::Error>((key, Self::read(raw)?)));
                Self::Object(entries.collect::<Result<_, _>>()?)
            }
            Some(_) | None => Self::Plain(json.to_owned()),
        })
    }

    /// The value at an RFC 6901 pointer.
    pub fn at(&self, pointer: &str) -> Option<&Self> {
        pointer
            .split('/')
            .skip(1)
            .try_fold(self, |node, key| match node {
                Self::Object(entries) => {
                    let key = key.replace("~1", "/").replace("~0", "~");
                    let found = entries.iter().find(|(known, _)| *known == key);
                    found.map(|(_, value)| value)
                }
                Self::Array(items) => items.get(key.parse::<usize>().ok()?),
                Self::Plain(_) | Self::Text(_) => None,
            })
    }
}

/// The value as JSON without blanks.
impl fmt::Display for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(text) => formatter.write_str(text),
            Self::Text(text) => formatter.write_str(&quoted(text)),
            Self::Array(items) => {
                formatter.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(formatter, "{comma}{item}")?;
                }
                formatter.write_str("]")
            }
            Self::Object(entries) => {
                formatter.write_str("{")?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(formatter, "{comma}{}:{value}", quoted(key))?;
                }
                formatter.write_str("}")
            }
        }
    }
}

/// `text` as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(entries)
            }
        }

        deserializer.deserialize_map(InOrder).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_spelling_are_kept() {
        let json = r#"{"z":[1,1.0,1e3,null,true],"a":{"b":"\"é"},"z":{}}"#;
        assert_eq!(Node::parse(json).unwrap().to_string(), json);
        assert_ne!(Node::parse("1").unwrap(), Node::parse("1.0").unwrap());
        assert_eq!(
            Node::parse(r#" "\u0061" "#).unwrap(),
            Node::Text("a".to_owned())
        );
    }

    #[test]
    fn a_truncated_value_is_rejected() {
        for json in ["", "{", "1 2", "{\"a\":}", "[1,]"] {
            assert!(Node::parse(json).is_err(), "{json}");
        }
    }

    #[test]
    fn pointers_lead_to_values() {
        let node = Node::parse(r#"{"a/b":[{"c":7}]}"#).unwrap();
        let seven = Node::Plain("7".to_owned());
        assert_eq!(node.at("/a~1b/0/c"), Some(&seven));
        assert_eq!(node.at(""), Some(&node));
        assert_eq!(node.at("/a~1b/1"), None);
    }
}
