//! The model of a profile while a case runs.

use std::collections::BTreeMap;

use manyface_core::{Country, Date, Field};

use crate::Node;

/// A value of a canonical field, independent of its spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A string as it is stored.
    Text(String),
    Country(Country),
    Date(Date),
    /// JSON, byte for byte.
    Json(Node),
    /// `true`; `false` counts as empty.
    True,
    /// Catalogue names by their keys, without duplicates. An empty list counts as empty.
    Entries(Vec<String>),
    /// The URL of an image on another server.
    External(String),
    /// An image of the suite that the server stores, by its number.
    Kept(usize),
}

/// What is known of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// Unknown: no view shows it unambiguously.
    Unknown,
    /// Known to be this value, or empty.
    Known(Option<Value>),
}

/// What is known of a profile, and of what the server made of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    slots: BTreeMap<Field, Slot>,
    /// The URL of each image that was shown.
    addresses: BTreeMap<usize, String>,
    /// The data URI of each image, by its maximum number of bytes.
    data_urls: BTreeMap<(usize, usize), String>,
    /// The ids of catalogue entries, by their field and key.
    ids: BTreeMap<(Field, String), String>,
}

impl Model {
    pub(super) fn slot(&self, field: Field) -> &Slot {
        self.slots.get(&field).unwrap_or(&Slot::Unknown)
    }

    pub(super) fn set(&mut self, field: Field, slot: Slot) {
        self.slots.insert(field, slot);
    }

    /// Returns whether `to` would change the field, if that is known.
    pub(super) fn would_change(&self, field: Field, to: Option<&Value>) -> Option<bool> {
        match self.slot(field) {
            Slot::Unknown => None,
            Slot::Known(now) => Some(now.as_ref() != to),
        }
    }

    /// Records the URL of an image, or returns its earlier URL.
    pub(super) fn address(&mut self, picture: usize, address: &str) -> Option<&str> {
        let known = self.addresses.entry(picture);
        let known = known.or_insert_with(|| address.to_owned());
        (known != address).then_some(known.as_str())
    }

    pub(super) fn data_url(&mut self, picture: usize, max: usize, shown: &str) -> Option<&str> {
        let known = self.data_urls.entry((picture, max));
        let known = known.or_insert_with(|| shown.to_owned());
        (known != shown).then_some(known.as_str())
    }

    /// Records the id of an entry, or returns its earlier id.
    pub(super) fn id(&mut self, field: Field, key: &str, id: &str) -> Option<&str> {
        let known = self.ids.entry((field, key.to_owned()));
        let known = known.or_insert_with(|| id.to_owned());
        (known != id).then_some(known.as_str())
    }

    /// The entry that has this id.
    pub(super) fn key_of(&self, field: Field, id: &str) -> Option<&str> {
        let mut known = self.ids.iter();
        let found = known.find(|((of, _), known)| *of == field && known.as_str() == id);
        found.map(|((_, key), _)| key.as_str())
    }

    /// The image that the server shows like this.
    pub(super) fn picture_of(&self, shown: &str) -> Option<usize> {
        let addresses = self.addresses.iter().map(|(number, text)| (*number, text));
        let data_urls = self.data_urls.iter();
        let data_urls = data_urls.map(|((number, _), text)| (*number, text));
        let mut all = addresses.chain(data_urls);
        all.find(|(_, text)| *text == shown)
            .map(|(number, _)| number)
    }
}
