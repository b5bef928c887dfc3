//! The canonical fields, and the table of the writable fields.

use std::fmt;

use serde::{Serialize, Serializer};

use self::WriteGroup::{Basic, Common, Rare, Unique};
use crate::{
    BoxError, ColumnReader, ColumnValue, FieldKind, FieldValue, Profile, ProfilePatch,
    model::field_value::{Access, AnyAccess},
};

/// A field of the canonical profile, or another part of a request that an error may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[expect(missing_docs, reason = "the variants are the fields of `Profile`")]
pub enum Field {
    Username,
    Email,
    DisplayName,
    FullName,
    GivenName,
    FamilyName,
    Bio,
    Avatar,
    Country,
    DateOfBirth,
    Phone,
    Address,
    UserType,
    LinkedinUrl,
    GithubUrl,
    TwitterUrl,
    FacebookUrl,
    WebsiteUrl,
    PortfolioUrl,
    Skills,
    InvestmentInterests,
    TechnicalInterests,
    FocusArea,
    Resume,
    CompanyInfo,
    CommunicationPreferencesPhone,
    CommunicationPreferencesEmail,
    PlatformFeaturesEmails,
    ActivityBasedEmails,
    AdditionalData,
    TenantId,
    ExternalId,
    Identity,
    Account,
    Upload,
    CatalogueEntry,
}

impl Field {
    /// Returns the field's canonical name, in snake case. A dialect has its own spelling.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A field that a patch may write. Code that handles all fields iterates over [`FIELDS`].
pub struct ProfileField {
    /// The name.
    pub field: Field,
    /// The group of fields that stores write together.
    pub group: WriteGroup,
    access: &'static dyn AnyAccess,
}

/// Groups of fields that a store writes with the same statements: a statement with few columns
/// costs less than one with all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WriteGroup {
    /// Most patches write only fields of this group.
    Basic,
    /// Most dialects have the field.
    Common,
    /// Few dialects have the field, or it is indexed.
    Rare,
    /// The value must be unique.
    Unique,
}

