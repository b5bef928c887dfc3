//! The errors of a request, field by field, in the contract's order.

use std::borrow::Cow;

use manyface_core::Field;
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::view;

/// The framework's key for errors of no single field.
pub(crate) const WHOLE: &str = "non_field_errors";

/// The most characters of a value that a message repeats.
pub(crate) const MAX_ECHO: usize = 1_000;

/// `text` as a message repeats it: cut after [`MAX_ECHO`] characters, with an ellipsis.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_ECHO) {
        Some((end, _)) => Cow::Owned(format!("{}\u{2026}", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// The problem of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// Sentences about the field.
    Sentences(Vec<String>),
    /// Sentences about items of a list, by their places.
    Items(Vec<(usize, Vec<String>)>),
}

impl From<&str> for Problem {
    fn from(sentence: &str) -> Self {
        sentence.to_owned().into()
    }
}

impl From<String> for Problem {
    fn from(sentence: String) -> Self {
        Self::Sentences(vec![sentence])
    }
}

impl From<Vec<String>> for Problem {
    fn from(sentences: Vec<String>) -> Self {
        Self::Sentences(sentences)
    }
}

/// The object of the request that has a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// The details are in `details`, next to the user's own fields.
    Nested,
    /// There are only details, and they are the body.
    Flat,
}

/// Everything that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problems {
    layout: Layout,
    /// The problem of the whole body.
    body: Option<String>,
    /// The problem of the whole `details`.
    details: Option<Whole>,
    fields: Vec<(Field, Problem)>,
}

/// A problem of a whole object.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Whole {
    Null,
    NoObject(String),
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

    /// Returns whether something is wrong with `field`.
    pub(crate) fn names(&self, field: Field) -> bool {
        self.of(field).is_some()
    }

    /// Forgets what is wrong with `field`.
    pub(crate) fn remove(&mut self, field: Field) {
        self.fields.retain(|(known, _)| *known != field);
    }

    /// Notes that the body is of another type.
    pub(crate) fn add_body(&mut self, sentence: String) {
        self.body = Some(sentence);
    }

    pub(crate) fn add_null_details(&mut self) {
        self.details = Some(Whole::Null);
    }

    /// Notes that `details` is of another type.
    pub(crate) fn add_details(&mut self, sentence: String) {
        self.details = Some(Whole::NoObject(sentence));
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
        if let Some(sentence) = &self.body {
            map.serialize_entry(WHOLE, &[sentence])?;
        }
        match self.layout {
            Layout::Flat => self.write(&mut map, view::details())?,
            Layout::Nested => {
                self.write(&mut map, view::user())?;
                match &self.details {
                    Some(Whole::Null) => {
                        map.serialize_entry("details", &["This field may not be null."])?;
                    }
                    Some(Whole::NoObject(_)) => {
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
        if let Some(Whole::NoObject(sentence)) = &self.0.details {
            map.serialize_entry(WHOLE, &[sentence])?;
        }
        self.0.write(&mut map, view::details())?;
        map.end()
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Sentences(sentences) => sentences.serialize(serializer),
            Self::Items(items) => {
                serializer.collect_map(items.iter().map(|(place, sentences)| (place, sentences)))
            }
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
    fn what_is_repeated_is_cut() {
        for length in [0, 1, MAX_ECHO] {
            let text = "\u{e9}".repeat(length);
            assert_eq!(shortened(&text), text);
        }
        let long = "\u{e9}".repeat(MAX_ECHO + 1);
        let cut = format!("{}\u{2026}", "\u{e9}".repeat(MAX_ECHO));
        assert_eq!(shortened(&long), cut);
    }

    #[test]
    fn errors_of_the_whole_request_have_their_own_key() {
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
