//! A dialect's OpenAPI document.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use crate::Dialect;

/// The place of the server's URL in a document.
#[derive(Deserialize)]
struct Place<'a> {
    #[serde(borrow)]
    servers: Option<&'a RawValue>,
}

impl Dialect {
    /// The OpenAPI document as it is, but for its `servers`: there is one, at `url`, which may be
    /// a path.
    ///
    /// # Panics
    ///
    /// If the document is not a JSON object.
    pub fn openapi_at(&self, url: &str) -> String {
        at(self.openapi, url)
    }

    /// Lists where the schemas of the OpenAPI document use `keywords`, for a comparison with the
    /// constants of the code.
    ///
    /// There is one string for each property or parameter, keyword and value, with the number of
    /// places: `bio maxLength 200 (2)`. A property `details.bio` of a form counts as `bio`. The list is
    /// sorted.
    ///
    /// # Panics
    ///
    /// If the document is not JSON.
    pub fn documented(&self, keywords: &[&str]) -> Vec<String> {
        let document = serde_json::from_str(self.openapi).expect("a document is JSON");
        let mut places = BTreeMap::new();
        count("", &document, keywords, &mut places);
        let lines = places
            .iter()
            .map(|(line, count)| format!("{line} ({count})"));
        let mut lines: Vec<_> = lines.collect();
        lines.sort();
        lines
    }
}

/// Counts the uses of `keywords` in `node`, which belongs to the property or parameter `name`.
fn count(name: &str, node: &Value, keywords: &[&str], places: &mut BTreeMap<String, usize>) {
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
                            count(name, schema, keywords, places);
                        }
                    }
                    key if keywords.contains(&key) => {
                        *places.entry(format!("{name} {key} {value}")).or_default() += 1;
                    }
                    _ => count(name, value, keywords, places),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                count(name, item, keywords, places);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn at(document: &str, url: &str) -> String {
    let place: Place<'_> = serde_json::from_str(document).expect("a document is a JSON object");
    let servers = serde_json::json!([{ "url": url }]);
    let Some(known) = place.servers else {
        let rest = document.trim_start().strip_prefix('{').unwrap_or_default();
        return format!("{{\"servers\":{servers},{rest}");
    };
    // The text is a part of the document's own.
    let start = known.get().as_ptr() as usize - document.as_ptr() as usize;
    let end = start + known.get().len();
    format!("{}{servers}{}", &document[..start], &document[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_changes_but_the_servers() {
        let document = "{\n \"z\": 1.0, \"servers\": [ {\"url\": \"https://a\"} ],\n \"a\": {\"servers\": 1}\n}\n";
        let expected =
            "{\n \"z\": 1.0, \"servers\": [{\"url\":\"/b\\\"\"}],\n \"a\": {\"servers\": 1}\n}\n";
        assert_eq!(at(document, "/b\""), expected);
    }

    #[test]
    fn a_document_without_servers_gets_one() {
        let expected = "{\"servers\":[{\"url\":\"/b\"}], \"a\": 1}";
        assert_eq!(at(" { \"a\": 1}", "/b"), expected);
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
        let mut places = BTreeMap::new();
        count("", &document, &["maxLength"], &mut places);
        let expected = [
            ("bio maxLength 1", 3),
            ("maxLength maxLength 5", 1),
            ("q maxLength 2", 1),
        ];
        assert_eq!(
            places,
            expected
                .map(|(line, count)| (line.to_owned(), count))
                .into()
        );
    }
}
