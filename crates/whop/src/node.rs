//! JSON whose keys stay in order.

use manyface_core::Json;
use serde::{Serialize, Serializer, ser::SerializeMap};

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Null,
    Flag(bool),
    Text(String),
    /// A number, as its text.
    Number(Json),
    List(Vec<Node>),
    Object(Object),
}

/// An object without repeated keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Object(Vec<(&'static str, Node)>);

impl Node {
    /// A text, or null.
    pub(crate) fn text_or_null(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Null, |text| Self::Text(text.into()))
    }

    /// A whole number.
    pub(crate) fn whole(number: u64) -> Self {
        Json::of(&number).map_or(Self::Null, Self::Number)
    }
}

impl From<String> for Node {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
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
    /// Puts `value` in the place of what `key` has, or at the end.
    pub(crate) fn set(&mut self, key: &'static str, value: impl Into<Node>) {
        let value = value.into();
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, held)) => *held = value,
            None => self.0.push((key, value)),
        }
    }

    /// Puts what `convert` makes of it in the place of what `key` has.
    pub(crate) fn replace(&mut self, key: &str, convert: impl FnOnce(Node) -> Node) {
        if let Some((_, held)) = self.0.iter_mut().find(|(known, _)| *known == key) {
            *held = convert(std::mem::replace(held, Node::Null));
        }
    }

    /// Takes keys away, where they are.
    pub(crate) fn remove(&mut self, keys: &[&str]) {
        self.0.retain(|(known, _)| !keys.contains(known));
    }

    /// Leaves exactly `keys`, in this order; a key that is not there is null.
    pub(crate) fn only(&mut self, keys: &[&'static str]) {
        let mut held = std::mem::take(&mut self.0);
        let mut take = |key: &'static str| {
            let found = held.iter().position(|(known, _)| *known == key);
            found.map_or((key, Node::Null), |index| held.swap_remove(index))
        };
        self.0 = keys.iter().map(|key| take(key)).collect();
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => number.serialize(serializer),
            Self::List(items) => serializer.collect_seq(items),
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
    fn keys_stay_in_order() {
        let mut object = Object::from([
            ("z", Node::whole(7)),
            ("a", Node::text_or_null(None::<String>)),
            ("m", Node::List(vec!["x".into(), Node::Flag(true)])),
        ]);
        object.set("a", "b");
        object.set("q", Object::from([("k", "v".into())]));
        let text = serde_json::to_string(&object).unwrap();
        assert_eq!(text, r#"{"z":7,"a":"b","m":["x",true],"q":{"k":"v"}}"#);
        object.remove(&["m", "nothing"]);
        object.only(&["q", "new", "z"]);
        let text = serde_json::to_string(&object).unwrap();
        assert_eq!(text, r#"{"q":{"k":"v"},"new":null,"z":7}"#);
    }
}
