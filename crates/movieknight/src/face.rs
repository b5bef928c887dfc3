//! What the page shows and takes of a profile.

use manyface_core::Field;
use manyface_dialect::{
    Canonical, Face, FieldView, Meaning, PictureForm, ShownForm, TakenForm, Unset,
};

use crate::update_me::{MAX_AVATAR, MAX_BIO, MAX_NAME};

/// Its one face.
pub(crate) static FACES: [Face; 1] = [Face {
    name: "",
    path: "/users/me",
    method: "PATCH",
    headers: &[],
    absent: Meaning::Keeps,
    takes_forms: false,
    fields: &FIELDS,
}];

/// Key for key in the page's order.
const FIELDS: [FieldView; 11] = [
    FieldView::fixed(Canonical::ExternalId, "/data/user/id"),
    FieldView::of(Field::Bio)
        .shown("/data/user/bio", ShownForm::Text, Unset::Empty)
        .taken(
            "/bio",
            TakenForm::Text { max: MAX_BIO },
            Meaning::Refused,
            Meaning::Clears,
        ),
    FieldView::of(Field::DisplayName)
        .shown("/data/user/name", ShownForm::Text, Unset::Never)
        .otherwise(&[&[Field::Username]])
        .taken(
            "/name",
            TakenForm::Text { max: MAX_NAME },
            Meaning::Refused,
            Meaning::Refused,
        ),
    FieldView::of(Field::Email).shown("/data/user/email", ShownForm::Text, Unset::Never),
    FieldView::fixed(Canonical::Facts, "/data/user/badges"),
    FieldView::fixed(Canonical::Facts, "/data/user/aiUsage"),
    FieldView::of(Field::Username).shown("/data/user/username", ShownForm::Text, Unset::Never),
    FieldView::of(Field::Avatar)
        .shown("/data/user/avatarUrl", ShownForm::Address, Unset::Absent)
        .taken(
            "/avatarUrl",
            TakenForm::Picture(PictureForm::AddressOrDataUrl {
                address: MAX_AVATAR,
                data: MAX_AVATAR,
            }),
            Meaning::Refused,
            Meaning::Clears,
        ),
    FieldView::fixed(Canonical::CreatedAt, "/data/user/createdAt"),
    FieldView::of(Field::Country)
        .shown("/data/user/countryCode", ShownForm::Alpha2, Unset::Empty)
        .taken(
            "/countryCode",
            TakenForm::Country { names: false },
            Meaning::Refused,
            Meaning::Clears,
        ),
    FieldView::of(Field::DateOfBirth).shown(
        "/data/user/dateOfBirth",
        ShownForm::Midnight,
        Unset::Absent,
    ),
];

/// How this dialect spells a field that it writes; its canonical name where it does not.
pub(crate) fn spelling(field: Field) -> &'static str {
    FACES[0].spelling(field).unwrap_or(field.as_str())
}
