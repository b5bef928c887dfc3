//! JSON texts that were checked and are looked into only where a field needs them.

use std::collections::HashMap;

use super::{List, Text, Value, reader::Reader, value::quoted};

/// The text of exactly one JSON value, without blanks around it, as [`super::read`] has checked it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Raw<'a>(&'a str);

/// An object: each key once, at its first position, with its last value.
pub(crate) type Members<'a> = Vec<(Text<'a>, Raw<'a>)>;

impl<'a> Raw<'a> {
    /// An object without members.
    pub(crate) const EMPTY_OBJECT: Self = Self("{}");

    pub(super) fn checked(text: &'a str) -> Self {
        Self(text)
    }

    /// The text.
    pub(crate) fn as_str(self) -> &'a str {
        self.0
    }

    /// The value. Nothing inside a list or an object is read.
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

    /// The text of a JSON string.
    fn text(self) -> Text<'a> {
        let inner = self.0.get(1..self.0.len() - 1).unwrap_or_default();
        if !inner.contains('\\') {
            return inner.into();
        }
        let mut text = Text::default();
        let _ = Reader::new(self.0).string(Some(&mut text));
        text
    }

    /// The items of a list, in order.
    pub(crate) fn items(self) -> impl Iterator<Item = Self> {
        let mut reader = Reader::new(self.0);
        let mut is_open = reader.enter(b']');
        std::iter::from_fn(move || {
            if !is_open {
                return None;
            }
            let item = reader.raw().ok()?;
            is_open = !reader.is_end(b']').ok()?;
            Some(item)
        })
    }

    /// The keys and values of an object, in the order of the text.
    pub(crate) fn pairs(self) -> impl Iterator<Item = (Text<'a>, Self)> {
        let mut reader = Reader::new(self.0);
        let mut is_open = reader.enter(b'}');
        std::iter::from_fn(move || {
            if !is_open {
                return None;
            }
            let key = reader.key().ok()?;
            let value = reader.raw().ok()?;
            is_open = !reader.is_end(b'}').ok()?;
            Some((key.text(), value))
        })
    }

    /// The members of an object.
    pub(crate) fn members(self) -> Members<'a> {
        self.members_within(usize::MAX).unwrap_or_default()
    }

    /// The members of an object; `None` where it has more than `most`.
    pub(crate) fn members_within(self, most: usize) -> Option<Members<'a>> {
        let mut places = HashMap::new();
        let mut members = Members::new();
        for (key, value) in self.pairs() {
            // Two halves of pairs that differ look the same: no field has such a key.
            let count = members.len();
            let place = *places.entry(key.clone()).or_insert(count);
            match members.get_mut(place) {
                Some((_, earlier)) => *earlier = value,
                None if count == most => return None,
                None => members.push((key, value)),
            }
        }
        Some(members)
    }

    /// The depth of nested lists and objects: 0 for any other value.
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

    /// The first half of a surrogate pair anywhere in the value.
    pub(crate) fn surrogate(self) -> Option<u16> {
        self.tokens().find_map(|token| match token {
            Token::Text(raw) => raw.text().surrogate,
            Token::Mark(_) => None,
        })
    }

    /// Whether the value has more than `most` bytes as JSON without blanks; a key that an object
    /// has several times counts each time. Nothing is built to find out.
    pub(crate) fn is_longer_than(self, most: usize) -> bool {
        let mut length = 0;
        self.tokens().any(|token| {
            length += match token {
                Token::Text(raw) if raw.0.contains('\\') => quoted(&raw.text().text).len(),
                Token::Text(raw) => raw.0.len(),
                Token::Mark(_) => 1,
            };
            length > most
        })
    }

    fn tokens(self) -> impl Iterator<Item = Token<'a>> {
        let mut reader = Reader::new(self.0);
        std::iter::from_fn(move || reader.token())
    }
}

/// A part of a JSON text.
pub(super) enum Token<'a> {
    /// A string, with its quotes.
    Text(Raw<'a>),
    /// A byte outside strings that is no blank.
    Mark(u8),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::read;

    fn raw(json: &str) -> Raw<'_> {
        read(json).unwrap().raw().unwrap()
    }

    #[test]
    fn depth_counts_nested_values() {
        for (json, depth) in [
            ("[]", 1),
            (r#"{"a":[{}],"b":[]}"#, 3),
            (r#"["[[[","\"[["]"#, 1),
        ] {
            assert_eq!(raw(json).depth(), depth, "{json}");
        }
    }

    #[test]
    fn half_a_pair_is_found_anywhere() {
        assert_eq!(raw(r#"[{"a":["\udc00"]}]"#).surrogate(), Some(0xdc00));
        assert_eq!(raw(r#"[{"\ud800":1}]"#).surrogate(), Some(0xd800));
        assert_eq!(raw(r#"["\ud83d\ude00"]"#).surrogate(), None);
    }

    #[test]
    fn a_value_is_measured_as_it_would_be_written() {
        for json in [
            "[]",
            r#" { "a" : [ 1.10 , -0 , 1E3 ] , "b" : null } "#,
            r#"["\u00e9\/\ud83d\ude00\u0000\n", "\u0041", "é"]"#,
        ] {
            let length = read(json).unwrap().to_json().unwrap().len();
            assert!(raw(json).is_longer_than(length - 1), "{json}");
            assert!(!raw(json).is_longer_than(length), "{json}");
        }
    }

    #[test]
    fn an_object_has_so_many_members() {
        let object = raw(r#"{"a":1,"b":2,"a":3,"c":{"d":[4]}}"#);
        let members = object.members_within(3).unwrap();
        let members = members.iter().map(|(key, raw)| (&*key.text, raw.as_str()));
        let expected = [("a", "3"), ("b", "2"), ("c", r#"{"d":[4]}"#)];
        assert_eq!(members.collect::<Vec<_>>(), expected);
        assert_eq!(object.members_within(2), None);
    }
}
