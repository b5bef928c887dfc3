//! The kinds of fields: what is shown at `at` and written at `to`.

use manyface_core::Field;
use manyface_dialect::{FieldView, Meaning, PictureForm, ShownForm, TakenForm, Unset};

use crate::fields::{MAX_ADDRESS, MAX_BYTES, MAX_DEPTH, MAX_ITEMS, MAX_LINK};

pub(super) const fn text(
    field: Field,
    at: &'static str,
    to: &'static str,
    max: usize,
    unset: Unset,
) -> FieldView {
    let form = TakenForm::Text { max };
    FieldView::of(field)
        .shown(at, ShownForm::Text, unset)
        .taken(to, form, Meaning::Clears, Meaning::Clears)
}

pub(super) const fn link(
    field: Field,
    at: &'static str,
    to: &'static str,
    unset: Unset,
) -> FieldView {
    let form = TakenForm::Link { max: MAX_LINK };
    FieldView::of(field)
        .shown(at, ShownForm::Text, unset)
        .taken(to, form, Meaning::Clears, Meaning::Clears)
}

pub(super) const fn json(field: Field, at: &'static str, to: &'static str) -> FieldView {
    let form = TakenForm::Json {
        max: MAX_BYTES,
        depth: MAX_DEPTH,
    };
    FieldView::of(field)
        .shown(at, ShownForm::Json, Unset::Null)
        .taken(to, form, Meaning::Clears, Meaning::Value)
}

pub(super) const fn flag(field: Field, at: &'static str, to: &'static str) -> FieldView {
    FieldView::of(field)
        .shown(at, ShownForm::Flag, Unset::False)
        .taken(to, TakenForm::Flag, Meaning::Clears, Meaning::Clears)
}

pub(super) const fn list(
    field: Field,
    at: &'static str,
    to: &'static str,
    shown: ShownForm,
    null: Meaning,
) -> FieldView {
    let form = TakenForm::Entries { max: MAX_ITEMS };
    FieldView::of(field)
        .shown(at, shown, Unset::EmptyList)
        .taken(to, form, null, Meaning::Refused)
}

/// The same list once more, with what is known of its entries.
pub(super) const fn entries(field: Field, at: &'static str) -> FieldView {
    FieldView::of(field).shown(at, ShownForm::Entries, Unset::EmptyList)
}

pub(super) const fn country(to: &'static str) -> FieldView {
    let form = TakenForm::Country { names: true };
    FieldView::of(Field::Country)
        .shown("/country", ShownForm::Alpha3, Unset::Empty)
        .taken(to, form, Meaning::Refused, Meaning::Clears)
}

pub(super) const fn date(to: &'static str) -> FieldView {
    FieldView::of(Field::DateOfBirth)
        .shown("/dob", ShownForm::Date, Unset::Null)
        .taken(to, TakenForm::Date, Meaning::Clears, Meaning::Refused)
}

pub(super) const fn picture(to: &'static str) -> FieldView {
    let form = TakenForm::Picture(PictureForm::Address { max: MAX_ADDRESS });
    FieldView::of(Field::Avatar)
        .shown("/profile_picture", ShownForm::Address, Unset::Empty)
        .taken(to, form, Meaning::Refused, Meaning::Clears)
}

pub(super) const fn resume(to: &'static str) -> FieldView {
    let form = TakenForm::Document { max: MAX_LINK };
    FieldView::of(Field::Resume)
        .shown("/resume", ShownForm::Text, Unset::Empty)
        .taken(to, form, Meaning::Refused, Meaning::Clears)
}
