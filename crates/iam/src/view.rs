//! The field mappings of both views, and the limits of the fields.

mod fields;

use manyface_core::Field;
use manyface_dialect::{NullMeaning, View, WriteForm};

use self::fields::{DETAILS, PROFILE};

/// The maximum length of `full_name`, in characters.
pub(crate) const MAX_FULL_NAME: usize = 255;
/// The maximum length of `username`, in characters.
pub(crate) const MAX_USERNAME: usize = 150;
/// The maximum length of `bio`, in characters.
pub(crate) const MAX_BIO: usize = 10_000;
/// The maximum length of `phone`, in characters.
pub(crate) const MAX_PHONE: usize = 32;
/// The maximum length of the URL of a page, in characters, as in the framework's column.
pub(crate) const MAX_PAGE_URL: usize = 200;
/// The maximum length of the URL of an image or of a stored résumé, in characters.
pub(crate) const MAX_FILE_URL: usize = 2_048;
/// The maximum number of items in a list.
pub(crate) const MAX_ITEMS: usize = 100;
/// The maximum length of a JSON value without white space, in bytes.
pub(crate) const MAX_JSON_BYTES: usize = 16_384;
/// The maximum depth of a JSON value.
pub(crate) const MAX_JSON_DEPTH: usize = 32;

/// The profile, with details nested in requests, and the details alone.
pub(crate) static VIEWS: [View; 2] = [
    View {
        name: "profile",
        path: "/user/profile/",
        method: "PATCH",
        headers: &[],
        absent: NullMeaning::Keeps,
        accepts_forms: true,
        fields: &PROFILE,
    },
    View {
        name: "details",
        path: "/iamuserdetails/me/",
        method: "PATCH",
        headers: &[],
        absent: NullMeaning::Keeps,
        accepts_forms: true,
        fields: &DETAILS,
    },
];

/// Returns the fields of a body with only the details, with their keys, in the contract's order.
pub(crate) fn details() -> impl Iterator<Item = (Field, &'static str)> {
    keys(&VIEWS[1])
}

/// Returns the fields of the user outside of the details, with their keys, in the contract's order.
pub(crate) fn user() -> impl Iterator<Item = (Field, &'static str)> {
    let is_detail = |field: Field| VIEWS[1].written_as(field).is_some();
    keys(&VIEWS[0]).filter(move |(field, _)| !is_detail(*field))
}

/// Returns whether a field accepts any JSON value.
pub(crate) fn is_json(field: Field) -> bool {
    let mapping = VIEWS[1].written_as(field);
    mapping.is_some_and(|mapping| matches!(mapping.form, WriteForm::Json { .. }))
}

fn keys(view: &'static View) -> impl Iterator<Item = (Field, &'static str)> {
    view.fields.iter().filter_map(|view| {
        let (field, mapping) = (view.field()?, view.write?);
        Some((field, mapping.at.rsplit('/').next()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_views_accept_the_same_details() {
        let nested = VIEWS[0].fields.iter().filter_map(|view| view.write);
        let nested = nested.filter_map(|mapping| mapping.at.strip_prefix("/details"));
        let mut nested: Vec<_> = nested.collect();
        let flat = VIEWS[1].fields.iter().filter_map(|view| view.write);
        let mut flat: Vec<_> = flat.map(|mapping| mapping.at).collect();
        nested.sort_unstable();
        flat.sort_unstable();
        assert_eq!(nested, flat);
        let user: Vec<_> = user().map(|(_, key)| key).collect();
        assert_eq!(user, ["full_name", "username"]);
    }
}
