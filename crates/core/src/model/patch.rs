//! Changes to a profile, and fields that identity providers own.

use jiff::civil::Date;

use crate::{
    AuthProvider, Avatar, CatalogueId, ColumnValue, Country, Edit, Error, FIELDS, Field,
    FieldValue, Json, NewEntry, Profile, ProfileField, Result, Username,
};

/// The changes of a write. Fields that the patch does not name are kept.
///
/// A field that can be empty is an [`Edit`]; one that cannot is an `Option`, so that clearing it
/// cannot be expressed. A list is cleared by an empty list. Fields that no user may write (the
/// email address, operator data, ids) are not part of a patch.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the fields are those of `Profile`")]
pub struct ProfilePatch {
    pub username: Option<Username>,
    pub display_name: Edit<String>,
    pub full_name: Edit<String>,
    pub given_name: Edit<String>,
    pub family_name: Edit<String>,
    pub bio: Edit<String>,
    pub avatar: Edit<Avatar>,
    pub country: Edit<Country>,
    pub date_of_birth: Edit<Date>,
    pub phone: Edit<String>,
    pub address: Edit<Json>,
    pub user_type: Edit<String>,
    pub linkedin_url: Edit<String>,
    pub github_url: Edit<String>,
    pub twitter_url: Edit<String>,
    pub facebook_url: Edit<String>,
    pub website_url: Edit<String>,
    pub portfolio_url: Edit<String>,
    pub skills: Option<Vec<CatalogueId>>,
    pub investment_interests: Option<Vec<CatalogueId>>,
    pub technical_interests: Option<Vec<CatalogueId>>,
    pub focus_area: Option<Vec<CatalogueId>>,
    pub resume: Edit<String>,
    pub company_info: Edit<Json>,
    pub communication_preferences_phone: Option<bool>,
    pub communication_preferences_email: Option<bool>,
    pub platform_features_emails: Option<bool>,
    pub activity_based_emails: Option<bool>,
    pub additional_data: Edit<Json>,
    /// The catalogue entries that the write adds in the same transaction. The lists refer to them.
    /// They are not a field: the history has only the ids in the lists.
    pub new_entries: Vec<NewEntry>,
}

impl ProfilePatch {
    /// The names that may be unset and for which dialects may have fallbacks.
    pub const NAMES: [Field; 4] = [
        Field::DisplayName,
        Field::FullName,
        Field::GivenName,
        Field::FamilyName,
    ];

    /// Returns whether the patch sets one of `names` that is unset in `profile`.
    ///
    /// Fields other than [`Self::NAMES`] are ignored.
    pub fn adds_name(&self, profile: &Profile, names: &[Field]) -> bool {
        let is_added = |row: &ProfileField| {
            let edit = row.edit(self);
            edit.is_some_and(|value| value != FieldValue::Null)
                && row.value(profile) == FieldValue::Null
        };
        let names = names.iter().filter(|name| Self::NAMES.contains(name));
        names
            .filter_map(|name| ProfileField::of(*name))
            .any(is_added)
    }

    /// Applies the patch to `profile`, except its version and times, which the store sets.
    pub fn apply(mut self, profile: &mut Profile) {
        for field in &FIELDS {
            field.apply(&mut self, profile);
        }
    }

    /// Returns the fields that the patch names, changed or not.
    pub fn named_fields(&self) -> Vec<Field> {
        self.edits().map(|(row, _)| row.field).collect()
    }

    /// Returns the fields of `profile` that the patch would change.
    pub fn changed_fields(&self, profile: &Profile) -> Vec<Field> {
        let changes = self
            .edits()
            .filter(|(row, value)| *value != row.value(profile));
        changes.map(|(row, _)| row.field).collect()
    }

    /// Returns the columns that the patch writes, with their values.
    pub fn columns(&self) -> Vec<(&'static str, ColumnValue<'_>)> {
        let mut columns = Vec::with_capacity(8);
        for (row, value) in self.edits() {
            row.push_columns(value, &mut columns);
        }
        columns
    }

    /// Returns the fields that the patch names, with their new values.
    fn edits(&self) -> impl Iterator<Item = (&'static ProfileField, FieldValue<'_>)> {
        let edit = |row: &'static ProfileField| Some((row, row.edit(self)?));
        FIELDS.iter().filter_map(edit)
    }
}

/// Returns the fields that `provider` owns, which no user may change through any dialect.
pub const fn managed_fields(provider: AuthProvider) -> &'static [Field] {
    match provider {
        AuthProvider::Local => &[],
        AuthProvider::Oidc | AuthProvider::Saml => &[
            Field::Email,
            Field::FullName,
            Field::GivenName,
            Field::FamilyName,
        ],
    }
}

/// Returns the fields that `patch` would change although the identity provider owns them.
///
/// Sending the current value is not a change.
pub fn managed_edits(profile: &Profile, patch: &ProfilePatch) -> Vec<Field> {
    let managed = managed_fields(profile.auth_provider);
    patch
        .changed_fields(profile)
        .into_iter()
        .filter(|field| managed.contains(field))
        .collect()
}

/// Returns [`Error::Managed`] if `patch` would change fields that the profile's identity provider
/// owns.
pub fn check_managed(profile: &Profile, patch: &ProfilePatch) -> Result<()> {
    let fields = managed_edits(profile, patch);
    if fields.is_empty() {
        return Ok(());
    }
    let owner = profile.auth_provider;
    Err(Error::Managed { fields, owner })
}
