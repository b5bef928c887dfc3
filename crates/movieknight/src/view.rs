//! The field mappings of the view.

use manyface_core::Field;
use manyface_dialect::{
    Absence, Canonical, FieldMapping, ImageForm, NullMeaning, ReadForm, View, WriteForm,
};

use crate::fields::{MAX_AVATAR, MAX_BIO, MAX_NAME};

/// The only view.
pub(crate) static VIEWS: [View; 1] = [View {
    name: "",
    path: "/users/me",
    method: "PATCH",
    headers: &[],
    absent: NullMeaning::Keeps,
    accepts_forms: false,
    fields: &FIELDS,
}];

/// The fields in the contract's order.
const FIELDS: [FieldMapping; 11] = [
    FieldMapping::fixed(Canonical::ExternalId, "/data/user/id"),
    FieldMapping::of(Field::Bio)
        .read_as("/data/user/bio", ReadForm::Text, Absence::Empty)
        .written_as(
            "/bio",
            WriteForm::Text { max: MAX_BIO },
            NullMeaning::Rejects,
            NullMeaning::Clears,
        ),
    FieldMapping::of(Field::DisplayName)
        .read_as("/data/user/name", ReadForm::Text, Absence::Never)
        .otherwise(&[&[Field::Username]])
        .written_as(
            "/name",
            WriteForm::Text { max: MAX_NAME },
            NullMeaning::Rejects,
            NullMeaning::Rejects,
        ),
    FieldMapping::of(Field::Email).read_as("/data/user/email", ReadForm::Text, Absence::Never),
    FieldMapping::fixed(Canonical::OperatorData, "/data/user/badges"),
    FieldMapping::fixed(Canonical::OperatorData, "/data/user/aiUsage"),
    FieldMapping::of(Field::Username).read_as(
        "/data/user/username",
        ReadForm::Text,
        Absence::Never,
    ),
    FieldMapping::of(Field::Avatar)
        .read_as("/data/user/avatarUrl", ReadForm::Url, Absence::Absent)
        .written_as(
            "/avatarUrl",
            WriteForm::Image(ImageForm::UrlOrDataUrl {
                url: MAX_AVATAR,
                data: MAX_AVATAR,
            }),
            NullMeaning::Rejects,
            NullMeaning::Clears,
        ),
    FieldMapping::fixed(Canonical::CreatedAt, "/data/user/createdAt"),
    FieldMapping::of(Field::Country)
        .read_as("/data/user/countryCode", ReadForm::Alpha2, Absence::Empty)
        .written_as(
            "/countryCode",
            WriteForm::Country { names: false },
            NullMeaning::Rejects,
            NullMeaning::Clears,
        ),
    FieldMapping::of(Field::DateOfBirth).read_as(
        "/data/user/dateOfBirth",
        ReadForm::Midnight,
        Absence::Absent,
    ),
];

/// Returns the key of a field in requests, or its canonical name if it is not writable.
pub(crate) fn spelling(field: Field) -> &'static str {
    VIEWS[0].spelling(field).unwrap_or(field.as_str())
}
