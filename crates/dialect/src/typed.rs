//! Values that may be of the wrong type.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor, value::Error as ValueError},
};

/// A JSON value that should be a `T`. A value of another type does not fail the deserialization, so
/// that the violations of all fields are reported together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed<T> {
    /// The value is a `T`.
    Value(T),
    /// The value is of another type.
    WrongType,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Typed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TypedVisitor(PhantomData))
    }
}

struct TypedVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> TypedVisitor<T> {
    fn read(value: impl IntoDeserializer<'de, ValueError>) -> Typed<T> {
        T::deserialize(value.into_deserializer()).map_or(Typed::WrongType, Typed::Value)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for TypedVisitor<T> {
    type Value = Typed<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Typed<T>, E> {
        Ok(Typed::WrongType)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Typed<T>, E> {
        Ok(Self::read(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Typed<T>, E> {
        Ok(Self::read(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Typed<T>, E> {
        Ok(Self::read(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Typed<T>, E> {
        Ok(Self::read(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Typed<T>, E> {
        Ok(Self::read(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Typed<T>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Typed::WrongType)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Typed<T>, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Typed::WrongType)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use manyface_core::Edit;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Body {
        #[serde(default)]
        bio: Edit<Typed<String>>,
    }

    #[test]
    fn a_value_of_the_wrong_type_does_not_fail() {
        for (json, bio) in [
            ("{}", Edit::Keep),
            (r#"{"bio":null}"#, Edit::Clear),
            (
                r#"{"bio":"a\nb"}"#,
                Edit::Set(Typed::Value("a\nb".to_owned())),
            ),
            (r#"{"bio":1}"#, Edit::Set(Typed::WrongType)),
            (r#"{"bio":["a"]}"#, Edit::Set(Typed::WrongType)),
            (r#"{"bio":{"a":1}}"#, Edit::Set(Typed::WrongType)),
        ] {
            assert_eq!(serde_json::from_str::<Body>(json).unwrap(), Body { bio });
        }
    }
}
