//! Values whose type was not what it should be.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A JSON value that should be a `T`. One that is not does not end the reading of the body, so
/// that every field's mistake can be told at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed<T> {
    /// It is.
    Right(T),
    /// It is of another type.
    Wrong,
}

/// Reads from `serde_json` alone, which can hold a value back until its type is known.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Typed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        Ok(serde_json::from_str(raw.get()).map_or(Self::Wrong, Self::Right))
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
    fn a_wrong_type_is_remembered() {
        for (json, bio) in [
            ("{}", Edit::Keep),
            (r#"{"bio":null}"#, Edit::Clear),
            (
                r#"{"bio":"a\nb"}"#,
                Edit::Set(Typed::Right("a\nb".to_owned())),
            ),
            (r#"{"bio":1}"#, Edit::Set(Typed::Wrong)),
            (r#"{"bio":["a"]}"#, Edit::Set(Typed::Wrong)),
            (r#"{"bio":{"a":1}}"#, Edit::Set(Typed::Wrong)),
        ] {
            assert_eq!(serde_json::from_str::<Body>(json).unwrap(), Body { bio });
        }
    }
}
