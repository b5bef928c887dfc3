//! The field mappings of both views.

mod fields;

use manyface_core::Field;
use manyface_dialect::{NullMeaning, View, WriteForm};

use self::fields::{DETAILS, PROFILE};

/// The profile, whose details are written in an object of their own, and the details alone.
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

/// The fields of a body with the details alone, in the contract's order, with their keys.
pub(crate) fn details() -> impl Iterator<Item = (Field, &'static str)> {
    spelt(&VIEWS[1])
}

/// The fields of the user next to the details, in the contract's order, with their keys.
pub(crate) fn user() -> impl Iterator<Item = (Field, &'static str)> {
    let is_detail = |field: Field| VIEWS[1].written_as(field).is_some();
    spelt(&VIEWS[0]).filter(move |(field, _)| !is_detail(*field))
}

/// Returns whether a field takes any JSON value.
pub(crate) fn is_json(field: Field) -> bool {
    let taken = VIEWS[1].written_as(field);
    taken.is_some_and(|taken| matches!(taken.form, WriteForm::Json { .. }))
}

fn spelt(view: &'static View) -> impl Iterator<Item = (Field, &'static str)> {
    view.fields.iter().filter_map(|view| {
        let (field, taken) = (view.field()?, view.write?);
        Some((field, taken.at.rsplit('/').next()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_views_take_the_same_details() {
        let nested = VIEWS[0].fields.iter().filter_map(|view| view.write);
        let nested = nested.filter_map(|taken| taken.at.strip_prefix("/details"));
        let mut nested: Vec<_> = nested.collect();
        let flat = VIEWS[1].fields.iter().filter_map(|view| view.write);
        let mut flat: Vec<_> = flat.map(|taken| taken.at).collect();
        nested.sort_unstable();
        flat.sort_unstable();
        assert_eq!(nested, flat);
        let user: Vec<_> = user().map(|(_, key)| key).collect();
        assert_eq!(user, ["full_name", "username"]);
    }
}
