//! What is true of the OpenAPI documents themselves.

use libtest_mimic::{Failed, Trial};
use manyface_conformance::Description;
use manyface_dialect::Dialect;
use serde_json::Value;

/// What a document of OpenAPI 3.1 is, as the OpenAPI Initiative says it (Apache-2.0):
/// <https://spec.openapis.org/oas/3.1/schema/2022-10-07>
const SCHEMA: &str = include_str!("openapi-3.1.json");

pub(crate) fn trials(dialect: fn() -> Dialect) -> [Trial; 3] {
    let name = |fact| format!("{}::openapi::{fact}", dialect().name);
    let document = dialect().openapi;
    [
        Trial::test(name("it-is-a-document-of-openapi"), move || {
            is_openapi(document)
        }),
        Trial::test(name("examples-are-what-the-schemas-say"), move || {
            examples(document)
        }),
        Trial::test(name("every-operation-is-told-in-full"), move || {
            in_full(&dialect())
        }),
    ]
}

fn is_openapi(document: &str) -> Result<(), Failed> {
    let schema: Value = serde_json::from_str(SCHEMA)?;
    let validator = jsonschema::validator_for(&schema)?;
    let document: Value = serde_json::from_str(document)?;
    let wrong = validator.iter_errors(&document);
    let wrong: Vec<_> = wrong
        .map(|error| format!("{}: {error:.200}", error.instance_path()))
        .collect();
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n").into())
    }
}

fn examples(document: &str) -> Result<(), Failed> {
    let mut problems = Vec::new();
    let count = Description::parse(document)?.check_examples(&mut problems);
    if count == 0 {
        problems.push("there are no examples".to_owned());
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.join("\n").into())
    }
}

/// The operations are the dialect's own, and each says what it is for, who may call it, and how it
/// fails.
fn in_full(dialect: &Dialect) -> Result<(), Failed> {
    let document: Value = serde_json::from_str(dialect.openapi)?;
    for route in &dialect.routes {
        let method = route.method.as_str().to_ascii_lowercase();
        let operation = &document["paths"][route.path][&method];
        if operation["operationId"] != route.id {
            return Err(format!("{} has no operation", route.id).into());
        }
        for key in ["summary", "description", "security", "tags"] {
            let told = &operation[key];
            let is_text = told.as_str().is_some_and(|text| !text.is_empty());
            if !is_text && !told.is_array() {
                return Err(format!("{} has no {key}", route.id).into());
            }
        }
        let of_bodies = ["400", "408", "413"].into_iter();
        let of_bodies = of_bodies.filter(|_| route.body_limit > 0);
        for status in of_bodies.chain(["429", "500", "503"]) {
            if operation["responses"].get(status).is_none() {
                return Err(format!("{} has no {status}", route.id).into());
            }
        }
    }
    Ok(())
}
