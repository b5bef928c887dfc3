//! Who owns which field.

use crate::{AuthProvider, Error, Field, Profile, ProfilePatch, Result};

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

/// Refuses a patch that would change what the profile's identity provider owns:
/// [`Error::Managed`].
pub fn check_managed(profile: &Profile, patch: &ProfilePatch) -> Result<()> {
    let fields = managed_edits(profile, patch);
    if fields.is_empty() {
        return Ok(());
    }
    let owner = profile.auth_provider;
    Err(Error::Managed { fields, owner })
}
