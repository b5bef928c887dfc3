//! What the contract shows and takes of a profile, in its oldest version and in its newest.

use manyface_core::Field;
use manyface_dialect::{
    Canonical, Face, FieldView, Meaning, PictureForm, ShownForm, TakenForm, Unset, UsernameForm,
};

use crate::{
    rules::{MAX_BIO, MAX_NAME, MAX_USERNAME},
    version::Version,
};

const OLDEST_VERSION: &str = Version::ORIGINAL.as_str();
const NEWEST_VERSION: &str = Version::NEWEST.as_str();

/// What requests get that ask for no version, and what those get that ask for the newest.
pub(crate) static FACES: [Face; 2] = [
    Face {
        name: OLDEST_VERSION,
        path: "/users/me",
        method: "PATCH",
        headers: &[],
        absent: Meaning::Keeps,
        takes_forms: false,
        fields: &OLDEST,
    },
    Face {
        name: NEWEST_VERSION,
        path: "/users/me",
        method: "PATCH",
        headers: &[("api-version-date", NEWEST_VERSION)],
        absent: Meaning::Keeps,
        takes_forms: false,
        fields: &CURRENT,
    },
];

const OLDEST: [FieldView; 6] = [
    FieldView::fixed(Canonical::ExternalId, "/id"),
    username(Meaning::Keeps),
    name(Meaning::Clears),
    FieldView::fixed(Canonical::CreatedAt, "/created_at"),
    bio(Meaning::Clears),
    picture(Unset::Null, Meaning::Clears),
];

const CURRENT: [FieldView; 21] = [
    FieldView::fixed(Canonical::ExternalId, "/id"),
    FieldView::fixed(Canonical::Facts, "/balance"),
    FieldView::fixed(Canonical::Nothing, "/balance_history"),
    FieldView::fixed(Canonical::Facts, "/balances"),
    FieldView::fixed(Canonical::Nothing, "/banner"),
    bio(Meaning::Refused),
    FieldView::fixed(Canonical::Nothing, "/cards"),
    FieldView::fixed(Canonical::CreatedAt, "/created_at"),
    FieldView::fixed(Canonical::Nothing, "/earnings_usd"),
    FieldView::of(Field::Email).shown("/email", ShownForm::Text, Unset::Null),
    FieldView::fixed(Canonical::Nothing, "/level"),
    name(Meaning::Refused),
    picture(Unset::Generated, Meaning::Refused),
    FieldView::fixed(Canonical::Nothing, "/social_links"),
    FieldView::fixed(Canonical::Facts, "/total_usd"),
    FieldView::fixed(Canonical::Nothing, "/trading"),
    username(Meaning::Refused),
    FieldView::fixed(Canonical::Facts, "/verification"),
    FieldView::fixed(Canonical::Nothing, "/whop_partner_enabled_at"),
    FieldView::fixed(Canonical::Nothing, "/whop_partner_onboarded_accounts_count"),
    FieldView::fixed(Canonical::Nothing, "/whop_partner_verified_at"),
];

const fn username(null: Meaning) -> FieldView {
    FieldView::of(Field::Username)
        .shown("/username", ShownForm::Text, Unset::Never)
        .taken(
            "/username",
            TakenForm::Username {
                max: MAX_USERNAME,
                form: UsernameForm::Ascii,
            },
            null,
            Meaning::Refused,
        )
}

const fn name(null: Meaning) -> FieldView {
    FieldView::of(Field::DisplayName)
        .shown("/name", ShownForm::Text, Unset::Null)
        .taken(
            "/name",
            TakenForm::Text { max: MAX_NAME },
            null,
            Meaning::Clears,
        )
}

const fn bio(null: Meaning) -> FieldView {
    FieldView::of(Field::Bio)
        .shown("/bio", ShownForm::Text, Unset::Null)
        .taken(
            "/bio",
            TakenForm::Text { max: MAX_BIO },
            null,
            Meaning::Clears,
        )
}

const fn picture(unset: Unset, null: Meaning) -> FieldView {
    FieldView::of(Field::Avatar)
        .shown("/profile_picture", ShownForm::AddressObject, unset)
        .taken(
            "/profile_picture",
            TakenForm::Picture(PictureForm::Upload { files: "/files" }),
            null,
            Meaning::Refused,
        )
}

/// How this dialect spells a field of a profile or a request; its canonical name where it does not.
pub(crate) fn spelling(field: Field) -> &'static str {
    if field == Field::Account {
        "account_id"
    } else if field == Field::Upload {
        "the file"
    } else {
        FACES[0].spelling(field).unwrap_or(field.as_str())
    }
}
