//! Finds request keys without effect, for developers of clients.
//!
//! The contracts require that unknown keys are ignored, so no response reports a misspelt key.

use std::{
    collections::{BTreeMap, HashMap},
    iter,
};

use manyface_dialect::Dialect;
use serde_json::{Map, Value};

/// The maximum size in bytes of a checked body. Parsed JSON takes a multiple of its length.
const MAX_BODY_BYTES: usize = 64 * 1024;
/// The maximum number of reported keys per request.
const MAX_KEYS: usize = 10;
/// The maximum number of reported characters per key.
const MAX_KEY_CHARS: usize = 60;

/// The keys that the operations of dialects read, according to their OpenAPI documents.
#[derive(Clone, Debug, Default)]
pub struct RequestKeys(HashMap<(&'static str, String), Members>);

/// The members of an object. Without members, the object may have any keys.
#[derive(Clone, Debug, Default)]
struct Members(BTreeMap<String, Members>);

impl RequestKeys {
    /// Collects the keys from the documents of `dialects`.
    pub fn of<'a>(dialects: impl IntoIterator<Item = &'a Dialect>) -> Self {
        let mut operations = HashMap::new();
        for dialect in dialects {
            let document: Value = serde_json::from_str(dialect.openapi).unwrap_or_default();
            let paths = document["paths"]
                .as_object()
                .into_iter()
                .flat_map(Map::values);
            let found = paths.filter_map(Value::as_object).flat_map(Map::values);
            for operation in found {
                let Some(id) = operation["operationId"].as_str() else {
                    continue;
                };
                let mut members = Members::default();
                let content = &operation["requestBody"]["content"];
                for media_type in content.as_object().into_iter().flat_map(Map::values) {
                    members.add(&document, &media_type["schema"], 0);
                }
                operations.insert((dialect.name, id.to_owned()), members);
            }
        }
        Self(operations)
    }

    /// Returns the keys of `body` that the operation does not read. Bodies over 64 KiB are not
    /// checked.
    pub(crate) fn find_ignored(
        &self,
        dialect: &'static str,
        operation: &str,
        content_type: &str,
        body: &[u8],
    ) -> Vec<String> {
        let mut ignored = Vec::new();
        if body.len() > MAX_BODY_BYTES {
            return ignored;
        }
        let Some(known) = self.0.get(&(dialect, operation.to_owned())) else {
            return ignored;
        };
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("multipart/form-data") {
            let names = form_names(body);
            ignored.extend(names.filter(|name| !known.has_path(name)));
        } else if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            let names = form_urlencoded::parse(body).map(|(name, _)| name.into_owned());
            ignored.extend(names.filter(|name| !known.has_path(name)));
        } else if let Ok(Value::Object(object)) = serde_json::from_slice(body) {
            known.collect_ignored(&object, "", &mut ignored);
        }
        ignored.sort();
        ignored.dedup();
        ignored.truncate(MAX_KEYS);
        for name in &mut ignored {
            *name = name.chars().take(MAX_KEY_CHARS).collect();
        }
        ignored
    }
}

impl Members {
    /// Adds the members that `schema` describes, also in referenced and combined schemas.
    fn add(&mut self, document: &Value, schema: &Value, depth: usize) {
        // Schemas may be recursive.
        if depth > 8 {
            return;
        }
        if let Some(reference) = schema["$ref"].as_str() {
            let pointer = reference.strip_prefix('#').unwrap_or_default();
            let found = document.pointer(pointer).unwrap_or(&Value::Null);
            return self.add(document, found, depth + 1);
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            for part in schema[key].as_array().into_iter().flatten() {
                self.add(document, part, depth + 1);
            }
        }
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            let members = self.0.entry(name.clone()).or_default();
            members.add(document, schema, depth + 1);
        }
    }

    fn collect_ignored(&self, object: &Map<String, Value>, path: &str, ignored: &mut Vec<String>) {
        if self.0.is_empty() {
            return;
        }
        for (name, value) in object {
            match (self.0.get(name), value) {
                (None, _) => ignored.push(format!("{path}{name}")),
                (Some(members), Value::Object(inner)) => {
                    members.collect_ignored(inner, &format!("{path}{name}."), ignored);
                }
                (Some(_), _) => {}
            }
        }
    }

    /// Returns whether a form field's name (`details.skills[0]`) is a member's path.
    fn has_path(&self, name: &str) -> bool {
        let bare = name.split('[').next().unwrap_or_default();
        if [name, bare].iter().any(|name| self.0.contains_key(*name)) {
            return true;
        }
        let nested = bare.split_once('.').and_then(|(first, rest)| {
            let members = self.0.get(first)?;
            Some(members.0.is_empty() || members.has_path(rest))
        });
        nested.unwrap_or(false)
    }
}

