//! The values of a request, in JSON or in a form.
//!
//! A form has strings and files only, and an empty string may mean no value; the framework reads
//! both through the same fields, and so does this.

use crate::{
    form::{Form, MAX_FIELDS},
    python::{List, Members, Value, read},
};

/// The object of a request, or a nested one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Data<'a> {
    /// Sent as JSON.
    Json(Members<'a>),
    /// Sent as a form.
    Form(Form<'a>),
}

/// The meaning of an empty string in a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blank {
    /// An empty text.
    Text,
    /// Null: the field takes null, and no empty text.
    Null,
    /// Not given: the field keeps its value.
    Nothing,
}

impl<'a> Data<'a> {
    /// Returns the value of one field.
    pub(crate) fn value(&self, name: &str, blank: Blank) -> Option<Value<'a>> {
        match self {
            Self::Json(members) => member(members, name),
            Self::Form(form) => {
                let value = form.last(name)?;
                let is_blank = matches!(value, Value::Text(text) if text.text.is_empty());
                match blank {
                    Blank::Null if is_blank => Some(Value::Null),
                    Blank::Nothing if is_blank => None,
                    Blank::Null | Blank::Nothing | Blank::Text => Some(value.clone()),
                }
            }
        }
    }

    /// What is given for a list: in a form each item under the same name, or under names with a
    /// place (`skills[0]`).
    pub(crate) fn list(&self, name: &str) -> Option<Value<'a>> {
        match self {
            Self::Json(members) => member(members, name),
            Self::Form(form) => form.list(name).map(List::Form).map(Value::List),
        }
    }

    /// Returns the JSON of a field, in a form parsed from its string; an error if that
    /// is malformed.
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

    /// What is given for an object: in a form all names that begin with its own and a point
    /// (`details.bio`).
    pub(crate) fn nested(&self, name: &str) -> Option<Nested<'a>> {
        match self {
            Self::Json(members) => Some(match member(members, name)? {
                Value::Null => Nested::Null,
                Value::Dict(inner) => match inner.members_within(MAX_FIELDS) {
                    Some(members) => Nested::Data(Self::Json(members)),
                    None => Nested::TooMany,
                },
                other @ (Value::Bool(_)
                | Value::Int(_)
                | Value::Float(_)
                | Value::Text(_)
                | Value::List(_)
                | Value::File(_)) => Nested::Other(other.type_name()),
            }),
            Self::Form(form) => form.nested(name).map(Self::Form).map(Nested::Data),
        }
    }
}

/// The value of the member `name` of an object.
fn member<'a>(members: &Members<'a>, name: &str) -> Option<Value<'a>> {
    let mut members = members.iter();
    let found = members.find(|(key, _)| key.text == name && key.surrogate.is_none());
    found.map(|(_, raw)| raw.value())
}

/// The text of a form's field is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotJson;

/// The value of an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Nested<'a> {
    Null,
    Data(Data<'a>),
    /// An object with more members than a form may have fields.
    TooMany,
    /// A value of another type, by Python's name of it.
    Other(&'static str),
}