/// The fields that a patch may write, in the order of their columns.
#[rustfmt::skip]
pub static FIELDS: [ProfileField; 29] = [
    ProfileField { field: Field::Username, group: Unique, access: &Access {
        field: |p| &p.username, field_mut: |p| &mut p.username,
        edit: |e| &e.username, edit_mut: |e| &mut e.username } },
    ProfileField { field: Field::DisplayName, group: Basic, access: &Access {
        field: |p| &p.display_name, field_mut: |p| &mut p.display_name,
        edit: |e| &e.display_name, edit_mut: |e| &mut e.display_name } },
    ProfileField { field: Field::FullName, group: Common, access: &Access {
        field: |p| &p.full_name, field_mut: |p| &mut p.full_name,
        edit: |e| &e.full_name, edit_mut: |e| &mut e.full_name } },
    ProfileField { field: Field::GivenName, group: Common, access: &Access {
        field: |p| &p.given_name, field_mut: |p| &mut p.given_name,
        edit: |e| &e.given_name, edit_mut: |e| &mut e.given_name } },
    ProfileField { field: Field::FamilyName, group: Common, access: &Access {
        field: |p| &p.family_name, field_mut: |p| &mut p.family_name,
        edit: |e| &e.family_name, edit_mut: |e| &mut e.family_name } },
    ProfileField { field: Field::Bio, group: Basic, access: &Access {
        field: |p| &p.bio, field_mut: |p| &mut p.bio,
        edit: |e| &e.bio, edit_mut: |e| &mut e.bio } },
    ProfileField { field: Field::Avatar, group: Rare, access: &Access {
        field: |p| &p.avatar, field_mut: |p| &mut p.avatar,
        edit: |e| &e.avatar, edit_mut: |e| &mut e.avatar } },
    ProfileField { field: Field::Country, group: Basic, access: &Access {
        field: |p| &p.country, field_mut: |p| &mut p.country,
        edit: |e| &e.country, edit_mut: |e| &mut e.country } },
    ProfileField { field: Field::DateOfBirth, group: Rare, access: &Access {
        field: |p| &p.date_of_birth, field_mut: |p| &mut p.date_of_birth,
        edit: |e| &e.date_of_birth, edit_mut: |e| &mut e.date_of_birth } },
    ProfileField { field: Field::Phone, group: Rare, access: &Access {
        field: |p| &p.phone, field_mut: |p| &mut p.phone,
        edit: |e| &e.phone, edit_mut: |e| &mut e.phone } },
    ProfileField { field: Field::Address, group: Rare, access: &Access {
        field: |p| &p.address, field_mut: |p| &mut p.address,
        edit: |e| &e.address, edit_mut: |e| &mut e.address } },
    ProfileField { field: Field::UserType, group: Rare, access: &Access {
        field: |p| &p.user_type, field_mut: |p| &mut p.user_type,
        edit: |e| &e.user_type, edit_mut: |e| &mut e.user_type } },
    ProfileField { field: Field::LinkedinUrl, group: Rare, access: &Access {
        field: |p| &p.linkedin_url, field_mut: |p| &mut p.linkedin_url,
        edit: |e| &e.linkedin_url, edit_mut: |e| &mut e.linkedin_url } },
    ProfileField { field: Field::GithubUrl, group: Rare, access: &Access {
        field: |p| &p.github_url, field_mut: |p| &mut p.github_url,
        edit: |e| &e.github_url, edit_mut: |e| &mut e.github_url } },
    ProfileField { field: Field::TwitterUrl, group: Rare, access: &Access {
        field: |p| &p.twitter_url, field_mut: |p| &mut p.twitter_url,
        edit: |e| &e.twitter_url, edit_mut: |e| &mut e.twitter_url } },
    ProfileField { field: Field::FacebookUrl, group: Rare, access: &Access {
        field: |p| &p.facebook_url, field_mut: |p| &mut p.facebook_url,
        edit: |e| &e.facebook_url, edit_mut: |e| &mut e.facebook_url } },
    ProfileField { field: Field::WebsiteUrl, group: Rare, access: &Access {
        field: |p| &p.website_url, field_mut: |p| &mut p.website_url,
        edit: |e| &e.website_url, edit_mut: |e| &mut e.website_url } },
    ProfileField { field: Field::PortfolioUrl, group: Rare, access: &Access {
        field: |p| &p.portfolio_url, field_mut: |p| &mut p.portfolio_url,
        edit: |e| &e.portfolio_url, edit_mut: |e| &mut e.portfolio_url } },
    ProfileField { field: Field::Skills, group: Rare, access: &Access {
        field: |p| &p.skills, field_mut: |p| &mut p.skills,
        edit: |e| &e.skills, edit_mut: |e| &mut e.skills } },
    ProfileField { field: Field::InvestmentInterests, group: Rare, access: &Access {
        field: |p| &p.investment_interests, field_mut: |p| &mut p.investment_interests,
        edit: |e| &e.investment_interests, edit_mut: |e| &mut e.investment_interests } },
    ProfileField { field: Field::TechnicalInterests, group: Rare, access: &Access {
        field: |p| &p.technical_interests, field_mut: |p| &mut p.technical_interests,
        edit: |e| &e.technical_interests, edit_mut: |e| &mut e.technical_interests } },
    ProfileField { field: Field::FocusArea, group: Rare, access: &Access {
        field: |p| &p.focus_area, field_mut: |p| &mut p.focus_area,
        edit: |e| &e.focus_area, edit_mut: |e| &mut e.focus_area } },
    ProfileField { field: Field::Resume, group: Rare, access: &Access {
        field: |p| &p.resume, field_mut: |p| &mut p.resume,
        edit: |e| &e.resume, edit_mut: |e| &mut e.resume } },
    ProfileField { field: Field::CompanyInfo, group: Rare, access: &Access {
        field: |p| &p.company_info, field_mut: |p| &mut p.company_info,
        edit: |e| &e.company_info, edit_mut: |e| &mut e.company_info } },
    ProfileField { field: Field::CommunicationPreferencesPhone, group: Rare, access: &Access {
        field: |p| &p.communication_preferences_phone, field_mut: |p| &mut p.communication_preferences_phone,
        edit: |e| &e.communication_preferences_phone, edit_mut: |e| &mut e.communication_preferences_phone } },
    ProfileField { field: Field::CommunicationPreferencesEmail, group: Rare, access: &Access {
        field: |p| &p.communication_preferences_email, field_mut: |p| &mut p.communication_preferences_email,
        edit: |e| &e.communication_preferences_email, edit_mut: |e| &mut e.communication_preferences_email } },
    ProfileField { field: Field::PlatformFeaturesEmails, group: Rare, access: &Access {
        field: |p| &p.platform_features_emails, field_mut: |p| &mut p.platform_features_emails,
        edit: |e| &e.platform_features_emails, edit_mut: |e| &mut e.platform_features_emails } },
    ProfileField { field: Field::ActivityBasedEmails, group: Rare, access: &Access {
        field: |p| &p.activity_based_emails, field_mut: |p| &mut p.activity_based_emails,
        edit: |e| &e.activity_based_emails, edit_mut: |e| &mut e.activity_based_emails } },
    ProfileField { field: Field::AdditionalData, group: Rare, access: &Access {
        field: |p| &p.additional_data, field_mut: |p| &mut p.additional_data,
        edit: |e| &e.additional_data, edit_mut: |e| &mut e.additional_data } },
];

