//! What responses are made of.

use manyface_dialect::openapi::{Operation, Text, constant, free, nullable, text, utoipa};
use utoipa::{
    ToSchema,
    openapi::{Object, RefOr, Schema},
};

use crate::shown::{Described, Tag};

/// The schemas that the views refer to.
pub(super) fn parts(operation: &mut Operation) {
    operation.part("DeveloperSkill", whole::<Described>());
    operation.part("Tag", whole::<Tag>());
}

/// The schema of an answer: every key is always there, also those of structs that are flattened.
pub(super) fn whole<T: ToSchema>() -> Schema {
    let mut parts = Vec::new();
    T::schemas(&mut parts);
    let schema = match T::schema() {
        RefOr::T(schema) => schema,
        RefOr::Ref(_) => panic!("{} is a reference", T::name()),
    };
    let mut object = if let Schema::Object(object) = schema {
        object
    } else if let Schema::AllOf(all) = schema {
        let mut object = Object::new();
        object.schema_type = utoipa::openapi::schema::Type::Object.into();
        object.description = all.description;
        for item in all.items {
            let part = match item {
                RefOr::T(Schema::Object(part)) => part,
                RefOr::Ref(reference) => named(&parts, &reference.ref_location),
                RefOr::T(_) => panic!("a part of {} is no object", T::name()),
            };
            object.properties.extend(part.properties);
        }
        object
    } else {
        panic!("{} is no object", T::name())
    };
    object.required = object.properties.keys().cloned().collect();
    Schema::Object(object)
}

fn named(parts: &[(String, RefOr<Schema>)], place: &str) -> Object {
    let found = parts
        .iter()
        .find(|(name, _)| place.ends_with(&format!("/{name}")));
    let Some((_, RefOr::T(Schema::Object(object)))) = found else {
        panic!("{place} is no object");
    };
    object.clone()
}

pub(crate) fn any_json() -> Schema {
    free("Any JSON, as it was sent: numbers to the letter, keys in their order.")
}

pub(crate) fn always() -> Schema {
    constant("Always true: it is the caller's own profile.", true)
}

pub(crate) fn never() -> Schema {
    constant("Always false: nobody follows themselves.", false)
}

pub(crate) fn email() -> Schema {
    text(Text {
        description: "Where the user gets mail. It cannot be changed here.",
        format: Some("email"),
        ..Text::default()
    })
}

pub(crate) fn shown_country() -> Schema {
    text(Text {
        description: "An ISO 3166-1 alpha-3 code; empty where none is set.",
        pattern: Some("^(?:[A-Z]{3})?$".to_owned()),
        example: Some("USA"),
        ..Text::default()
    })
}

pub(crate) fn shown_date() -> Schema {
    nullable(Text {
        description: "The date of birth; null where it is not known.",
        format: Some("date"),
        example: Some("1999-05-20"),
        ..Text::default()
    })
}

pub(crate) fn shown_time() -> Schema {
    text(Text {
        description: "When the user was made; with microseconds where there are any.",
        format: Some("date-time"),
        pattern: Some(
            r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{6})?Z$".to_owned(),
        ),
        example: Some("2026-06-25T10:30:00Z"),
        ..Text::default()
    })
}

pub(crate) fn shown_link() -> Schema {
    text(Text {
        description: "Where it is; empty where there is none.",
        pattern: Some(
            "^(?:https?://.*|[Hh][Tt][Tt][Pp][Ss]?://.*|[Ff][Tt][Pp][Ss]?://.*)?$".to_owned(),
        ),
        ..Text::default()
    })
}
