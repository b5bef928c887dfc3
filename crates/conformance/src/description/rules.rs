//! The schemas of a document.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use jsonschema::Validator;
use manyface_core::text;
use serde_json::{Value, json};

/// The maximum number of reported problems of one value.
const MAX_PROBLEMS: usize = 3;
/// The maximum length of a problem: a schema may list many values.
const MAX_PROBLEM_LENGTH: usize = 400;

/// The schemas of a document, each compiled once.
pub(super) struct Rules {
    /// The components that schemas refer to.
    components: Value,
    ready: Mutex<HashMap<String, Result<Arc<Validator>, String>>>,
}

impl Rules {
    pub(super) fn of(document: &Value) -> Self {
        Self {
            components: document["components"].clone(),
            ready: Mutex::default(),
        }
    }

    /// Adds the violations of `schema` by `value` to `problems`.
    pub(super) fn check(
        &self,
        schema: &Value,
        value: &Value,
        place: &str,
        problems: &mut Vec<String>,
    ) {
        let validator = match self.ready(schema) {
            Ok(validator) => validator,
            Err(problem) => {
                problems.push(format!("{place} has an invalid schema: {problem}"));
                return;
            }
        };
        for error in validator.iter_errors(value).take(MAX_PROBLEMS) {
            let at = error.instance_path();
            let mut message = error.to_string();
            if let Some((end, _)) = message.char_indices().nth(MAX_PROBLEM_LENGTH) {
                message.truncate(end);
                message.push('…');
            }
            problems.push(format!(
                "{place}{at} is not what the OpenAPI document says: {message}"
            ));
        }
    }

    fn ready(&self, schema: &Value) -> Result<Arc<Validator>, String> {
        let key = schema.to_string();
        // A panic elsewhere leaves the map consistent.
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        ready
            .entry(key)
            .or_insert_with(|| {
                let root = json!({"components": self.components, "allOf": [schema]});
                let options = jsonschema::draft202012::options().should_validate_formats(true);
                let made = options.build(&root);
                made.map(Arc::new).map_err(|error| error.to_string())
            })
            .clone()
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Rules").finish_non_exhaustive()
    }
}

/// Normalises strings as their limits count them: a document cannot express blanks at the
/// ends, nor characters that are composed of several parts.
pub(super) fn normalise(value: &mut Value) {
    match value {
        Value::String(given) => {
            if let Ok(normal) = text::normalise(given, usize::MAX) {
                *given = normal;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(normalise),
        Value::Object(entries) => entries.values_mut().for_each(normalise),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
