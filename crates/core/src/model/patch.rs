//! Changes to a profile, and which of them an identity provider owns.

use jiff::civil::Date;

use crate::{
    AuthProvider, Avatar, CatalogueId, ColumnValue, Country, Edit, Error, FIELDS, Field,
    FieldValue, Json, NewEntry, Profile, ProfileField, Result, Username,
};

/// The changes of a write: exactly the fields that it names, and nothing else.
///
/// A field that can be empty has an [`Edit`]; one that cannot has an `Option`, so that no code can
/// ask to clear it. A list is cleared by setting it to an empty one. What no user may write through
/// any dialect (the email address, operator data, ids) is not here.
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
    /// The entries that the lists refer to and that the write adds, in one transaction with the
    /// profile. They are no field: what the history keeps are the ids in the lists.
    pub new_entries: Vec<NewEntry>,
}

impl ProfilePatch {
    /// The names that may be unset. A dialect may show another field's value in place of one.
    pub const NAMES: [Field; 4] = [
        Field::DisplayName,
        Field::FullName,
        Field::GivenName,
        Field::FamilyName,
    ];

    /// Returns whether the patch sets one of `names` that `profile` does not have.
    ///
    /// Only [`Self::NAMES`] are compared.
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

    /// Applies the patch to `profile`. The version and the times are the store's.
    pub fn apply(mut self, profile: &mut Profile) {
        for field in &FIELDS {
            field.apply(&mut self, profile);
        }
    }

    /// Returns the fields that the patch names, whether they would change or not.
    pub fn named_fields(&self) -> Vec<Field> {
        self.edits().map(|(row, _)| row.field).collect()
    }

    /// Returns the fields in which `profile` would be another after the patch.
    pub fn changed_fields(&self, profile: &Profile) -> Vec<Field> {
        let changes = self
            .edits()
            .filter(|(row, value)| *value != row.value(profile));
        changes.map(|(row, _)| row.field).collect()
    }

    /// Returns the columns that the patch names, and what it writes there.
    pub fn columns(&self) -> Vec<(&'static str, ColumnValue<'_>)> {
        let mut columns = Vec::with_capacity(8);
        for (row, value) in self.edits() {
            row.push_columns(value, &mut columns);
        }
        columns
    }

    /// The fields that the patch names, and the value that it writes.
    fn edits(&self) -> impl Iterator<Item = (&'static ProfileField, FieldValue<'_>)> {
        let edit = |row: &'static ProfileField| Some((row, row.edit(self)?));
        FIELDS.iter().filter_map(edit)
    }
}

/// The fields that `provider` owns: no user may change them through any dialect.
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

/// The fields that `patch` would change in `profile` although its identity provider owns them.
///
/// Sending the value that is already there is not a change.
pub fn managed_edits(profile: &Profile, patch: &ProfilePatch) -> Vec<Field> {
    let managed = managed_fields(profile.auth_provider);
    patch
        .changed_fields(profile)
        .into_iter()
        .filter(|field| managed.contains(field))
        .collect()
}

/// Rejects a patch that would change what the profile's identity provider owns:
/// [`Error::Managed`].
pub fn check_managed(profile: &Profile, patch: &ProfilePatch) -> Result<()> {
    let fields = managed_edits(profile, patch);
    if fields.is_empty() {
        return Ok(());
    }
    let owner = profile.auth_provider;
    Err(Error::Managed { fields, owner })
}
