//! The field mappings of the view.

use manyface_core::Field;
use manyface_dialect::{
    Absence, Canonical, FieldMapping, ImageForm, NullMeaning, ReadForm, View, WriteForm,
};

use crate::profile::MAX_IMAGE_BYTES;

/// The contract's limit of a name, in Unicode scalar values after trimming.
pub(crate) const MAX_NAME: usize = 100;

/// The only view.
pub(crate) static VIEWS: [View; 1] = [View {
    name: "",
    path: "/users/me/profile",
    method: "PUT",
    headers: &[],
    absent: NullMeaning::Keeps,
    accepts_forms: false,
    fields: &FIELDS,
}];

/// The fields in the contract's order.
const FIELDS: [FieldMapping; 8] = [
    FieldMapping::fixed(Canonical::Id, "/id"),
    FieldMapping::of(Field::Email).read_as("/email", ReadForm::Text, Absence::Never),
    FieldMapping::of(Field::DisplayName)
        .read_as("/name", ReadForm::Text, Absence::Never)
        .otherwise(&[
            &[Field::GivenName, Field::FamilyName],
            &[Field::FullName],
            &[Field::Username],
        ]),
    FieldMapping::fixed(Canonical::AuthProvider, "/auth_provider"),
    name(Field::GivenName, "/first_name"),
    name(Field::FamilyName, "/last_name"),
    name(Field::DisplayName, "/display_name"),
    FieldMapping::of(Field::Avatar)
        .read_as(
            "/avatar_base64",
            ReadForm::DataUrl {
                max: MAX_IMAGE_BYTES,
            },
            Absence::Null,
        )
        .written_as(
            "/avatar_base64",
            WriteForm::Image(ImageForm::DataUrl {
                max: MAX_IMAGE_BYTES,
            }),
            NullMeaning::Clears,
            NullMeaning::Rejects,
        ),
];

const fn name(field: Field, at: &'static str) -> FieldMapping {
    FieldMapping::of(field)
        .read_as(at, ReadForm::Text, Absence::Null)
        .written_as(
            at,
            WriteForm::Text { max: MAX_NAME },
            NullMeaning::Rejects,
            NullMeaning::Clears,
        )
}

/// Returns the key of a field in requests, or its canonical name if it is not writable.
pub(crate) fn spelling(field: Field) -> &'static str {
    VIEWS[0].spelling(field).unwrap_or(field.as_str())
}
