//! Operations as a document has them.

use http::Method;
use utoipa::openapi::{
    PathItem, Ref, RefOr, Required,
    content::ContentBuilder,
    example::ExampleBuilder,
    path::{Operation as Described, OperationBuilder, Parameter},
    request_body::RequestBodyBuilder,
    response::Response,
    security::{SecurityRequirement, SecurityScheme},
};

use super::{
    Operation,
    parameters::{self, conditions},
    responses::{self, Common},
};
use crate::Credentials;

/// An operation as the document has it. `headers` are those of every request, and `schemes` the
/// kinds of credentials.
pub(super) fn described(
    operation: &Operation,
    headers: &[Parameter],
    schemes: &[(&'static str, SecurityScheme)],
    common: &Common<'_>,
) -> Described {
    for name in parameters::names(operation.path) {
        let is_told = operation.parameters.iter().any(|known| known.name == name);
        assert!(is_told, "{name} of {} is not described", operation.path);
    }
    let mut parameters: Vec<RefOr<Parameter>> = Vec::new();
    parameters.extend(operation.parameters.iter().cloned().map(RefOr::T));
    let shared = |name: &str| RefOr::Ref(Ref::new(format!("#/components/parameters/{name}")));
    parameters.extend(headers.iter().map(|header| shared(&header.name)));
    if operation.is_tagged {
        parameters.extend(conditions(&operation.method).map(RefOr::T));
    }
    let told = &operation.told;
    let mut described = OperationBuilder::new()
        .operation_id(Some(operation.id))
        .tag(&*operation.tag)
        .summary(Some(&*operation.summary))
        .description(Some(long(operation)))
        .securities(Some(securities(operation, schemes)))
        .build();
    described.parameters = (!parameters.is_empty()).then_some(parameters);
    described.request_body = body(operation).map(RefOr::T);
    for (status, response) in responses::of(told, &operation.success, true, common) {
        let responses = &mut described.responses.responses;
        responses.insert(status.to_string(), RefOr::T(response));
    }
    described
}

/// The description, with the limits that the code has.
fn long(operation: &Operation) -> String {
    let mut text = operation.description.clone();
    if !operation.body.is_empty() {
        let limit = operation.body_limit;
        text = format!("{text}\n\nA body may have {limit} bytes.");
    }
    if let Some(per_minute) = operation.per_minute {
        text = format!(
            "{text}\n\nEach credential may send {per_minute} requests a minute, unless the \
             deployment says otherwise."
        );
    }
    text
}

fn securities(
    operation: &Operation,
    schemes: &[(&'static str, SecurityScheme)],
) -> Vec<SecurityRequirement> {
    let schemes = schemes.iter();
    let all =
        schemes.map(|(name, _)| SecurityRequirement::new(*name, operation.scopes.iter().copied()));
    match operation.credentials {
        Credentials::Required => all.collect(),
        Credentials::Optional => [SecurityRequirement::default()]
            .into_iter()
            .chain(all)
            .collect(),
        Credentials::Ignored => Vec::new(),
    }
}

fn body(operation: &Operation) -> Option<utoipa::openapi::request_body::RequestBody> {
    if operation.body.is_empty() {
        return None;
    }
    let required = if operation.is_body_optional {
        Required::False
    } else {
        Required::True
    };
    let mut body = RequestBodyBuilder::new()
        .description(Some(&*operation.body_description))
        .required(Some(required));
    for (media_type, schema) in &operation.body {
        let asked = operation
            .asked
            .iter()
            .filter(|asked| asked.media_type == *media_type);
        let examples = asked.map(|asked| {
            let example = ExampleBuilder::new()
                .summary(&*asked.summary)
                .value(Some(asked.value.clone()));
            (asked.name.clone(), RefOr::T(example.build()))
        });
        let content = ContentBuilder::new()
            .schema(Some(schema.clone()))
            .examples_from_iter(examples);
        body = body.content(*media_type, content.build());
    }
    Some(body.build())
}

/// What `HEAD` answers: what `GET` does, without the bodies.
pub(super) fn without_bodies(mut described: Described, id: &str) -> Described {
    described.operation_id = Some(prefixed("head", id));
    let summary = described.summary.take().unwrap_or_default();
    described.summary = Some(format!("{summary}, without the body"));
    for response in described.responses.responses.values_mut() {
        if let RefOr::T(Response { content, .. }) = response {
            content.clear();
        }
    }
    described
}

/// `getUser` becomes `headGetUser`, and `get-user` becomes `head-get-user`.
pub(super) fn prefixed(prefix: &str, id: &str) -> String {
    if id.contains('-') {
        return format!("{prefix}-{id}");
    }
    let mut letters = id.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().fold(prefix.to_owned(), |text, first| {
        format!("{text}{first}{}", letters.as_str())
    })
}

/// Puts an operation where its method stands.
pub(super) fn set(item: &mut PathItem, method: &Method, described: Described) {
    let place = match method.as_str() {
        "GET" => &mut item.get,
        "HEAD" => &mut item.head,
        "OPTIONS" => &mut item.options,
        "PUT" => &mut item.put,
        "POST" => &mut item.post,
        "PATCH" => &mut item.patch,
        "DELETE" => &mut item.delete,
        other => panic!("{other} is not described"),
    };
    *place = Some(described);
}
