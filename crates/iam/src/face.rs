//! What the page shows and takes of a profile, in its two views.

mod fields;

use manyface_core::Field;
use manyface_dialect::{Face, Meaning, TakenForm};

use self::fields::{DETAILS, PROFILE};

/// The profile, whose details are written in an object of their own, and the details alone.
pub(crate) static FACES: [Face; 2] = [
    Face {
        name: "profile",
        path: "/user/profile/",
        method: "PATCH",
        headers: &[],
        absent: Meaning::Keeps,
        takes_forms: true,
        fields: &PROFILE,
    },
    Face {
        name: "details",
        path: "/iamuserdetails/me/",
        method: "PATCH",
        headers: &[],
        absent: Meaning::Keeps,
        takes_forms: true,
        fields: &DETAILS,
    },
];

/// The fields that a body of the details alone has, in the order of the page, with their keys.
pub(crate) fn details() -> impl Iterator<Item = (Field, &'static str)> {
    spelt(&FACES[1])
}

/// The fields of the user beside the details, in the order of the page, with their keys.
pub(crate) fn user() -> impl Iterator<Item = (Field, &'static str)> {
    let is_detail = |field: Field| FACES[1].taken(field).is_some();
    spelt(&FACES[0]).filter(move |(field, _)| !is_detail(*field))
}

/// Returns whether a field takes any JSON value.
pub(crate) fn is_json(field: Field) -> bool {
    let taken = FACES[1].taken(field);
    taken.is_some_and(|taken| matches!(taken.form, TakenForm::Json { .. }))
}

fn spelt(face: &'static Face) -> impl Iterator<Item = (Field, &'static str)> {
    face.fields.iter().filter_map(|view| {
        let (field, taken) = (view.field()?, view.taken?);
        Some((field, taken.at.rsplit('/').next()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_views_take_the_same_details() {
        let nested = FACES[0].fields.iter().filter_map(|view| view.taken);
        let nested = nested.filter_map(|taken| taken.at.strip_prefix("/details"));
        let mut nested: Vec<_> = nested.collect();
        let flat = FACES[1].fields.iter().filter_map(|view| view.taken);
        let mut flat: Vec<_> = flat.map(|taken| taken.at).collect();
        nested.sort_unstable();
        flat.sort_unstable();
        assert_eq!(nested, flat);
        let user: Vec<_> = user().map(|(_, key)| key).collect();
        assert_eq!(user, ["full_name", "username"]);
    }
}
