//! A JSON value that is kept byte for byte.

use std::fmt;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

/// A JSON value as its own text, so that numbers, key order and spelling survive storage.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json(Box<RawValue>);

/// The text is not one JSON value.
#[derive(Debug, thiserror::Error)]
#[error("not a JSON value")]
pub struct NotJson(#[source] serde_json::Error);

impl Json {
    /// Takes `text`, which must be exactly one JSON value.
    pub fn parse(text: String) -> Result<Self, NotJson> {
        RawValue::from_string(text).map(Self).map_err(NotJson)
    }

    /// Writes `value` as JSON.
    pub fn of(value: &impl Serialize) -> Result<Self, NotJson> {
        serde_json::value::to_raw_value(value)
            .map(Self)
            .map_err(NotJson)
    }

    /// The value's text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Whether the value is an object. Derived readers of structs take arrays as well.
    pub fn is_object(&self) -> bool {
        self.as_str().starts_with('{')
    }

    /// Reads the value as a `T`.
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
    fn numbers_and_key_order_survive() {
        let text = r#"{"z":1.10,"a":123456789012345678901234567890}"#;
        let json = Json::parse(text.to_owned()).unwrap();
        assert_eq!(serde_json::to_string(&json).unwrap(), text);
    }

    #[test]
    fn half_a_value_is_rejected() {
        assert!(Json::parse("{".to_owned()).is_err());
        assert!(Json::parse("1 2".to_owned()).is_err());
    }
}
