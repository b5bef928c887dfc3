//! The parameters of requests.

use http::Method;
use utoipa::openapi::{
    RefOr, Required,
    path::{Parameter, ParameterBuilder, ParameterIn},
    schema::Schema,
};

use super::schemas::{Text, text};

/// A parameter of the path, the query or the headers.
pub(super) fn parameter(
    place: ParameterIn,
    name: &str,
    description: &str,
    schema: impl Into<RefOr<Schema>>,
    is_required: bool,
) -> Parameter {
    let required = if is_required {
        Required::True
    } else {
        Required::False
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .description(Some(description))
        .required(required)
        .schema(Some(schema))
        .build()
}

/// `If-Match` and `If-None-Match`, as `method` understands them.
pub(super) fn conditions(method: &Method) -> [Parameter; 2] {
    let tags = |name, description, example| {
        let value = text(Text {
            example: Some(example),
            ..Text::default()
        });
        parameter(ParameterIn::Header, name, description, value, false)
    };
    let (if_match, if_none_match) = if *method == Method::GET {
        (
            "Answers 412 unless the representation's tag is among these.",
            "Answers 304, without a body, where the representation's tag is among these.",
        )
    } else {
        (
            "Writes only where the state that is overwritten has one of these tags, which the \
             client got as `ETag`; otherwise 412, and nothing is written.",
            "Writes only where the state that is overwritten has none of these tags; otherwise \
             412, and nothing is written.",
        )
    };
    let tag = "\"1a-6551179691a00-view\"";
    [
        tags("If-Match", if_match, tag),
        tags("If-None-Match", if_none_match, tag),
    ]
}

/// The names in braces of a path, without the pattern that may stand behind a colon.
pub(super) fn names(path: &str) -> Vec<&str> {
    let parts = path.split('{').skip(1);
    let names = parts.filter_map(|part| part.split_once('}'));
    names
        .map(|(name, _)| name.split(':').next().unwrap_or(name))
        .collect()
}
