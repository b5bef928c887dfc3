//! The field mappings of the view.

use manyface_core::Field;
use manyface_dialect::{
    Absence, Canonical, FieldMapping, ImageForm, NullMeaning, ReadForm, View, WriteForm,
};

use crate::replace_userinfo::{MAX_NAME, MAX_URL};

/// Its one view. A write replaces: what it leaves out is cleared.
pub(crate) static VIEWS: [View; 1] = [View {
    name: "",
    path: "/userinfo",
    method: "PUT",
    headers: &[],
    absent: NullMeaning::Clears,
    accepts_forms: false,
    fields: &FIELDS,
}];

const FIELDS: [FieldMapping; 9] = [
    FieldMapping::fixed(Canonical::Id, "/sub"),
    FieldMapping::of(Field::Username).read_as(
        "/preferred_username",
        ReadForm::Text,
        Absence::Never,
    ),
    FieldMapping::of(Field::Email).read_as("/email", ReadForm::Text, Absence::Never),
    FieldMapping::of(Field::FullName)
        .read_as("/name", ReadForm::Text, Absence::Absent)
        .otherwise(&[
            &[Field::GivenName, Field::FamilyName],
            &[Field::DisplayName],
        ]),
    name(Field::DisplayName, "/nickname"),
    name(Field::GivenName, "/given_name"),
    name(Field::FamilyName, "/family_name"),
    FieldMapping::of(Field::Avatar)
        .read_as("/picture", ReadForm::Url, Absence::Absent)
        .written_as(
            "/picture",
            WriteForm::Image(ImageForm::Url { max: MAX_URL }),
            NullMeaning::Clears,
            NullMeaning::Clears,
        ),
    FieldMapping::of(Field::DateOfBirth).read_as("/birthdate", ReadForm::Date, Absence::Absent),
];

const fn name(field: Field, at: &'static str) -> FieldMapping {
    FieldMapping::of(field)
        .read_as(at, ReadForm::Text, Absence::Absent)
        .written_as(
            at,
            WriteForm::Text { max: MAX_NAME },
            NullMeaning::Clears,
            NullMeaning::Clears,
        )
}

/// How this dialect spells a field that it writes; its canonical name where it does not.
pub(crate) fn spelling(field: Field) -> &'static str {
    VIEWS[0].spelling(field).unwrap_or(field.as_str())
}
