//! Who owns which field.

use crate::{AuthProvider, Field, Profile, ProfilePatch};

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
