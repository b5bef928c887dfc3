//! JSON values that keep the order of keys.

use manyface_core::Json;
use serde::{Serialize, Serializer, ser::SerializeMap};

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    String(String),
    /// A number as it was written.
    Number(Json),
    Array(Vec<Node>),
    Object(Object),
}

/// An object without repeated keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Object(Vec<(&'static str, Node)>);

impl Node {
    /// Returns a string, or null for `None`.
    pub(crate) fn string_or_null(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Null, |text| Self::String(text.into()))
    }

    /// Returns an integer.
    pub(crate) fn integer(number: u64) -> Self {
        Json::of(&number).map_or(Self::Null, Self::Number)
    }
}

impl From<String> for Node {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<Object> for Node {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

impl<const N: usize> From<[(&'static str, Node); N]> for Object {
    fn from(entries: [(&'static str, Node); N]) -> Self {
        Self(entries.into())
    }
}

impl Object {
    /// Sets the value of `key`. A new key is appended.
    pub(crate) fn set(&mut self, key: &'static str, value: impl Into<Node>) {
        let value = value.into();
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, current)) => *current = value,
            None => self.0.push((key, value)),
        }
    }

    /// Converts the value of `key`, if it exists.
    pub(crate) fn replace(&mut self, key: &str, convert: impl FnOnce(Node) -> Node) {
        if let Some((_, value)) = self.0.iter_mut().find(|(known, _)| *known == key) {
            *value = convert(std::mem::replace(value, Node::Null));
        }
    }

    /// Removes keys, if they exist.
    pub(crate) fn remove(&mut self, keys: &[&str]) {
        self.0.retain(|(known, _)| !keys.contains(known));
    }

    /// Retains exactly `keys`, in this order. Missing keys are added with the value null.
    pub(crate) fn retain_ordered(&mut self, keys: &[&'static str]) {
        let mut entries = std::mem::take(&mut self.0);
        let mut take = |key: &'static str| {
            let found = entries.iter().position(|(known, _)| *known == key);
            found.map_or((key, Node::Null), |index| entries.swap_remove(index))
        };
        self.0 = keys.iter().map(|key| take(key)).collect();
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::String(text) => serializer.serialize_str(text),
            Self::Number(number) => number.serialize(serializer),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Object(object) => object.serialize(serializer),
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_their_order() {
        let mut object = Object::from([
            ("z", Node::integer(7)),
            ("a", Node::string_or_null(None::<String>)),
            ("m", Node::Array(vec!["x".into(), Node::Bool(true)])),
        ]);
        object.set("a", "b");
        object.set("q", Object::from([("k", "v".into())]));
        let text = serde_json::to_string(&object).unwrap();
        assert_eq!(text, r#"{"z":7,"a":"b","m":["x",true],"q":{"k":"v"}}"#);
        object.remove(&["m", "missing"]);
        object.retain_ordered(&["q", "new", "z"]);
        let text = serde_json::to_string(&object).unwrap();
        assert_eq!(text, r#"{"q":{"k":"v"},"new":null,"z":7}"#);
    }
}
