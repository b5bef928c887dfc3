//! JSON values with their original text.

use std::fmt;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

/// A JSON value as text, which preserves numbers, key order and spelling.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json(Box<RawValue>);

/// The error for text that is not exactly one JSON value.
#[derive(Debug, thiserror::Error)]
#[error("not a JSON value")]
pub struct NotJson(#[source] serde_json::Error);

impl Json {
    /// Parses `text`, which must be exactly one JSON value.
    pub fn parse(text: String) -> Result<Self, NotJson> {
        RawValue::from_string(text).map(Self).map_err(NotJson)
    }

    /// Serializes `value`.
    pub fn of(value: &impl Serialize) -> Result<Self, NotJson> {
        serde_json::value::to_raw_value(value)
            .map(Self)
            .map_err(NotJson)
    }

    /// Returns the JSON text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Returns whether the value is an object. Derived deserializers of structs also accept arrays.
    pub fn is_object(&self) -> bool {
        self.as_str().starts_with('{')
    }

    /// Deserializes the value as a `T`.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, NotJson> {
        serde_json::from_str(self.as_str()).map_err(NotJson)
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Json {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_key_order_are_preserved() {
        let text = r#"{"z":1.10,"a":123456789012345678901234567890}"#;
        let json = Json::parse(text.to_owned()).unwrap();
        assert_eq!(serde_json::to_string(&json).unwrap(), text);
    }

    #[test]
    fn text_other_than_one_value_is_rejected() {
        assert!(Json::parse("{".to_owned()).is_err());
        assert!(Json::parse("1 2".to_owned()).is_err());
    }
}
