//! What failures are.

use std::borrow::Cow;

use manyface_core::Field;
use manyface_dialect::openapi::{Text, any_of, list, object, text, utoipa};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{AdditionalProperties, ObjectBuilder, Type},
    },
};

use crate::{face, problems::WHOLE};

/// Every failure. The code writes the objects of fields key by key, and the types of the others
/// differ by their keys alone.
pub(super) struct Failure;

impl ToSchema for Failure {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Failure")
    }
}

impl PartialSchema for Failure {
    fn schema() -> RefOr<Schema> {
        let alternatives = [sentence(), bad_token(), problems()];
        RefOr::T(any_of("Every failure.", alternatives.map(RefOr::T)))
    }
}

fn said(description: &'static str) -> RefOr<Schema> {
    RefOr::T(text(Text {
        description,
        least: Some(1),
        ..Text::default()
    }))
}

fn sentence() -> Schema {
    Schema::Object(object(
        "A sentence about the whole request.",
        [
            ("detail", said("What is wrong."), true),
            (
                "code",
                said("The same for programs, where there is a word for it."),
                false,
            ),
        ],
    ))
}

fn bad_token() -> Schema {
    let message = object(
        "What is wrong with the token as one of its kind.",
        [
            (
                "token_class",
                said("The kind of token that was wanted."),
                true,
            ),
            ("token_type", said("Its type."), true),
            ("message", said("What is wrong with it."), true),
        ],
    );
    Schema::Object(object(
        "The token is not good.",
        [
            ("detail", said("What is wrong."), true),
            ("code", said("The same for programs."), true),
            (
                "messages",
                RefOr::T(list("One.", RefOr::T(Schema::Object(message)))),
                true,
            ),
        ],
    ))
}

/// Sentences by fields, as [`crate::problems::Problems`] writes them.
fn problems() -> Schema {
    let fields = |fields: Vec<(Field, &'static str)>| {
        let mut schemas = vec![(WHOLE, RefOr::T(sentences()), false)];
        schemas.extend(
            fields
                .into_iter()
                .map(|(_, name)| (name, RefOr::T(of_field()), false)),
        );
        schemas
    };
    let details = object(
        "The details that have mistakes.",
        fields(face::details().collect()),
    );
    let mut all = fields(face::user().collect());
    all.extend(fields(face::details().collect()).into_iter().skip(1));
    let details = any_of(
        "What is wrong with `details`, in `user/profile/`.",
        [sentences(), Schema::Object(details)].map(RefOr::T),
    );
    all.push(("details", RefOr::T(details), false));
    let mut problems = object(
        "The fields that have mistakes, with sentences about each.",
        all,
    );
    problems.min_properties = Some(1);
    Schema::Object(problems)
}

fn sentences() -> Schema {
    list("Sentences for people.", said("A sentence."))
}

fn of_field() -> Schema {
    let items = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some(
            "Sentences about items of a list, by their places from 0.",
        ))
        .additional_properties(Some(AdditionalProperties::RefOr(RefOr::T(sentences()))));
    any_of(
        "",
        [sentences(), Schema::Object(items.build())].map(RefOr::T),
    )
}
