//! The OpenAPI document of the admin API.

use http::Method;
use manyface_core::CatalogueKind;
use serde_json::{Map, Value, json};

use super::{MAX_PAGE_SIZE, Operation, PREFIX, body::NDJSON, operations, stream::EVENTS};

/// The schemas of bodies and responses.
const SCHEMAS: &str = include_str!("schemas.json");

/// Returns the OpenAPI 3.1 document.
///
/// # Panics
///
/// Never: a test parses the schemas.
pub(crate) fn document() -> Value {
    let schemas: Value = serde_json::from_str(SCHEMAS).expect("the schemas are JSON");
    let mut paths = Map::new();
    for operation in operations() {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method.as_str().to_lowercase()] = describe(operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "manyface admin API",
            "version": "1",
            "description": "Operations of operators. The commands `manyface user`, `tenant`, `key`, \
                            `changes`, `webhook`, `export`, `import` and `admin` send the same \
                            requests. See docs/operators.md.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": PREFIX }],
        "security": [{ "operator": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "operator": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An operator token: `manyface admin token add --role read`.",
                },
            },
            "schemas": schemas,
        },
    })
}

fn describe(operation: &Operation) -> Value {
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": parameters(operation),
        "responses": responses(operation),
    });
    if let Some(name) = operation.body {
        described["requestBody"] = json!({
            "required": true,
            "content": { operation.body_type: { "schema": reference(name) } },
        });
    }
    described
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

/// Returns whether the operation has a precondition.
fn is_conditional(operation: &Operation) -> bool {
    operation.path.starts_with("/users/{user}") && operation.method != Method::GET
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let string = |description: &str| json!({ "type": "string", "description": description });
    let mut parameters = Vec::new();
    for part in operation.path.split('/') {
        let Some(name) = part
            .strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'))
        else {
            continue;
        };
        let description = match name {
            "user" => "A canonical UUID, a user name, or DIALECT:ID.",
            "dialect" => "The name of a dialect.",
            "change" => "The member seq of a change.",
            "entry" => "The id of a catalogue entry.",
            _ => "An id.",
        };
        parameters.push(json!({
            "name": name, "in": "path", "required": true, "schema": string(description),
        }));
    }
    for parameter in operation.query {
        let schema = match parameter.name {
            "dry_run" | "fail_fast" | "shared" | "without_files" => json!({ "type": "boolean" }),
            "on_conflict" => json!({ "enum": ["skip", "update", "fail"] }),
            "first_line" => json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX }),
            "limit" => json!({ "type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE }),
            "tenant" => json!({ "type": "string", "format": "uuid" }),
            "after" => json!({ "type": "string", "pattern": "^[0-9]{1,18}$" }),
            "cursor" if operation.path == "/catalogue" => {
                json!({ "type": "string", "pattern": "^[0-9]{1,9}$" })
            }
            "cursor" => json!({ "type": "string", "minLength": 36 }),
            "kind" => json!({ "enum": CatalogueKind::ALL.map(CatalogueKind::as_str) }),
            "changed_since" => json!({ "type": "string", "format": "date-time" }),
            "status" => json!({ "enum": ["active", "suspended"] }),
            _ => json!({ "type": "string" }),
        };
        parameters.push(json!({
            "name": parameter.name,
            "in": "query",
            "description": parameter.description,
            "schema": schema,
        }));
    }
    if operation.response_type == EVENTS {
        let description = "The id of the last event that was received. Replaces after.";
        parameters.push(json!({
            "name": "Last-Event-ID", "in": "header", "schema": string(description),
        }));
    }
    if is_conditional(operation) {
        let description = "The ETag of the user that was read. Another state is a 412.";
        parameters.push(json!({
            "name": "If-Match", "in": "header", "schema": string(description),
        }));
    }
    parameters
}

fn responses(operation: &Operation) -> Map<String, Value> {
    let mut success = json!({ "description": "Success." });
    if let Some(name) = operation.response {
        success["content"] = json!({ operation.response_type: { "schema": reference(name) } });
    }
    if operation.response == Some("User") {
        success["headers"] = json!({ "ETag": { "schema": { "type": "string" } } });
    }
    let mut responses = Map::new();
    responses.insert(operation.status.as_str().to_owned(), success);
    let has_params = operation.path.contains('{');
    let is_write = operation.method != Method::GET;
    for (status, description, is_possible) in [
        ("400", "The request is malformed.", true),
        ("401", "The token is missing, unknown or revoked.", true),
        ("403", "The token does not permit the operation.", true),
        (
            "404",
            "There is no such object, or the token grants no access to it.",
            has_params,
        ),
        (
            "409",
            "The request conflicts with the state of an object.",
            is_write || operation.path == "/policies",
        ),
        ("412", "The user has changed.", is_conditional(operation)),
        (
            "413",
            "The body exceeds 1 MiB.",
            is_write && operation.body_type != NDJSON,
        ),
        ("415", "The body has another media type.", is_write),
        (
            "422",
            "Members of the body are invalid; `errors` lists them.",
            operation.body.is_some(),
        ),
        (
            "429",
            "The token, or the deployment, has too many such requests in progress.",
            operation.is_streamed() || operation.response_type == EVENTS,
        ),
        ("503", "The database is unavailable.", true),
    ] {
        if is_possible {
            let problem = json!({
                "description": description,
                "content": { "application/problem+json": { "schema": reference("Problem") } },
            });
            responses.insert(status.to_owned(), problem);
        }
    }
    responses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_referenced_schema_exists() {
        let document = document();
        let text = document.to_string();
        let prefix = "#/components/schemas/";
        for (at, _) in text.match_indices(prefix) {
            let name = &text[at + prefix.len()..];
            let name = name.split('"').next().unwrap();
            let schema = &document["components"]["schemas"][name];
            assert!(schema.is_object(), "there is no schema {name}");
        }
    }

    #[test]
    fn operation_ids_and_paths_are_unique() {
        let mut seen = Vec::new();
        for operation in operations() {
            for key in [
                operation.id.to_owned(),
                format!("{} {}", operation.method, operation.path),
            ] {
                assert!(!seen.contains(&key), "{key} is given twice");
                seen.push(key);
            }
        }
    }
}
