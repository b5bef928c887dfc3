//! Names the keys of requests that have no effect, for developers of clients.
//!
//! The contracts want unknown keys to be ignored, so no response says that a key is misspelt.

use std::{
    collections::{BTreeMap, HashMap},
    iter,
};

use manyface_dialect::Dialect;
use serde_json::{Map, Value};

/// The longest body whose keys are compared, in bytes: reading JSON into values takes a multiple of
/// its length.
const MAX_BODY: usize = 64 * 1024;
/// The most keys that are named of one request.
const MAX_NAMED: usize = 10;
/// The most characters that are named of one key.
const MAX_LENGTH: usize = 60;

/// The keys that the operations of dialects read, as their OpenAPI documents describe them.
#[derive(Clone, Debug, Default)]
pub struct RequestKeys(HashMap<(&'static str, String), Members>);

/// The members of an object. An object without described members may have any.
#[derive(Clone, Debug, Default)]
struct Members(BTreeMap<String, Members>);

impl RequestKeys {
    /// The keys that the documents of `dialects` describe.
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

    /// The keys of `body` that the operation does not read; none of a body of more than 64 KiB.
    pub(crate) fn ignored(
        &self,
        dialect: &'static str,
        operation: &str,
        content_type: &str,
        body: &[u8],
    ) -> Vec<String> {
        let mut ignored = Vec::new();
        if body.len() > MAX_BODY {
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
            known.compare(&object, "", &mut ignored);
        }
        ignored.sort();
        ignored.dedup();
        ignored.truncate(MAX_NAMED);
        for name in &mut ignored {
            *name = name.chars().take(MAX_LENGTH).collect();
        }
        ignored
    }
}

impl Members {
    /// Adds the members that `schema` describes, wherever in it.
    fn add(&mut self, document: &Value, schema: &Value, depth: usize) {
        // Schemas may refer to themselves.
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

    fn compare(&self, object: &Map<String, Value>, path: &str, ignored: &mut Vec<String>) {
        if self.0.is_empty() {
            return;
        }
        for (name, value) in object {
            match (self.0.get(name), value) {
                (None, _) => ignored.push(format!("{path}{name}")),
                (Some(members), Value::Object(inner)) => {
                    members.compare(inner, &format!("{path}{name}."), ignored);
                }
                (Some(_), _) => {}
            }
        }
    }

    /// Whether a form's name (`details.skills[0]`) is that of a member.
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

/// The names of the parts of a multipart form.
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
        let found = keys.ignored(
            dialect.name,
            "update-my-profile",
            content_type,
            body.as_bytes(),
        );
        assert_eq!(found, ignored, "{body}");
    }

    #[test]
    fn unknown_keys_are_named_with_their_path() {
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
    fn long_bodies_are_not_compared() {
        let body = |length: usize| format!("{{\"boi\":\"{}\"}}", "x".repeat(length - 10));
        check("application/json", &body(MAX_BODY), &["boi"]);
        check("application/json", &body(MAX_BODY + 1), &[]);
    }

    #[test]
    fn what_is_named_is_bounded() {
        let long = "x".repeat(1000);
        let names: Vec<_> = (0..50).map(|at| format!("\"{at:02}{long}\":1")).collect();
        let dialect = manyface_movieknight::dialect();
        let keys = RequestKeys::of([&dialect]);
        let body = format!("{{{}}}", names.join(","));
        let body = body.as_bytes();
        let found = keys.ignored(dialect.name, "update-my-profile", "application/json", body);
        assert_eq!(found.len(), MAX_NAMED);
        assert!(found.iter().all(|name| name.len() == MAX_LENGTH));
    }
}
