//! A dialect's OpenAPI document.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use crate::Dialect;

/// The `servers` member of a document.
#[derive(Deserialize)]
struct RawServers<'a> {
    #[serde(borrow)]
    servers: Option<&'a RawValue>,
}

impl Dialect {
    /// Returns the OpenAPI document with `url`, which may be a path, as the only one of its
    /// `servers`.
    ///
    /// # Panics
    ///
    /// If the document is not a JSON object.
    pub fn openapi_at(&self, url: &str) -> String {
        with_server(self.openapi, url)
    }

    /// Lists the uses of `keywords` in the schemas of the OpenAPI document, for a comparison with
    /// constants in the code.
    ///
    /// The sorted list has one string for each property or parameter, keyword and value, with the
    /// number of uses: `bio maxLength 200 (2)`. A form property `details.bio` counts as `bio`.
    ///
    /// # Panics
    ///
    /// If the document is not JSON.
    pub fn documented(&self, keywords: &[&str]) -> Vec<String> {
        let document = serde_json::from_str(self.openapi).expect("the OpenAPI document is JSON");
        let mut uses = BTreeMap::new();
        count("", &document, keywords, &mut uses);
        let lines = uses.iter().map(|(line, count)| format!("{line} ({count})"));
        let mut lines: Vec<_> = lines.collect();
        lines.sort();
        lines
    }
}

/// Counts the uses of `keywords` in `node`, which belongs to the property or parameter `name`.
fn count(name: &str, node: &Value, keywords: &[&str], uses: &mut BTreeMap<String, usize>) {
    match node {
        Value::Object(members) => {
            let own = members
                .get("in")
                .and_then(|_| members.get("name")?.as_str());
            let name = own.unwrap_or(name);
            for (key, value) in members {
                match key.as_str() {
                    "examples" | "headers" => {}
                    "properties" | "schemas" => {
                        for (name, schema) in value.as_object().into_iter().flatten() {
                            let name = name.rsplit('.').next().unwrap_or(name);
                            count(name, schema, keywords, uses);
                        }
                    }
                    key if keywords.contains(&key) => {
                        *uses.entry(format!("{name} {key} {value}")).or_default() += 1;
                    }
                    _ => count(name, value, keywords, uses),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                count(name, item, keywords, uses);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn with_server(document: &str, url: &str) -> String {
    let raw: RawServers<'_> =
        serde_json::from_str(document).expect("the OpenAPI document is a JSON object");
    let servers = serde_json::json!([{ "url": url }]);
    let Some(old) = raw.servers else {
        let rest = document.trim_start().strip_prefix('{').unwrap_or_default();
        return format!("{{\"servers\":{servers},{rest}");
    };
    // `old` borrows from `document`.
    let start = old.get().as_ptr() as usize - document.as_ptr() as usize;
    let end = start + old.get().len();
    format!("{}{servers}{}", &document[..start], &document[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_servers_are_replaced() {
        let document = "{\n \"z\": 1.0, \"servers\": [ {\"url\": \"https://a\"} ],\n \"a\": {\"servers\": 1}\n}\n";
        let expected =
            "{\n \"z\": 1.0, \"servers\": [{\"url\":\"/b\\\"\"}],\n \"a\": {\"servers\": 1}\n}\n";
        assert_eq!(with_server(document, "/b\""), expected);
    }

    #[test]
    fn a_missing_server_is_added() {
        let expected = "{\"servers\":[{\"url\":\"/b\"}], \"a\": 1}";
        assert_eq!(with_server(" { \"a\": 1}", "/b"), expected);
    }

    #[test]
    fn keywords_are_counted_by_name_and_value() {
        let document = serde_json::json!({
            "parameters": [{"name": "q", "in": "query", "schema": {"maxLength": 2}}],
            "headers": {"X": {"schema": {"maxLength": 3}}},
            "schemas": {"User": {"properties": {
                "bio": {"anyOf": [{"maxLength": 1, "pattern": "x"}, {"maxLength": 1}]},
                "details.bio": {"maxLength": 1, "examples": [{"maxLength": 4}]},
                "maxLength": {"items": {"maxLength": 5}},
            }}},
        });
        let mut uses = BTreeMap::new();
        count("", &document, &["maxLength"], &mut uses);
        let expected = [
            ("bio maxLength 1", 3),
            ("maxLength maxLength 5", 1),
            ("q maxLength 2", 1),
        ];
        assert_eq!(
            uses,
            expected
                .map(|(line, count)| (line.to_owned(), count))
                .into()
        );
    }
}