impl ProfileField {
    /// Returns the row of `field` in [`FIELDS`], or `None` if no patch may write it.
    pub fn of(field: Field) -> Option<&'static Self> {
        FIELDS.iter().find(|row| row.field == field)
    }

    /// Returns the kind of the field's value.
    pub fn kind(&self) -> FieldKind {
        self.access.kind()
    }

    /// Returns the names of the field's columns: one, or two.
    pub fn columns(&self) -> (&'static str, Option<&'static str>) {
        self.kind().columns(self.field)
    }

    /// Returns the field's value in `profile`.
    pub fn value<'a>(&self, profile: &'a Profile) -> FieldValue<'a> {
        self.access.value(profile)
    }

    /// Returns the value that `patch` writes, or `None` if it keeps the field.
    pub fn edit<'a>(&self, patch: &'a ProfilePatch) -> Option<FieldValue<'a>> {
        self.access.edit(patch)
    }

    /// Moves the edit of the field from `patch` into `profile`.
    pub(crate) fn apply(&self, patch: &mut ProfilePatch, profile: &mut Profile) {
        self.access.apply(patch, profile);
    }

    /// Reads the field's columns into `profile`.
    pub fn load(
        &self,
        profile: &mut Profile,
        reader: &mut dyn ColumnReader,
    ) -> Result<(), BoxError> {
        self.access.load(profile, reader)
    }

    /// Reads the field's columns into `patch`, which then writes the same values.
    pub fn load_edit(
        &self,
        patch: &mut ProfilePatch,
        reader: &mut dyn ColumnReader,
    ) -> Result<(), BoxError> {
        self.access.load_edit(patch, reader)
    }

    /// Appends `value` to `columns` under the names of the field's columns.
    pub fn push_columns<'a>(
        &self,
        value: FieldValue<'a>,
        columns: &mut Vec<(&'static str, ColumnValue<'a>)>,
    ) {
        let kind = self.kind();
        let (name, second_name) = kind.columns(self.field);
        let (value, second_value) = value.in_columns(kind);
        columns.push((name, value));
        columns.extend(second_name.zip(second_value));
    }
}

impl fmt::Debug for ProfileField {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.field, formatter)
    }
}
