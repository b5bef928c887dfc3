//! What a request gives, whether as JSON or as a form.
//!
//! A form has texts and files only, and an empty text may stand for nothing; the framework reads
//! both through the same fields, and so does this.

use std::borrow::Cow;

use crate::{
    form::Form,
    python::{Dict, Value, read},
};

/// The object that a request sends, or one that stands in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Data {
    /// Sent as JSON.
    Json(Dict),
    /// Sent as a form.
    Form(Form),
}

/// What an empty text in a form stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blank {
    /// An empty text.
    Text,
    /// Null: the field takes null, and no empty text.
    Null,
    /// Nothing was said: the field takes neither.
    Nothing,
}

impl Data {
    /// What is given for one field.
    pub(crate) fn value(&self, name: &str, blank: Blank) -> Option<Cow<'_, Value>> {
        match self {
            Self::Json(dict) => dict.get(name).map(Cow::Borrowed),
            Self::Form(form) => {
                let value = form.last(name)?;
                let is_blank = matches!(value, Value::Text(text) if text.text.is_empty());
                match blank {
                    Blank::Null if is_blank => Some(Cow::Owned(Value::Null)),
                    Blank::Nothing if is_blank => None,
                    Blank::Null | Blank::Nothing | Blank::Text => Some(Cow::Borrowed(value)),
                }
            }
        }
    }

    /// What is given for a list: in a form each item under the same name, or under names with a
    /// place (`skills[0]`).
    pub(crate) fn list(&self, name: &str) -> Option<Cow<'_, Value>> {
        match self {
            Self::Json(dict) => dict.get(name).map(Cow::Borrowed),
            Self::Form(form) => form.list(name).map(Value::List).map(Cow::Owned),
        }
    }

    /// What is given for a field of any JSON: in a form as the text of it. An error where that
    /// text is none.
    pub(crate) fn json(&self, name: &str) -> Option<Result<Cow<'_, Value>, NotJson>> {
        match self {
            Self::Json(dict) => dict.get(name).map(Cow::Borrowed).map(Ok),
            Self::Form(form) => Some(match form.last(name)? {
                Value::Text(text) => read(&text.text).map(Cow::Owned).map_err(|_| NotJson),
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
    pub(crate) fn nested(&self, name: &str) -> Option<Nested> {
        match self {
            Self::Json(dict) => Some(match dict.get(name)? {
                Value::Null => Nested::Null,
                Value::Dict(inner) => Nested::Data(Self::Json(inner.clone())),
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

/// The text of a form's field is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotJson;

/// What is given for an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Nested {
    Null,
    Data(Data),
    /// A value of another type, by Python's name of it.
    Other(&'static str),
}
