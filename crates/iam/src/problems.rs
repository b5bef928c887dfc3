//! The errors of a request by field, in the contract's order.

use std::borrow::Cow;

use manyface_core::Field;
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::view;

/// The framework's key for errors that concern no single field.
pub(crate) const NON_FIELD_ERRORS: &str = "non_field_errors";

/// The maximum number of characters of a value that a message repeats.
pub(crate) const MAX_ECHO: usize = 1_000;

/// Shortens `text` for a message to [`MAX_ECHO`] characters and an ellipsis.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_ECHO) {
        Some((end, _)) => Cow::Owned(format!("{}\u{2026}", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// The problem of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// Messages about the field.
    Messages(Vec<String>),
    /// Messages about items of a list, by position.
    Items(Vec<(usize, Vec<String>)>),
}

impl From<&str> for Problem {
    fn from(message: &str) -> Self {
        message.to_owned().into()
    }
}

impl From<String> for Problem {
    fn from(message: String) -> Self {
        Self::Messages(vec![message])
    }
}

impl From<Vec<String>> for Problem {
    fn from(messages: Vec<String>) -> Self {
        Self::Messages(messages)
    }
}

/// The position of the details in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// The details are in `details`, next to the user's own fields.
    Nested,
    /// The body is the details.
    Flat,
}

/// All problems of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problems {
    layout: Layout,
    /// The problem of the body.
    body: Option<String>,
    /// The problem of `details`.
    details: Option<DetailsProblem>,
    fields: Vec<(Field, Problem)>,
}

/// A problem of `details` as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
enum DetailsProblem {
    Null,
    NotAnObject(String),
}

impl Problems {
    pub(crate) fn new(layout: Layout) -> Self {
        Self {
            layout,
            body: None,
            details: None,
            fields: Vec::new(),
        }
    }

    pub(crate) fn layout(&self) -> Layout {
        self.layout
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.body.is_none() && self.details.is_none() && self.fields.is_empty()
    }

    pub(crate) fn add(&mut self, field: Field, problem: impl Into<Problem>) {
        self.fields.push((field, problem.into()));
    }

    /// Returns whether `field` has a problem.
    pub(crate) fn has(&self, field: Field) -> bool {
        self.of(field).is_some()
    }

    /// Removes the problem of `field`.
    pub(crate) fn remove(&mut self, field: Field) {
        self.fields.retain(|(known, _)| *known != field);
    }

    /// Sets the problem of a body of another type.
    pub(crate) fn add_body(&mut self, message: String) {
        self.body = Some(message);
    }

    pub(crate) fn add_null_details(&mut self) {
        self.details = Some(DetailsProblem::Null);
    }

    /// Sets the problem of `details` of another type.
    pub(crate) fn add_details(&mut self, message: String) {
        self.details = Some(DetailsProblem::NotAnObject(message));
    }

    fn of(&self, field: Field) -> Option<&Problem> {
        let mut known = self.fields.iter();
        known
            .find(|(known, _)| *known == field)
            .map(|(_, problem)| problem)
    }

    fn write<M: SerializeMap>(
        &self,
        map: &mut M,
        fields: impl Iterator<Item = (Field, &'static str)>,
    ) -> Result<(), M::Error> {
        for (field, name) in fields {
            if let Some(problem) = self.of(field) {
                map.serialize_entry(name, problem)?;
            }
        }
        Ok(())
    }

    fn has_details(&self) -> bool {
        view::details().any(|(field, _)| self.of(field).is_some())
    }
}

impl Serialize for Problems {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(message) = &self.body {
            map.serialize_entry(NON_FIELD_ERRORS, &[message])?;
        }
        match self.layout {
            Layout::Flat => self.write(&mut map, view::details())?,
            Layout::Nested => {
                self.write(&mut map, view::user())?;
                match &self.details {
                    Some(DetailsProblem::Null) => {
                        map.serialize_entry("details", &["This field may not be null."])?;
                    }
                    Some(DetailsProblem::NotAnObject(_)) => {
                        map.serialize_entry("details", &Details(self))?;
                    }
                    None if self.has_details() => {
                        map.serialize_entry("details", &Details(self))?;
                    }
                    None => {}
                }
            }
        }
        map.end()
    }
}

struct Details<'a>(&'a Problems);

impl Serialize for Details<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(DetailsProblem::NotAnObject(message)) = &self.0.details {
            map.serialize_entry(NON_FIELD_ERRORS, &[message])?;
        }
        self.0.write(&mut map, view::details())?;
        map.end()
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Messages(messages) => messages.serialize(serializer),
            Self::Items(items) => serializer.collect_map(
                items
                    .iter()
                    .map(|(position, messages)| (position, messages)),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(problems: &Problems, expected: &str) {
        assert_eq!(serde_json::to_string(problems).unwrap(), expected);
    }

    #[test]
    fn problems_are_in_the_order_of_the_contract() {
        let mut problems = Problems::new(Layout::Nested);
        assert!(problems.is_empty());
        problems.add(Field::AdditionalData, "C.");
        problems.add(Field::Bio, "B.");
        let items = vec![(1, vec!["X.".to_owned()]), (3, vec!["Y.".to_owned()])];
        problems.add(Field::Skills, Problem::Items(items));
        problems.add(Field::Username, vec!["A.".to_owned(), "Z.".to_owned()]);
        check(
            &problems,
            concat!(
                r#"{"username":["A.","Z."],"details":{"bio":["B."],"#,
                r#""skills":{"1":["X."],"3":["Y."]},"additional_data":["C."]}}"#,
            ),
        );
        problems.layout = Layout::Flat;
        check(
            &problems,
            r#"{"bio":["B."],"skills":{"1":["X."],"3":["Y."]},"additional_data":["C."]}"#,
        );
    }

    #[test]
    fn repeated_values_are_shortened() {
        for length in [0, 1, MAX_ECHO] {
            let text = "\u{e9}".repeat(length);
            assert_eq!(shortened(&text), text);
        }
        let long = "\u{e9}".repeat(MAX_ECHO + 1);
        let cut = format!("{}\u{2026}", "\u{e9}".repeat(MAX_ECHO));
        assert_eq!(shortened(&long), cut);
    }

    #[test]
    fn errors_of_whole_objects_have_their_own_key() {
        let mut problems = Problems::new(Layout::Nested);
        problems.add(Field::Username, "A.");
        problems.add_null_details();
        check(
            &problems,
            r#"{"username":["A."],"details":["This field may not be null."]}"#,
        );
        problems.add_details("B.".to_owned());
        check(
            &problems,
            r#"{"username":["A."],"details":{"non_field_errors":["B."]}}"#,
        );
        let mut problems = Problems::new(Layout::Flat);
        problems.add_body("C.".to_owned());
        check(&problems, r#"{"non_field_errors":["C."]}"#);
    }
}
