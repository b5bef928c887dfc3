//! What is shown and taken of a profile.

use manyface_core::Field;
use manyface_dialect::{
    Canonical, Face, FieldView, Meaning, PictureForm, ShownForm, TakenForm, Unset,
};

use crate::replace_userinfo::{MAX_NAME, MAX_URL};

/// Its one face. A write replaces: what it leaves out is cleared.
pub(crate) static FACES: [Face; 1] = [Face {
    name: "",
    path: "/userinfo",
    method: "PUT",
    headers: &[],
    absent: Meaning::Clears,
    takes_forms: false,
    fields: &FIELDS,
}];

const FIELDS: [FieldView; 9] = [
    FieldView::fixed(Canonical::Id, "/sub"),
    FieldView::of(Field::Username).shown("/preferred_username", ShownForm::Text, Unset::Never),
    FieldView::of(Field::Email).shown("/email", ShownForm::Text, Unset::Never),
    FieldView::of(Field::FullName)
        .shown("/name", ShownForm::Text, Unset::Absent)
        .otherwise(&[
            &[Field::GivenName, Field::FamilyName],
            &[Field::DisplayName],
        ]),
    name(Field::DisplayName, "/nickname"),
    name(Field::GivenName, "/given_name"),
    name(Field::FamilyName, "/family_name"),
    FieldView::of(Field::Avatar)
        .shown("/picture", ShownForm::Address, Unset::Absent)
        .taken(
            "/picture",
            TakenForm::Picture(PictureForm::Address { max: MAX_URL }),
            Meaning::Clears,
            Meaning::Clears,
        ),
    FieldView::of(Field::DateOfBirth).shown("/birthdate", ShownForm::Date, Unset::Absent),
];

const fn name(field: Field, at: &'static str) -> FieldView {
    FieldView::of(field)
        .shown(at, ShownForm::Text, Unset::Absent)
        .taken(
            at,
            TakenForm::Text { max: MAX_NAME },
            Meaning::Clears,
            Meaning::Clears,
        )
}

/// How this dialect spells a field that it writes; its canonical name where it does not.
pub(crate) fn spelling(field: Field) -> &'static str {
    FACES[0].spelling(field).unwrap_or(field.as_str())
}
