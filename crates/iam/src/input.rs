//! The fields of a request, in JSON or in a form.
//!
//! A form has strings and files only, and an empty string may mean no value. As in the framework,
//! the same rules apply to both.

use crate::{
    form::{Form, MAX_FIELDS},
    python::{List, Members, Value, read},
};

/// The fields of a request or of a nested object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fields<'a> {
    /// The members of a JSON object.
    Json(Members<'a>),
    /// The fields of a form.
    Form(Form<'a>),
}

/// The meaning of an empty string in a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EmptyString {
    /// An empty string.
    Text,
    /// Null, for nullable fields that are not strings.
    Null,
    /// An absent field, which keeps its value.
    Absent,
}

impl<'a> Fields<'a> {
    /// Returns the value of one field.
    pub(crate) fn value(&self, name: &str, empty: EmptyString) -> Option<Value<'a>> {
        match self {
            Self::Json(members) => member(members, name),
            Self::Form(form) => {
                let value = form.last(name)?;
                let is_empty = matches!(value, Value::Text(text) if text.text.is_empty());
                match empty {
                    EmptyString::Null if is_empty => Some(Value::Null),
                    EmptyString::Absent if is_empty => None,
                    EmptyString::Null | EmptyString::Absent | EmptyString::Text => {
                        Some(value.clone())
                    }
                }
            }
        }
    }

    /// Returns the list of a field. In a form, items repeat the name or have names with an index
    /// (`skills[0]`).
    pub(crate) fn list(&self, name: &str) -> Option<Value<'a>> {
        match self {
            Self::Json(members) => member(members, name),
            Self::Form(form) => form.list(name).map(List::Form).map(Value::List),
        }
    }

    /// Returns the JSON value of a field. In a form it is parsed from the string, which may be
    /// malformed.
    pub(crate) fn json(&self, name: &str) -> Option<Result<Value<'_>, NotJson>> {
        match self {
            Self::Json(members) => member(members, name).map(Ok),
            Self::Form(form) => Some(match form.last(name)? {
                Value::Text(text) => read(&text.text).map_err(|_| NotJson),
                Value::Null
                | Value::Bool(_)
                | Value::Int(_)
                | Value::Float(_)
                | Value::List(_)
                | Value::Dict(_)
                | Value::File(_) => Err(NotJson),
            }),
        }
    }

    /// Returns the object of a field. In a form, the names of its members begin with the name of the
    /// field and a dot (`details.bio`).
    pub(crate) fn nested(&self, name: &str) -> Option<NestedFields<'a>> {
        match self {
            Self::Json(members) => Some(match member(members, name)? {
                Value::Null => NestedFields::Null,
                Value::Dict(inner) => match inner.members_within(MAX_FIELDS) {
                    Some(members) => NestedFields::Fields(Self::Json(members)),
                    None => NestedFields::TooMany,
                },
                other @ (Value::Bool(_)
                | Value::Int(_)
                | Value::Float(_)
                | Value::Text(_)
                | Value::List(_)
                | Value::File(_)) => NestedFields::Other(other.type_name()),
            }),
            Self::Form(form) => form.nested(name).map(Self::Form).map(NestedFields::Fields),
        }
    }
}

/// Returns the value of the member `name` of an object.
fn member<'a>(members: &Members<'a>, name: &str) -> Option<Value<'a>> {
    let mut members = members.iter();
    let found = members.find(|(key, _)| key.text == name && key.surrogate.is_none());
    found.map(|(_, raw)| raw.value())
}

/// The error for a form field that is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotJson;

/// The value in place of an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NestedFields<'a> {
    Null,
    Fields(Fields<'a>),
    /// An object with too many members.
    TooMany,
    /// A value of another type, with the type's name in Python.
    Other(&'static str),
}
