//! The kinds of fields. A field is read at `at` and written at `to`.

use manyface_core::Field;
use manyface_dialect::{Absence, FieldMapping, ImageForm, NullMeaning, ReadForm, WriteForm};

use crate::view::{MAX_FILE_URL, MAX_ITEMS, MAX_JSON_BYTES, MAX_JSON_DEPTH, MAX_PAGE_URL};

pub(super) const fn text(
    field: Field,
    at: &'static str,
    to: &'static str,
    max: usize,
    unset: Absence,
) -> FieldMapping {
    let form = WriteForm::Text { max };
    FieldMapping::of(field)
        .read_as(at, ReadForm::Text, unset)
        .written_as(to, form, NullMeaning::Clears, NullMeaning::Clears)
}

pub(super) const fn page_url(
    field: Field,
    at: &'static str,
    to: &'static str,
    unset: Absence,
) -> FieldMapping {
    let form = WriteForm::Url { max: MAX_PAGE_URL };
    FieldMapping::of(field)
        .read_as(at, ReadForm::Text, unset)
        .written_as(to, form, NullMeaning::Clears, NullMeaning::Clears)
}

pub(super) const fn json(field: Field, at: &'static str, to: &'static str) -> FieldMapping {
    let form = WriteForm::Json {
        max: MAX_JSON_BYTES,
        depth: MAX_JSON_DEPTH,
    };
    FieldMapping::of(field)
        .read_as(at, ReadForm::Json, Absence::Null)
        .written_as(to, form, NullMeaning::Clears, NullMeaning::Value)
}

pub(super) const fn boolean(field: Field, at: &'static str, to: &'static str) -> FieldMapping {
    FieldMapping::of(field)
        .read_as(at, ReadForm::Boolean, Absence::False)
        .written_as(
            to,
            WriteForm::Boolean,
            NullMeaning::Clears,
            NullMeaning::Clears,
        )
}

pub(super) const fn list(
    field: Field,
    at: &'static str,
    to: &'static str,
    form: ReadForm,
    null: NullMeaning,
) -> FieldMapping {
    let write_form = WriteForm::Entries { max: MAX_ITEMS };
    FieldMapping::of(field)
        .read_as(at, form, Absence::EmptyList)
        .written_as(to, write_form, null, NullMeaning::Rejects)
}

/// A list with the data of its entries.
pub(super) const fn entries(field: Field, at: &'static str) -> FieldMapping {
    FieldMapping::of(field).read_as(at, ReadForm::Entries, Absence::EmptyList)
}

pub(super) const fn country(to: &'static str) -> FieldMapping {
    let form = WriteForm::Country { names: true };
    FieldMapping::of(Field::Country)
        .read_as("/country", ReadForm::Alpha3, Absence::Empty)
        .written_as(to, form, NullMeaning::Rejects, NullMeaning::Clears)
}

pub(super) const fn date(to: &'static str) -> FieldMapping {
    FieldMapping::of(Field::DateOfBirth)
        .read_as("/dob", ReadForm::Date, Absence::Null)
        .written_as(
            to,
            WriteForm::Date,
            NullMeaning::Clears,
            NullMeaning::Rejects,
        )
}

pub(super) const fn image(to: &'static str) -> FieldMapping {
    let form = WriteForm::Image(ImageForm::Url { max: MAX_FILE_URL });
    FieldMapping::of(Field::Avatar)
        .read_as("/profile_picture", ReadForm::Url, Absence::Empty)
        .written_as(to, form, NullMeaning::Rejects, NullMeaning::Clears)
}

pub(super) const fn resume(to: &'static str) -> FieldMapping {
    let form = WriteForm::DocumentUrl { max: MAX_PAGE_URL };
    FieldMapping::of(Field::Resume)
        .read_as("/resume", ReadForm::Text, Absence::Empty)
        .written_as(to, form, NullMeaning::Rejects, NullMeaning::Clears)
}
