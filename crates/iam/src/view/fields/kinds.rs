//! The kinds of fields: what is shown at `at` and written at `to`.

use manyface_core::Field;
use manyface_dialect::{Absence, FieldMapping, ImageForm, NullMeaning, ReadForm, WriteForm};

use crate::fields::{MAX_ADDRESS, MAX_BYTES, MAX_DEPTH, MAX_ITEMS, MAX_LINK};

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

pub(super) const fn link(
    field: Field,
    at: &'static str,
    to: &'static str,
    unset: Absence,
) -> FieldMapping {
    let form = WriteForm::Url { max: MAX_LINK };
    FieldMapping::of(field)
        .read_as(at, ReadForm::Text, unset)
        .written_as(to, form, NullMeaning::Clears, NullMeaning::Clears)
}

pub(super) const fn json(field: Field, at: &'static str, to: &'static str) -> FieldMapping {
    let form = WriteForm::Json {
        max: MAX_BYTES,
        depth: MAX_DEPTH,
    };
    FieldMapping::of(field)
        .read_as(at, ReadForm::Json, Absence::Null)
        .written_as(to, form, NullMeaning::Clears, NullMeaning::Value)
}

pub(super) const fn flag(field: Field, at: &'static str, to: &'static str) -> FieldMapping {
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
    shown: ReadForm,
    null: NullMeaning,
) -> FieldMapping {
    let form = WriteForm::Entries { max: MAX_ITEMS };
    FieldMapping::of(field)
        .read_as(at, shown, Absence::EmptyList)
        .written_as(to, form, null, NullMeaning::Rejects)
}

/// The same list once more, with what is known of its entries.
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

pub(super) const fn picture(to: &'static str) -> FieldMapping {
    let form = WriteForm::Image(ImageForm::Url { max: MAX_ADDRESS });
    FieldMapping::of(Field::Avatar)
        .read_as("/profile_picture", ReadForm::Url, Absence::Empty)
        .written_as(to, form, NullMeaning::Rejects, NullMeaning::Clears)
}

pub(super) const fn resume(to: &'static str) -> FieldMapping {
    let form = WriteForm::DocumentUrl { max: MAX_LINK };
    FieldMapping::of(Field::Resume)
        .read_as("/resume", ReadForm::Text, Absence::Empty)
        .written_as(to, form, NullMeaning::Rejects, NullMeaning::Clears)
}
