//! Schemas, and the types they are made from.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::{
    ToSchema,
    openapi::{
        KnownFormat, RefOr, SchemaFormat,
        extensions::Extensions,
        schema::{
            AdditionalProperties, AnyOfBuilder, ArrayBuilder, Object, ObjectBuilder, OneOfBuilder,
            Schema, SchemaType, Type,
        },
    },
};

/// The named schemas of a document.
#[derive(Default)]
pub(super) struct Schemas(BTreeMap<String, RefOr<Schema>>);

/// Whether an object may have keys that its schema does not name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// What a client sends beyond the schema is ignored.
    Open,
    /// The server sends these, and no other.
    Closed,
}

impl Schemas {
    /// Adds `T` and all it is made of; answers the reference to it.
    pub(super) fn add<T: ToSchema>(&mut self, keys: Keys) -> RefOr<Schema> {
        let mut parts = vec![(T::name().into_owned(), T::schema())];
        T::schemas(&mut parts);
        for (name, mut schema) in parts {
            if keys == Keys::Closed {
                close(&mut schema);
            }
            let known = self.0.insert(name.clone(), schema.clone());
            let is_same = known.is_none_or(|known| known == schema);
            assert!(is_same, "two different schemas are called {name}");
        }
        named(&T::name())
    }

    /// As [`Schemas::add`], for an object of which at least one key must be there.
    pub(super) fn add_any<T: ToSchema>(&mut self, keys: Keys) -> RefOr<Schema> {
        let reference = self.add::<T>(keys);
        let added = self.0.get_mut(&*T::name());
        let Some(RefOr::T(Schema::Object(object))) = added else {
            panic!("{} is not an object", T::name());
        };
        let keys = object.properties.keys();
        let any: Vec<_> = keys.map(|key| json!({"required": [key]})).collect();
        // The builder has no word for a condition beside the keys.
        object.extensions = Some(Extensions::from_iter([("anyOf", any)]));
        reference
    }

    /// Adds a schema that is no type's; answers the reference to it.
    pub(super) fn add_as(&mut self, name: &str, mut schema: RefOr<Schema>) -> RefOr<Schema> {
        close(&mut schema);
        self.0.insert(name.to_owned(), schema);
        named(name)
    }

    pub(super) fn into_inner(self) -> BTreeMap<String, RefOr<Schema>> {
        self.0
    }

    pub(super) fn extend(&mut self, other: Self) {
        for (name, schema) in other.0 {
            let known = self.0.insert(name.clone(), schema.clone());
            let is_same = known.is_none_or(|known| known == schema);
            assert!(is_same, "two different schemas are called {name}");
        }
    }
}

fn named(name: &str) -> RefOr<Schema> {
    RefOr::Ref(utoipa::openapi::Ref::from_schema_name(name))
}

/// Lets every object with named keys have these alone.
fn close(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            object.properties.values_mut().for_each(close);
            if !object.properties.is_empty() && object.additional_properties.is_none() {
                let none = AdditionalProperties::FreeForm(false);
                object.additional_properties = Some(Box::new(none));
            }
        }
        Schema::Array(array) => {
            if let utoipa::openapi::schema::ArrayItems::RefOrSchema(items) = &mut array.items {
                close(items);
            }
        }
        Schema::OneOf(one_of) => one_of.items.iter_mut().for_each(close),
        Schema::AllOf(all_of) => all_of.items.iter_mut().for_each(close),
        Schema::AnyOf(any_of) => any_of.items.iter_mut().for_each(close),
        _ => {}
    }
}

/// What a text may be.
#[derive(Clone, Debug, Default)]
pub struct Text {
    /// What it says.
    pub description: &'static str,
    /// The fewest characters.
    pub least: Option<usize>,
    /// The most characters.
    pub most: Option<usize>,
    /// The regular expression (ECMA-262) that it matches.
    pub pattern: Option<String>,
    /// `date-time`, `email`, `uri`, `uuid` and such.
    pub format: Option<&'static str>,
    /// One of them.
    pub example: Option<&'static str>,
}

/// A text.
pub fn text(text: Text) -> Schema {
    Schema::Object(described(text).build())
}

/// A text, or null.
pub fn nullable(text: Text) -> Schema {
    let either = SchemaType::Array(vec![Type::String, Type::Null]);
    Schema::Object(described(text).schema_type(either).build())
}

fn described(text: Text) -> ObjectBuilder {
    let format = text.format.map(|format| match format {
        "date-time" => SchemaFormat::KnownFormat(KnownFormat::DateTime),
        other => SchemaFormat::Custom(other.to_owned()),
    });
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(some(text.description))
        .min_length(text.least)
        .max_length(text.most)
        .pattern(text.pattern)
        .format(format)
        .examples(text.example)
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// A whole number that is not negative.
pub fn whole(description: &str) -> Schema {
    let object = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .description(some(description))
        .minimum(Some(0));
    Schema::Object(object.build())
}

/// One of a few texts.
pub fn choice<'a>(description: &str, texts: impl IntoIterator<Item = &'a str>) -> Schema {
    let object = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(some(description))
        .enum_values(Some(texts));
    Schema::Object(object.build())
}

/// The one value that there is.
pub fn constant(description: &str, flag: bool) -> Schema {
    let object = ObjectBuilder::new()
        .schema_type(Type::Boolean)
        .description(some(description))
        .enum_values(Some([flag]));
    Schema::Object(object.build())
}

/// A file of `media_type`.
pub fn bytes(media_type: &str) -> Schema {
    let bytes = ObjectBuilder::new().schema_type(SchemaType::AnyValue);
    Schema::Object(bytes.content_media_type(media_type).build())
}

/// Any value.
pub fn free(description: &str) -> Schema {
    let any = ObjectBuilder::new().schema_type(SchemaType::AnyValue);
    Schema::Object(any.description(some(description)).build())
}

/// A list.
pub fn list(description: &str, items: impl Into<RefOr<Schema>>) -> Schema {
    let array = ArrayBuilder::new().items(items.into());
    Schema::Array(array.description(some(description)).build())
}

/// An object with these keys, of which those are always there that `is_required` says.
pub fn object<'a>(
    description: &str,
    properties: impl IntoIterator<Item = (&'a str, RefOr<Schema>, bool)>,
) -> Object {
    let mut object = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(some(description));
    for (name, schema, is_required) in properties {
        object = object.property(name, schema);
        if is_required {
            object = object.required(name);
        }
    }
    object.build()
}

/// Exactly one of several.
pub fn one_of(description: &str, schemas: impl IntoIterator<Item = RefOr<Schema>>) -> Schema {
    let mut one_of = OneOfBuilder::new().description(some(description));
    for schema in schemas {
        one_of = one_of.item(schema);
    }
    Schema::OneOf(one_of.build())
}

/// One of several, or more of them.
pub fn any_of(description: &str, schemas: impl IntoIterator<Item = RefOr<Schema>>) -> Schema {
    let mut any_of = AnyOfBuilder::new().description(some(description));
    for schema in schemas {
        any_of = any_of.item(schema);
    }
    Schema::AnyOf(any_of.build())
}

/// A text as an example.
pub(super) fn example(text: &str) -> Value {
    Value::String(text.to_owned())
}
