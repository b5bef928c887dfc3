//! Schemas of what the code answers, made from answers: whatever a version shows, it shows here.

use manyface_dialect::openapi::utoipa;
use serde_json::{Map, Value};
use utoipa::openapi::{
    RefOr,
    schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type},
};

use super::{
    meanings::{is_unknown, meaning},
    schemas::shown_text,
};
use manyface_dialect::openapi::{choice, nullable, text};

/// What `values` have in common. `path` is where they stand.
pub(super) fn shape(path: &str, values: &[&Value]) -> Schema {
    let is_nullable = values.iter().any(|value| value.is_null());
    let values: Vec<_> = values
        .iter()
        .copied()
        .filter(|value| !value.is_null())
        .collect();
    let Some(first) = values.first() else {
        assert!(is_unknown(path), "no example has anything at {path}");
        let nothing = ObjectBuilder::new().schema_type(Type::Null);
        return Schema::Object(nothing.description(Some(meaning(path))).build());
    };
    let kind = |r#type: Type| {
        if is_nullable {
            SchemaType::Array(vec![r#type, Type::Null])
        } else {
            r#type.into()
        }
    };
    let is_same = |value: &&Value| std::mem::discriminant(*value) == std::mem::discriminant(*first);
    assert!(values.iter().all(is_same), "{path} is now this, now that");
    match first {
        Value::Object(_) => {
            let objects: Vec<_> = values
                .iter()
                .filter_map(|value| value.as_object())
                .collect();
            Schema::Object(
                object(path, &objects)
                    .schema_type(kind(Type::Object))
                    .build(),
            )
        }
        Value::Array(_) => {
            let items = values.iter().filter_map(|value| value.as_array()).flatten();
            let items: Vec<_> = items.collect();
            let list = ArrayBuilder::new()
                .schema_type(kind(Type::Array))
                .description(Some(meaning(path)));
            let list = if items.is_empty() {
                assert!(is_unknown(path), "no example has anything at {path}");
                list.max_items(Some(0))
            } else {
                list.items(RefOr::T(shape(&format!("{path}.item"), &items)))
            };
            Schema::Array(list.build())
        }
        Value::String(_) => string(path, &values, is_nullable),
        Value::Number(_) => {
            let is_whole = path.rsplit('.').next() == Some("size");
            let number = if is_whole {
                Type::Integer
            } else {
                Type::Number
            };
            let number = ObjectBuilder::new().schema_type(kind(number));
            Schema::Object(number.description(Some(meaning(path))).build())
        }
        Value::Bool(_) | Value::Null => {
            let flag = ObjectBuilder::new().schema_type(kind(Type::Boolean));
            Schema::Object(flag.description(Some(meaning(path))).build())
        }
    }
}

fn object(path: &str, objects: &[&Map<String, Value>]) -> ObjectBuilder {
    let mut keys: Vec<&String> = Vec::new();
    for key in objects.iter().flat_map(|object| object.keys()) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let mut built = ObjectBuilder::new()
        .description(Some(meaning(path)))
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
    for key in keys {
        let values: Vec<_> = objects
            .iter()
            .filter_map(|object| object.get(key))
            .collect();
        let is_required = values.len() == objects.len();
        built = built.property(key, shape(&format!("{path}.{key}"), &values));
        if is_required {
            built = built.required(key);
        }
    }
    built
}

fn string(path: &str, values: &[&Value], is_nullable: bool) -> Schema {
    let last = path.rsplit('.').next().unwrap_or_default();
    let choices: &[&str] = match last {
        "upload_status" => &["pending", "processing", "ready", "failed"],
        "visibility" => &["public", "private"],
        "object" => &["file"],
        "status" => &["not_started", "pending", "approved", "rejected"],
        _ => &[],
    };
    if !choices.is_empty() {
        for value in values {
            let is_known = value.as_str().is_some_and(|value| choices.contains(&value));
            assert!(is_known, "{path} is {value}");
        }
        return choice(meaning(path), choices.iter().copied());
    }
    let known = manyface_dialect::openapi::Text {
        description: meaning(path),
        ..shown_text(path)
    };
    if is_nullable {
        nullable(known)
    } else {
        text(known)
    }
}
