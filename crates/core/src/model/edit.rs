//! The three-state change to a field that may be empty.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The change of a field that may be empty.
///
/// A field that cannot be empty uses `Option<T>` instead, so that clearing it cannot be expressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Edit<T> {
    /// The field was absent: keep it.
    #[default]
    Keep,
    /// The field was null: clear it.
    Clear,
    /// The field had a value: set it.
    Set(T),
}

impl<T> Edit<T> {
    /// Returns whether the field is kept.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// Converts the value, if there is one.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Edit<U> {
        match self {
            Self::Keep => Edit::Keep,
            Self::Clear => Edit::Clear,
            Self::Set(value) => Edit::Set(convert(value)),
        }
    }

    /// Replaces [`Edit::Set`] of a value for which `is_empty` returns true with [`Edit::Clear`].
    #[must_use]
    pub fn clear_if(self, is_empty: impl FnOnce(&T) -> bool) -> Self {
        match self {
            Self::Set(value) if is_empty(&value) => Self::Clear,
            other @ (Self::Keep | Self::Clear | Self::Set(_)) => other,
        }
    }

    /// Applies the edit to a stored field.
    pub fn apply(self, field: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *field = None,
            Self::Set(value) => *field = Some(value),
        }
    }

    /// Returns whether the edit would change `field`.
    pub fn changes(&self, field: &Option<T>) -> bool
    where
        T: PartialEq,
    {
        match self {
            Self::Keep => false,
            Self::Clear => field.is_some(),
            Self::Set(value) => field.as_ref() != Some(value),
        }
    }
}

/// Null clears and a value sets. An absent field becomes [`Edit::Keep`] through
/// `#[serde(default)]`.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Edit<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|field| field.map_or(Self::Clear, Self::Set))
    }
}

/// A cleared field serializes as null. Skip [`Edit::Keep`] with `#[serde(skip_serializing_if =
/// "Edit::is_keep")]`.
impl<T: Serialize> Serialize for Edit<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Keep | Self::Clear => serializer.serialize_none(),
            Self::Set(value) => serializer.serialize_some(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Body {
        #[serde(default)]
        bio: Edit<String>,
    }

    fn check(json: &str, bio: Edit<String>) {
        assert_eq!(serde_json::from_str::<Body>(json).unwrap(), Body { bio });
    }

    #[test]
    fn absence_null_and_value_differ() {
        check("{}", Edit::Keep);
        check(r#"{"bio":null}"#, Edit::Clear);
        check(r#"{"bio":"hi"}"#, Edit::Set("hi".into()));
    }

    #[test]
    fn only_a_different_value_is_a_change() {
        assert!(!Edit::Set(1).changes(&Some(1)));
        assert!(Edit::Set(1).changes(&None));
        assert!(!Edit::<u8>::Clear.changes(&None));
        assert!(!Edit::Keep.changes(&Some(1)));
    }
}
