//! The responses of one operation, by their statuses.

use std::collections::BTreeMap;

use http::{StatusCode, header};
use serde_json::Value;
use utoipa::openapi::{
    RefOr,
    content::{Content, ContentBuilder},
    example::ExampleBuilder,
    response::{Response, ResponseBuilder},
    schema::Schema,
};

use super::{
    headers::{self, HOUSE, LIMITS, Own},
    operation::Told,
};

/// What responses of a document have in common.
pub(super) struct Common<'a> {
    /// What every failure is.
    pub(super) failure: &'a RefOr<Schema>,
    /// The dialect's own headers.
    pub(super) headers: &'a [Own],
}

/// The responses that `told` has, by their statuses. `success` is what a success is, by its media
/// type.
pub(super) fn of(
    told: &[Told],
    success: &BTreeMap<&'static str, RefOr<Schema>>,
    is_counted: bool,
    common: &Common<'_>,
) -> BTreeMap<u16, Response> {
    let mut statuses: BTreeMap<u16, Vec<&Told>> = BTreeMap::new();
    for one in told {
        statuses
            .entry(one.reply.status.as_u16())
            .or_default()
            .push(one);
    }
    let responses = statuses.into_iter().map(|(status, told)| {
        let response = response(status, &told, success, is_counted, common);
        (status, response)
    });
    responses.collect()
}

fn response(
    status: u16,
    told: &[&Told],
    success: &BTreeMap<&'static str, RefOr<Schema>>,
    is_counted: bool,
    common: &Common<'_>,
) -> Response {
    let description = match (told, status) {
        ([one], ..500) => one.summary.clone(),
        (_, ..400) => told
            .first()
            .map_or_else(String::new, |one| one.summary.clone()),
        _ => meaning(status).to_owned(),
    };
    let mut response = ResponseBuilder::new().description(description).build();
    for known in &HOUSE {
        response
            .headers
            .insert(known.name.to_owned(), known.reference());
    }
    // They are counted once who they are is known.
    if is_counted && status != StatusCode::UNAUTHORIZED.as_u16() {
        for known in &LIMITS {
            response
                .headers
                .insert(known.name.to_owned(), known.reference());
        }
    }
    let replies: Vec<_> = told.iter().map(|told| &told.reply.headers).collect();
    for (name, header) in headers::of(&replies, common.headers) {
        response.headers.insert(name, RefOr::T(header));
    }
    for (media_type, told) in by_type(told) {
        let schema = if status < 400 {
            let known = success.get(media_type.as_str());
            known.unwrap_or_else(|| panic!("{status} is {media_type}, which is not described"))
        } else {
            common.failure
        };
        let content = content(schema, &told);
        response.content.insert(media_type, RefOr::T(content));
    }
    response
}

/// Those that have a body, by what it is.
fn by_type<'a>(told: &[&'a Told]) -> BTreeMap<String, Vec<&'a Told>> {
    let mut types: BTreeMap<String, Vec<&Told>> = BTreeMap::new();
    for &one in told.iter().filter(|one| !one.reply.body.is_empty()) {
        let value = one.reply.headers.get(header::CONTENT_TYPE);
        let media_type = value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        types.entry(media_type.to_owned()).or_default().push(one);
    }
    types
}

fn content(schema: &RefOr<Schema>, told: &[&Told]) -> Content {
    let examples = told.iter().filter_map(|told| {
        let value: Value = serde_json::from_slice(&told.reply.body).ok()?;
        let example = ExampleBuilder::new()
            .summary(&*told.summary)
            .value(Some(value));
        Some((told.name.clone(), RefOr::T(example.build())))
    });
    ContentBuilder::new()
        .schema(Some(schema.clone()))
        .examples_from_iter(examples)
        .build()
}

/// What a status means, where it has several causes.
fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request is not one that the operation takes. Nothing was changed.",
        401 => "Who is calling is not known.",
        403 => "The caller may not do this.",
        404 => "There is no such thing, or the caller may not know of it.",
        406 => "The response cannot be had in the form that was asked for.",
        408 => "The body did not arrive in time.",
        409 => "It collides with what is there.",
        412 => "It is not in a state that the client wants. Nothing was changed.",
        413 => "The body is larger than the operation takes.",
        415 => "The body is not of a type that the operation reads.",
        429 => "The credential has been used too often.",
        500 => "The server failed in a way that trying again will not mend.",
        503 => "Nothing was done, or nobody can tell: try again later.",
        _ => "The request failed.",
    }
}
