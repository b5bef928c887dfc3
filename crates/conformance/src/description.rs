//! Checks requests and responses against a dialect's OpenAPI document.
//!
//! Every part of a response must be in the document: the status of the operation, each
//! header, and the body key for key. Accepted requests must match the document, too.

#[cfg(feature = "memory")]
mod document;
mod place;
#[cfg(feature = "memory")]
mod requests;
mod rules;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::Value;

use crate::{Request, Response, Suite};
use place::{DocumentPaths, RequestPlace};
use rules::Rules;

/// Headers of HTTP itself, which a document does not describe.
const TRANSPORT: [&str; 6] = [
    "connection",
    "content-length",
    "content-type",
    "date",
    "keep-alive",
    "transfer-encoding",
];

/// A dialect's document, prepared for checking requests and responses.
#[derive(Debug)]
pub struct Description {
    document: Value,
    places: DocumentPaths,
    rules: Rules,
}

/// A string is not an OpenAPI document.
#[derive(Debug, thiserror::Error)]
#[error("the OpenAPI document {0}")]
pub struct InvalidDocument(pub(crate) String);

impl Suite {
    /// The same suite, checked against the dialect's OpenAPI document.
    pub fn described_by(mut self, openapi: &str) -> Result<Self, InvalidDocument> {
        self.description = Some(Arc::new(Description::parse(openapi)?));
        Ok(self)
    }

    /// Adds to `problems` what the document, if any, does not describe.
    pub(crate) fn check_described(
        &self,
        request: &Request,
        response: &Response,
        problems: &mut Vec<String>,
    ) {
        if let Some(description) = &self.description {
            description.check(request, response, problems);
        }
    }
}

impl Description {
    /// Reads a document of OpenAPI 3.1.
    pub fn parse(json: &str) -> Result<Self, InvalidDocument> {
        let document: Value = serde_json::from_str(json)
            .map_err(|error| InvalidDocument(format!("is not JSON: {error}")))?;
        let version = document["openapi"].as_str().unwrap_or_default();
        if !version.starts_with("3.1.") {
            return Err(InvalidDocument(format!(
                "is of version {version:?}, not 3.1"
            )));
        }
        let places = DocumentPaths::of(&document);
        let rules = Rules::of(&document);
        Ok(Self {
            document,
            places,
            rules,
        })
    }

    /// Checks every example against its schema and returns their number.
    pub fn check_examples(&self, problems: &mut Vec<String>) -> usize {
        let mut count = 0;
        walk("", &self.document, &mut |at, node| {
            let (Some(schema), Some(examples)) = (node.get("schema"), node.get("examples")) else {
                return;
            };
            for (name, example) in examples.as_object().into_iter().flatten() {
                count += 1;
                let example = self.resolved(example);
                let place = format!("{at}: example {name}");
                self.rules
                    .check(schema, &example["value"], &place, problems);
            }
        });
        count
    }

    /// Adds to `problems` what of `request` and `response` the document does not describe.
    pub fn check(&self, request: &Request, response: &Response, problems: &mut Vec<String>) {
        let (method, status) = (&request.method, response.status);
        let path = request.path.split('?').next().unwrap_or_default();
        let described = match self.places.find(path, method) {
            RequestPlace::Operation { path, method } => {
                let operation = &self.document["paths"][path][method];
                if status < 400 {
                    self.check_request(operation, &self.document["paths"][path], request, problems);
                }
                operation["responses"].get(status.to_string())
            }
            RequestPlace::OtherMethod { path } => {
                self.elsewhere("WrongMethod", 405, status).or_else(|| {
                    // Unauthenticated clients may not learn the methods.
                    if status < 400 {
                        return None;
                    }
                    let operations = self.document["paths"][path].as_object()?.values();
                    let mut responses = operations.map(|operation| &operation["responses"]);
                    responses.find_map(|responses| responses.get(status.to_string()))
                })
            }
            RequestPlace::MissingSlash => self.elsewhere("MissingSlash", 301, status),
            RequestPlace::Nowhere => self.elsewhere("UnknownPath", 404, status),
        };
        match described {
            Some(described) => {
                let described = self.resolved(described);
                self.check_headers(described, response, problems);
                self.check_body(described, request, response, problems);
            }
            None => problems.push(format!(
                "the OpenAPI document has no {status} for {method} {path}"
            )),
        }
    }

