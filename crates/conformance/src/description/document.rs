//! Checks a committed OpenAPI document against the dialect that it describes, without requests.

use std::{collections::BTreeSet, sync::LazyLock};

use manyface_core::{WebUrl, text};
use manyface_dialect::{Credentials, Dialect, Route};
use serde_json::{Value, json};

use super::{Description, walk};

/// The schema of OpenAPI 3.1 documents (Apache-2.0):
/// <https://spec.openapis.org/oas/3.1/schema/2022-10-07>
const SCHEMA: &str = include_str!("openapi-3.1.json");

/// The characters that the core rejects in texts, does not count as visible, and rejects in URLs.
static REJECTED: LazyLock<[BTreeSet<char>; 3]> = LazyLock::new(|| {
    // The characters beyond have no spelling that every reader of regular expressions knows.
    let set = |is_in: &dyn Fn(char) -> bool| ('\0'..='\u{ffff}').filter(|c| is_in(*c)).collect();
    [
        set(&text::is_rejected),
        set(&|c| text::is_rejected(c) || text::trim(&c.to_string()).is_empty()),
        set(&|c| WebUrl::parse(&format!("http://a/{c}a")).is_err()),
    ]
});

impl Description {
    /// Compares the document of `dialect` with the dialect, and returns the differences.
    ///
    /// The document is valid, its examples match their schemas, its operations are those of the
    /// route table, its properties those of the views, and its patterns exclude the characters that
    /// the core rejects.
    ///
    /// # Panics
    ///
    /// Never: the schema of OpenAPI is a schema.
    pub fn check_document(dialect: &Dialect) -> Vec<String> {
        let description = match Self::parse(dialect.openapi) {
            Ok(description) => description,
            Err(error) => return vec![error.to_string()],
        };
        let mut problems = Vec::new();
        let schema: Value = serde_json::from_str(SCHEMA).expect("is JSON");
        let validator = jsonschema::validator_for(&schema).expect("is a schema");
        let errors = validator.iter_errors(&description.document);
        problems.extend(errors.map(|error| format!("{}: {error:.200}", error.instance_path())));
        if description.check_examples(&mut problems) == 0 {
            problems.push("the document has no examples".to_owned());
        }
        description.check_operations(dialect, &mut problems);
        for route in &dialect.routes {
            for (what, is_right) in description.compare(route, dialect) {
                if !is_right {
                    problems.push(format!("{}: {what} is not the route's", route.id));
                }
            }
        }
        description.check_views(dialect, &mut problems);
        check_characters(&description.document, &mut problems);
        problems
    }

    /// Compares the server, the operations and the components with the dialect.
    fn check_operations(&self, dialect: &Dialect, problems: &mut Vec<String>) {
        let routes = dialect.routes.iter().flat_map(|route| {
            let methods = dialect.methods(route.path).into_iter();
            methods.map(|method| (route.path, method.as_str().to_ascii_lowercase()))
        });
        let (mut documented, mut ids) = (BTreeSet::new(), BTreeSet::new());
        for (path, item) in members(&self.document["paths"]) {
            for (method, operation) in members(item) {
                documented.insert((path.as_str(), method.clone()));
                if !ids.insert(operation["operationId"].as_str()) {
                    problems.push(format!("{method} {path} has no unique id"));
                }
            }
        }
        for (path, method) in documented.symmetric_difference(&routes.collect()) {
            problems.push(format!("{method} {path} is not in both"));
        }
        let components = &self.document["components"];
        let mut schemes = members(&components["securitySchemes"]);
        let has_keys = schemes.any(|(_, scheme)| scheme["bearerFormat"] == "API key");
        let responses = &components["responses"];
        for (what, is_right) in [
            ("server", self.document["servers"][0]["url"] == dialect.base),
            (
                "API key",
                has_keys == dialect.capabilities.api_keys.is_some(),
            ),
            ("UnknownPath", responses.get("UnknownPath").is_some()),
            ("WrongMethod", responses.get("WrongMethod").is_some()),
            (
                "MissingSlash",
                responses.get("MissingSlash").is_some() == dialect.appends_slash(),
            ),
        ] {
            if !is_right {
                problems.push(format!("{what} is not the dialect's"));
            }
        }
    }

