//! JSON values in lines.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::Json;

/// A JSON value within one line. A text with a line break is written as `{"$json": TEXT}`, and so
/// is a value of that form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineJson(pub Json);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonText {
    #[serde(rename = "$json")]
    json: String,
}

impl Serialize for LineJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0.as_str();
        let has_form = || serde_json::from_str::<JsonText>(text).is_ok();
        if text.contains(['\n', '\r'])
            || (self.0.is_object() && text.contains("$json") && has_form())
        {
            let json = text.to_owned();
            JsonText { json }.serialize(serializer)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for LineJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        match json.read::<JsonText>() {
            Ok(text) if json.is_object() => {
                Json::parse(text.json).map(Self).map_err(D::Error::custom)
            }
            Ok(_) | Err(_) => Ok(Self(json)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(text: &str) -> String {
        let json = LineJson(Json::parse(text.to_owned()).unwrap());
        let line = serde_json::to_string(&json).unwrap();
        assert!(!line.contains('\n'), "{line}");
        assert_eq!(serde_json::from_str::<LineJson>(&line).unwrap(), json);
        line
    }

    #[test]
    fn json_keeps_its_text_within_a_line() {
        assert_eq!(round_trip("{\"a\": 1.10}"), "{\"a\": 1.10}");
        assert_eq!(round_trip("{\n\"a\": 1}"), r#"{"$json":"{\n\"a\": 1}"}"#);
        assert_eq!(
            round_trip(r#"{"$json":"1"}"#),
            r#"{"$json":"{\"$json\":\"1\"}"}"#
        );
        assert_eq!(round_trip(r#"["$json"]"#), r#"["$json"]"#);
    }
}
