//! What the page shows and takes of a profile.

use manyface_core::Field;
use manyface_dialect::{
    Canonical, Face, FieldView, Meaning, PictureForm, ShownForm, TakenForm, Unset,
};

use crate::{profile::MAX_PICTURE, update_profile::MAX_NAME};

/// Its one face.
pub(crate) static FACES: [Face; 1] = [Face {
    name: "",
    path: "/users/me/profile",
    method: "PUT",
    headers: &[],
    absent: Meaning::Keeps,
    takes_forms: false,
    fields: &FIELDS,
}];

/// Key for key in the page's order.
const FIELDS: [FieldView; 8] = [
    FieldView::fixed(Canonical::Id, "/id"),
    FieldView::of(Field::Email).shown("/email", ShownForm::Text, Unset::Never),
    FieldView::of(Field::DisplayName)
        .shown("/name", ShownForm::Text, Unset::Never)
        .otherwise(&[
            &[Field::GivenName, Field::FamilyName],
            &[Field::FullName],
            &[Field::Username],
        ]),
    FieldView::fixed(Canonical::AuthProvider, "/auth_provider"),
    name(Field::GivenName, "/first_name"),
    name(Field::FamilyName, "/last_name"),
    name(Field::DisplayName, "/display_name"),
    FieldView::of(Field::Avatar)
        .shown(
            "/avatar_base64",
            ShownForm::DataUrl { max: MAX_PICTURE },
            Unset::Null,
        )
        .taken(
            "/avatar_base64",
            TakenForm::Picture(PictureForm::DataUrl { max: MAX_PICTURE }),
            Meaning::Clears,
            Meaning::Refused,
        ),
];

const fn name(field: Field, at: &'static str) -> FieldView {
    FieldView::of(field)
        .shown(at, ShownForm::Text, Unset::Null)
        .taken(
            at,
            TakenForm::Text { max: MAX_NAME },
            Meaning::Refused,
            Meaning::Clears,
        )
}

/// How this dialect spells a field that it writes; its canonical name where it does not.
pub(crate) fn spelling(field: Field) -> &'static str {
    FACES[0].spelling(field).unwrap_or(field.as_str())
}