    /// Compares one operation with its route.
    fn compare(&self, route: &Route, dialect: &Dialect) -> [(&'static str, bool); 11] {
        let item = &self.document["paths"][route.path];
        let operation = &item[route.method.as_str().to_ascii_lowercase()];
        let has_body = route.body_limit > 0;
        let description = operation["description"].as_str().unwrap_or_default();
        let limit = format!(" {} bytes.", route.body_limit);
        let rate = |rate| format!("may send {rate} requests a minute");
        let has_rate = |rate: String| description.contains(&rate);
        let has_status = |status: &str| operation["responses"].get(status).is_some();
        let is_text = |key: &str| operation[key].as_str().is_some_and(|text| !text.is_empty());
        let own = dialect.headers.iter().map(AsRef::as_ref);
        // A parameter of a path may have a pattern after a colon.
        let in_path = route.path.split('{').skip(1);
        let in_path = in_path.filter_map(|part| part.split(['}', ':']).next());
        let parameters = operation["parameters"].as_array();
        let has_parameter = |name: &str| {
            let mut parameters = parameters.into_iter().flatten();
            parameters.any(|parameter| {
                let known = self.resolved(parameter)["name"].as_str();
                known.is_some_and(|known| known.eq_ignore_ascii_case(name))
            })
        };
        [
            ("operationId", operation["operationId"] == route.id),
            ("summary", is_text("summary")),
            ("tag", operation["tags"][0].is_string()),
            ("security", self.has_security(operation, route)),
            ("parameter", own.chain(in_path).all(has_parameter)),
            ("body", operation["requestBody"].is_object() == has_body),
            ("body limit", description.contains(&limit) == has_body),
            (
                "rate",
                route
                    .per_minute
                    .is_none_or(|limit| has_rate(rate(limit.to_string())))
                    && has_rate(" requests a minute".to_owned()) == route.per_minute.is_some(),
            ),
            ("status", ["429", "500", "503"].into_iter().all(has_status)),
            (
                "status of bodies",
                ["408", "413"].map(has_status) == [has_body; 2],
            ),
            (
                "HEAD",
                route.method != "GET"
                    || without_content(operation) == without_content(&item["head"]),
            ),
        ]
    }

    /// Returns whether `operation` demands the credentials and scopes of `route`.
    fn has_security(&self, operation: &Value, route: &Route) -> bool {
        let schemes = members(&self.document["components"]["securitySchemes"]);
        let mut expected: Vec<_> = schemes
            .map(|(name, _)| json!({name: route.scopes}))
            .collect();
        match route.credentials {
            Credentials::Required => {}
            Credentials::Optional => expected.push(json!({})),
            Credentials::Ignored => expected.clear(),
        }
        let documented = operation["security"].as_array();
        documented.is_some_and(|documented| {
            documented.len() == expected.len()
                && expected.iter().all(|one| documented.contains(one))
        })
    }

    /// Checks that everything that the views read and write is a property of a body.
    fn check_views(&self, dialect: &Dialect, problems: &mut Vec<String>) {
        for view in dialect.views {
            let item = &self.document["paths"][view.path];
            let bodies = [
                self.resolved(&item[view.method.to_ascii_lowercase()]["requestBody"]),
                self.resolved(&item["get"]["responses"]["200"]),
            ];
            for field in view.fields {
                let pointers = [
                    field.write.map(|taken| taken.at),
                    field.read.map(|shown| shown.at),
                ];
                for (body, pointer) in bodies.into_iter().zip(pointers) {
                    let schema = &body["content"]["application/json"]["schema"];
                    if pointer.is_some_and(|pointer| !self.has_property(schema, pointer)) {
                        let pointer = pointer.unwrap_or_default();
                        problems.push(format!("{}: {pointer} is not a property", view.path));
                    }
                }
            }
        }
    }

    fn has_property(&self, schema: &Value, pointer: &str) -> bool {
        let Some(path) = pointer.strip_prefix('/') else {
            return true;
        };
        let (name, rest) = path.split_at(path.find('/').unwrap_or(path.len()));
        let schema = self.resolved(schema);
        let property = schema["properties"].get(name);
        let parts = ["anyOf", "oneOf", "allOf"].into_iter();
        let mut parts = parts.flat_map(|key| schema[key].as_array().into_iter().flatten());
        property.is_some_and(|property| self.has_property(property, rest))
            || parts.any(|part| self.has_property(part, pointer))
    }
}

/// The members of an object; none of another value.
pub(super) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// Returns the operation without names and bodies, in which `HEAD` equals `GET`.
fn without_content(operation: &Value) -> Value {
    let mut operation = operation.clone();
    for key in ["operationId", "summary"] {
        operation[key] = Value::Null;
    }
    let responses = operation["responses"].as_object_mut().into_iter();
    for response in responses.flat_map(|responses| responses.values_mut()) {
        response["content"] = Value::Null;
    }
    operation
}

/// Checks that every class of excluded characters in a pattern is one of [`REJECTED`].
fn check_characters(document: &Value, problems: &mut Vec<String>) {
    walk("", document, &mut |at, node| {
        let pattern = node["pattern"].as_str().unwrap_or_default();
        for class in pattern.split("[^").skip(1) {
            let class = class.split(']').next().unwrap_or_default();
            // What ends the host of a URL.
            let class = class.strip_prefix("/?#@").unwrap_or(class);
            if class.contains("\\u") && !REJECTED.contains(&characters(class)) {
                problems.push(format!("{at}: [^{class}] is not what the core rejects"));
            }
        }
    });
}

/// The characters of a class, which are spelt `\u0000-\u0008` or `\\`.
fn characters(class: &str) -> BTreeSet<char> {
    let class = class.replace("\\\\", "\\u005C");
    let (mut found, mut start) = (BTreeSet::new(), None);
    for part in class.split("\\u").skip(1) {
        let code = part
            .get(..4)
            .and_then(|code| u32::from_str_radix(code, 16).ok());
        let first = start.take().or(code);
        if part.ends_with('-') {
            start = first;
        } else if let (Some(first), Some(last)) = (first, code) {
            found.extend((first..=last).filter_map(char::from_u32));
        }
    }
    found
}
