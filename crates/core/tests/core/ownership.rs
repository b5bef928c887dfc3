//! Every field against every provider.

use manyface_core::{
    AuthProvider, Field, ProfilePatch, TenantId, behaviour, managed_edits, managed_fields,
};

/// The rule as `docs/architecture.md` states it, written once more.
fn is_the_providers(field: Field) -> bool {
    matches!(
        field,
        Field::Email | Field::FullName | Field::GivenName | Field::FamilyName
    )
}

#[test]
fn a_provider_owns_the_legal_names_and_the_address_and_nothing_else() {
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
            let expected = provider != AuthProvider::Local && is_the_providers(*field);
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
fn what_is_there_already_may_be_sent_again() {
    let mut profile = behaviour::new_profile(TenantId(uuid::Uuid::nil()));
    let patch = behaviour::full_patch(1);
    patch.clone().apply(&mut profile);
    profile.auth_provider = AuthProvider::Saml;
    assert_eq!(managed_edits(&profile, &patch), []);
    assert_eq!(managed_edits(&profile, &ProfilePatch::default()), []);
}