    fn elsewhere(&self, name: &str, meant: u16, status: u16) -> Option<&Value> {
        let found = self.document["components"]["responses"].get(name);
        found.filter(|_| status == meant)
    }

    fn check_headers(&self, described: &Value, response: &Response, problems: &mut Vec<String>) {
        let headers = described["headers"].as_object();
        for (name, header) in headers.into_iter().flatten() {
            let header = self.resolved(header);
            let place = format!("the header {name}");
            match response.header(name) {
                Some(value) => {
                    let value = Value::String(value);
                    self.rules
                        .check(&header["schema"], &value, &place, problems);
                }
                None if header["required"] == true => {
                    problems.push(format!("lacks {name}, which the OpenAPI document requires"));
                }
                None => {}
            }
        }
        for (name, _) in &response.headers {
            let is_described = headers
                .into_iter()
                .flatten()
                .any(|(known, _)| known.eq_ignore_ascii_case(name));
            let is_transport = TRANSPORT
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name));
            if !is_described && !is_transport {
                problems.push(format!(
                    "has {name}, which the OpenAPI document does not have"
                ));
            }
        }
    }

    fn check_body(
        &self,
        described: &Value,
        request: &Request,
        response: &Response,
        problems: &mut Vec<String>,
    ) {
        if request.method == "HEAD" {
            return;
        }
        let contents = described["content"].as_object();
        let Some(contents) = contents.filter(|contents| !contents.is_empty()) else {
            if !response.body.is_empty() {
                problems.push("has a body, which the OpenAPI document does not have".to_owned());
            }
            return;
        };
        let media_type = response.header("content-type").unwrap_or_default();
        let essence = essence(&media_type);
        let Some(content) = contents.get(&essence) else {
            problems.push(format!(
                "is {essence}, which the OpenAPI document does not have"
            ));
            return;
        };
        if essence != "application/json" {
            return;
        }
        if let Ok(body) = serde_json::from_slice(&response.body) {
            let schema = &content["schema"];
            self.rules.check(schema, &body, "the body", problems);
        }
    }

    /// Checks that an accepted request matches the document.
    fn check_request(
        &self,
        operation: &Value,
        item: &Value,
        request: &Request,
        problems: &mut Vec<String>,
    ) {
        let lists = [&operation["parameters"], &item["parameters"]];
        for parameter in lists.into_iter().filter_map(Value::as_array).flatten() {
            let parameter = self.resolved(parameter);
            if parameter["in"] != "header" {
                continue;
            }
            let name = parameter["name"].as_str().unwrap_or_default();
            match request.header(name) {
                Some(value) => {
                    let value = Value::String(value.to_owned());
                    let place = format!("the request header {name}");
                    self.rules
                        .check(&parameter["schema"], &value, &place, problems);
                }
                None if parameter["required"] == true => problems.push(format!(
                    "was accepted without {name}, which the OpenAPI document requires"
                )),
                None => {}
            }
        }
        let contents = self.resolved(&operation["requestBody"])["content"].as_object();
        let (Some(contents), Some(body)) = (contents, &request.body) else {
            return;
        };
        let given = request.header("content-type");
        let essence = given.map(essence).unwrap_or_default();
        let Some(content) = contents.get(&essence) else {
            problems.push(format!(
                "was accepted as {essence}, which the OpenAPI document does not have"
            ));
            return;
        };
        if essence != "application/json" {
            return;
        }
        if let Ok(mut body) = serde_json::from_slice(body) {
            rules::normalise(&mut body);
            let schema = &content["schema"];
            self.rules.check(schema, &body, "the request", problems);
        }
    }

    /// The node itself, or the target of its `$ref`.
    fn resolved<'a>(&'a self, node: &'a Value) -> &'a Value {
        let pointer = node["$ref"]
            .as_str()
            .and_then(|text| text.strip_prefix('#'));
        let found = pointer.and_then(|pointer| self.document.pointer(pointer));
        found.unwrap_or(node)
    }
}

/// Visits `node` and everything in it, each with its place.
fn walk(at: &str, node: &Value, visit: &mut impl FnMut(&str, &Value)) {
    visit(at, node);
    match node {
        Value::Object(entries) => {
            for (key, node) in entries {
                walk(&format!("{at}/{key}"), node, visit);
            }
        }
        Value::Array(items) => {
            for (index, node) in items.iter().enumerate() {
                walk(&format!("{at}/{index}"), node, visit);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A content type without its parameters.
fn essence(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}
