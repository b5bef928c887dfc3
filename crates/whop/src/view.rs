//! The field mappings in the oldest and in the newest version.

use manyface_core::Field;
use manyface_dialect::{
    Absence, Canonical, FieldMapping, ImageForm, NullMeaning, ReadForm, UsernameForm, View,
    WriteForm,
};

use crate::{
    rules::{MAX_BIO, MAX_NAME, MAX_USERNAME},
    version::Version,
};

const OLDEST_VERSION: &str = Version::ORIGINAL.as_str();
const NEWEST_VERSION: &str = Version::NEWEST.as_str();

/// The views of the original and of the newest version.
pub(crate) static VIEWS: [View; 2] = [
    View {
        name: OLDEST_VERSION,
        path: "/users/me",
        method: "PATCH",
        headers: &[],
        absent: NullMeaning::Keeps,
        accepts_forms: false,
        fields: &OLDEST,
    },
    View {
        name: NEWEST_VERSION,
        path: "/users/me",
        method: "PATCH",
        headers: &[("api-version-date", NEWEST_VERSION)],
        absent: NullMeaning::Keeps,
        accepts_forms: false,
        fields: &CURRENT,
    },
];

const OLDEST: [FieldMapping; 6] = [
    FieldMapping::fixed(Canonical::ExternalId, "/id"),
    username(NullMeaning::Keeps),
    name(NullMeaning::Clears),
    FieldMapping::fixed(Canonical::CreatedAt, "/created_at"),
    bio(NullMeaning::Clears),
    image(Absence::Null, NullMeaning::Clears),
];

const CURRENT: [FieldMapping; 21] = [
    FieldMapping::fixed(Canonical::ExternalId, "/id"),
    FieldMapping::fixed(Canonical::OperatorData, "/balance"),
    FieldMapping::fixed(Canonical::Nothing, "/balance_history"),
    FieldMapping::fixed(Canonical::OperatorData, "/balances"),
    FieldMapping::fixed(Canonical::Nothing, "/banner"),
    bio(NullMeaning::Rejects),
    FieldMapping::fixed(Canonical::Nothing, "/cards"),
    FieldMapping::fixed(Canonical::CreatedAt, "/created_at"),
    FieldMapping::fixed(Canonical::Nothing, "/earnings_usd"),
    FieldMapping::of(Field::Email).read_as("/email", ReadForm::Text, Absence::Null),
    FieldMapping::fixed(Canonical::Nothing, "/level"),
    name(NullMeaning::Rejects),
    image(Absence::Generated, NullMeaning::Rejects),
    FieldMapping::fixed(Canonical::Nothing, "/social_links"),
    FieldMapping::fixed(Canonical::OperatorData, "/total_usd"),
    FieldMapping::fixed(Canonical::Nothing, "/trading"),
    username(NullMeaning::Rejects),
    FieldMapping::fixed(Canonical::OperatorData, "/verification"),
    FieldMapping::fixed(Canonical::Nothing, "/whop_partner_enabled_at"),
    FieldMapping::fixed(Canonical::Nothing, "/whop_partner_onboarded_accounts_count"),
    FieldMapping::fixed(Canonical::Nothing, "/whop_partner_verified_at"),
];

const fn username(null: NullMeaning) -> FieldMapping {
    FieldMapping::of(Field::Username)
        .read_as("/username", ReadForm::Text, Absence::Never)
        .written_as(
            "/username",
            WriteForm::Username {
                max: MAX_USERNAME,
                form: UsernameForm::Ascii,
            },
            null,
            NullMeaning::Rejects,
        )
}

const fn name(null: NullMeaning) -> FieldMapping {
    FieldMapping::of(Field::DisplayName)
        .read_as("/name", ReadForm::Text, Absence::Null)
        .written_as(
            "/name",
            WriteForm::Text { max: MAX_NAME },
            null,
            NullMeaning::Clears,
        )
}

const fn bio(null: NullMeaning) -> FieldMapping {
    FieldMapping::of(Field::Bio)
        .read_as("/bio", ReadForm::Text, Absence::Null)
        .written_as(
            "/bio",
            WriteForm::Text { max: MAX_BIO },
            null,
            NullMeaning::Clears,
        )
}

const fn image(unset: Absence, null: NullMeaning) -> FieldMapping {
    FieldMapping::of(Field::Avatar)
        .read_as("/profile_picture", ReadForm::UrlObject, unset)
        .written_as(
            "/profile_picture",
            WriteForm::Image(ImageForm::Upload { files: "/files" }),
            null,
            NullMeaning::Rejects,
        )
}

/// Returns the name of a field in messages, or its canonical name if it has no other.
pub(crate) fn spelling(field: Field) -> &'static str {
    if field == Field::Account {
        "account_id"
    } else if field == Field::Upload {
        "the file"
    } else {
        VIEWS[0].spelling(field).unwrap_or(field.as_str())
    }
}
