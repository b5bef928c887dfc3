//! Tests of the fields that identity providers own.

use manyface_core::{
    AuthProvider, Field, ProfilePatch, TenantId, behaviour, managed_edits, managed_fields,
};

/// The rule of `docs/architecture.md`, independent of the implementation.
fn is_owned_by_provider(field: Field) -> bool {
    matches!(
        field,
        Field::Email | Field::FullName | Field::GivenName | Field::FamilyName
    )
}

#[test]
fn a_provider_owns_the_legal_names_and_the_email_address_only() {
    let profile = behaviour::new_profile(TenantId(uuid::Uuid::nil()));
    let patch = behaviour::full_patch(1);
    let all = patch.changed_fields(&profile);
    assert!(all.len() > 20);
    for provider in [AuthProvider::Local, AuthProvider::Oidc, AuthProvider::Saml] {
        let profile = manyface_core::Profile {
            auth_provider: provider,
            ..profile.clone()
        };
        let rejected = managed_edits(&profile, &patch);
        for field in &all {
            let expected = provider != AuthProvider::Local && is_owned_by_provider(*field);
            assert_eq!(
                rejected.contains(field),
                expected,
                "{field} with {provider}"
            );
        }
        let owns_email = managed_fields(provider).contains(&Field::Email);
        assert_eq!(owns_email, provider != AuthProvider::Local);
    }
}

#[test]
fn managed_values_may_be_sent_unchanged() {
    let mut profile = behaviour::new_profile(TenantId(uuid::Uuid::nil()));
    let patch = behaviour::full_patch(1);
    patch.clone().apply(&mut profile);
    profile.auth_provider = AuthProvider::Saml;
    assert_eq!(managed_edits(&profile, &patch), []);
    assert_eq!(managed_edits(&profile, &ProfilePatch::default()), []);
}