/// Returns the names of the parts of a multipart form.
fn form_names(body: &[u8]) -> impl Iterator<Item = String> + '_ {
    const START: &[u8] = b"content-disposition:";
    let mut lines = body.split(|byte| *byte == b'\n');
    iter::from_fn(move || {
        lines.find_map(|line| {
            let start = line.get(..START.len())?;
            let line = start.eq_ignore_ascii_case(START).then_some(line)?;
            let text = String::from_utf8_lossy(line);
            let (_, rest) = text.split_once(" name=\"")?;
            Some(rest.split_once('"')?.0.to_owned())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(content_type: &str, body: &str, ignored: &[&str]) {
        let dialect = manyface_movieknight::dialect();
        let mut keys = RequestKeys::of([&dialect]);
        let details = Members::default();
        let operation = keys
            .0
            .get_mut(&(dialect.name, "update-my-profile".to_owned()));
        let details = operation
            .unwrap()
            .0
            .entry("details".to_owned())
            .or_insert(details);
        details.0.insert("skills".to_owned(), Members::default());
        let found = keys.find_ignored(
            dialect.name,
            "update-my-profile",
            content_type,
            body.as_bytes(),
        );
        assert_eq!(found, ignored, "{body}");
    }

    #[test]
    fn unknown_keys_are_reported_with_their_path() {
        let json = "application/json";
        check(json, r#"{"bio":"x","details":{"skills":[{"a":1}]}}"#, &[]);
        check(
            json,
            r#"{"boi":1,"name":"x","details":{"skill":1}}"#,
            &["boi", "details.skill"],
        );
        check(json, r#"["boi"]"#, &[]);
        check(json, "{", &[]);
        let form = "application/x-www-form-urlencoded";
        check(
            form,
            "bio=x&boi=y&details.skills%5B0%5D=a&details.x=1",
            &["boi", "details.x"],
        );
        let body = "--x\r\nContent-Disposition: form-data; name=\"boi\"\r\n\r\nname=\"no\"\r\n\
                    --x\r\nContent-Disposition: form-data; name=\"bio\"\r\n\r\n\r\n--x--";
        check("multipart/form-data; boundary=x", body, &["boi"]);
    }

    #[test]
    fn large_bodies_are_not_checked() {
        let body = |length: usize| format!("{{\"boi\":\"{}\"}}", "x".repeat(length - 10));
        check("application/json", &body(MAX_BODY_BYTES), &["boi"]);
        check("application/json", &body(MAX_BODY_BYTES + 1), &[]);
    }

    #[test]
    fn reported_keys_are_bounded() {
        let long = "x".repeat(1000);
        let names: Vec<_> = (0..50).map(|at| format!("\"{at:02}{long}\":1")).collect();
        let dialect = manyface_movieknight::dialect();
        let keys = RequestKeys::of([&dialect]);
        let body = format!("{{{}}}", names.join(","));
        let body = body.as_bytes();
        let found = keys.find_ignored(dialect.name, "update-my-profile", "application/json", body);
        assert_eq!(found.len(), MAX_KEYS);
        assert!(found.iter().all(|name| name.len() == MAX_KEY_CHARS));
    }
}
