//! Reading a dialect's own response bodies as users in canonical form, for imports.

use manyface_core::{Avatar, RecordError, RecordObject, WebUrl};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::{RawValue, to_raw_value};

/// Reads a response body of a dialect as a record of a user.
pub type ReadUser = fn(&str) -> Result<RecordObject, Vec<RecordError>>;

/// A response body, and the record that is made from it.
///
/// A member that is null or empty unsets its field; a missing member does not name the field.
#[derive(Debug)]
pub struct ResponseReader {
    body: RecordObject,
    user: RecordObject,
    errors: Vec<RecordError>,
}

impl ResponseReader {
    /// Parses a body. The user may be within the members `envelope`, one in the other.
    pub fn parse(text: &str, envelope: &[&str]) -> Result<Self, Vec<RecordError>> {
        let mut body = RecordObject::parse(text).map_err(|error| vec![error])?;
        for member in envelope {
            let inner: Option<RecordObject> = body.take(member).map_err(|error| vec![error])?;
            body = inner.unwrap_or(body);
        }
        Ok(Self {
            body,
            user: RecordObject::default(),
            errors: Vec::new(),
        })
    }

    /// Returns a member; `None` if it is missing, null or not a `T`. The latter is an error.
    pub fn take<T: DeserializeOwned>(&mut self, member: &str) -> Option<T> {
        let value = self.body.take::<Option<T>>(member);
        value.map_or_else(
            |error| {
                self.errors.push(error);
                None
            },
            Option::flatten,
        )
    }

    /// Returns whether the body has a member.
    pub fn has(&self, member: &str) -> bool {
        self.body.0.contains_key(member)
    }

    /// Copies a string to `field`.
    pub fn copy(&mut self, member: &str, field: &str) {
        if self.has(member) {
            let text: Option<String> = self.take(member);
            self.set(field, &text.filter(|text| !text.is_empty()));
        }
    }

    /// Copies any value to `field`, with its spelling.
    pub fn copy_json(&mut self, member: &str, field: &str) {
        if let Some(value) = self.body.0.remove(member) {
            self.user.0.insert(field.to_owned(), value);
        }
    }

    /// Copies the URL of an image.
    pub fn copy_image(&mut self, member: &str) {
        if self.has(member) {
            let url: Option<String> = self.take(member);
            self.set_image(member, url);
        }
    }

    /// Sets the image to a URL, or unsets it.
    pub fn set_image(&mut self, member: &str, url: Option<String>) {
        let url = url.filter(|url| !url.is_empty());
        match url.map(|url| WebUrl::parse(&url)).transpose() {
            Ok(url) => self.set("avatar", &url.map(Avatar::External)),
            Err(error) => self.reject(member, &format!("is {error}")),
        }
    }

    /// Sets the id of the user in `dialect` to a member.
    pub fn copy_id(&mut self, member: &str, dialect: &str) {
        if let Some(id) = self.take::<String>(member) {
            self.set(
                "external_ids",
                &[(dialect, id)]
                    .into_iter()
                    .collect::<std::collections::BTreeMap<_, _>>(),
            );
        }
    }

    /// Sets the operator data of `dialect` to those of `members` that are present and not null.
    pub fn copy_operator_data(&mut self, members: &[&str], dialect: &str) {
        let mut data = RecordObject::default();
        for member in members {
            let value = self.body.0.remove(*member);
            let value: Option<Box<RawValue>> = value.filter(|value| value.get() != "null");
            data.0
                .extend(value.map(|value| ((*member).to_owned(), value)));
        }
        if !data.0.is_empty() {
            let data = std::collections::BTreeMap::from([(dialect, data.0)]);
            self.set("operator_data", &data);
        }
    }

    /// Sets a field.
    ///
    /// # Panics
    ///
    /// If the value does not serialize to JSON.
    pub fn set(&mut self, field: &str, value: &impl Serialize) {
        let value = to_raw_value(value).expect("values of fields serialize to JSON");
        self.user.0.insert(field.to_owned(), value);
    }

    /// Adds an error.
    pub fn reject(&mut self, member: &str, message: &str) {
        self.errors.push(RecordError::new(member, message));
    }

    /// Returns the record, or all errors. Other members of the body are ignored.
    pub fn finish(self) -> Result<RecordObject, Vec<RecordError>> {
        if self.errors.is_empty() {
            Ok(self.user)
        } else {
            Err(self.errors)
        }
    }
}
