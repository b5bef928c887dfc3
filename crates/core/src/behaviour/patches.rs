//! Tests of writes.

use super::fixture::{bio, full_patch, masked_patch, new_profile, reread, stored, update};
use crate::{
    AdminRepository, AuthProvider, Edit, Error, Field, Profile, ProfilePatch, ProfileRef, Revision,
    TenantId, Username,
};

pub(super) async fn check(store: &dyn AdminRepository) {
    every_field_is_stored_as_written(store).await;
    fields_that_a_patch_does_not_name_are_kept(store).await;
    clearing_empties_every_field(store).await;
    a_patch_without_a_change_keeps_the_version(store).await;
    an_unknown_reference_finds_no_profile(store).await;
    a_profile_of_another_tenant_is_missing(store).await;
    a_taken_name_writes_nothing(store).await;
    the_holder_may_change_the_spelling_of_a_name(store).await;
    an_unexpected_revision_writes_nothing(store).await;
    existing_names_are_required(store).await;
    managed_fields_reject_the_whole_patch(store).await;
    managed_fields_may_be_sent_unchanged(store).await;
}

/// Returns `before` with `patch` applied, the next version, and the time of `after`.
fn patched(before: &Profile, patch: ProfilePatch, after: &Profile) -> Profile {
    let mut expected = before.clone();
    patch.apply(&mut expected);
    expected.version = before.version + 1;
    expected.updated_at = after.updated_at;
    expected
}

async fn existing_names_are_required(store: &dyn AdminRepository) {
    let profile = stored(store, |profile| {
        profile.given_name = Some("Ada".to_owned());
    })
    .await;
    // A name of each write group, next to a field of another one.
    let name = |field: Field, edit: Edit<String>| {
        let mut patch = bio("new");
        let names = [
            (Field::DisplayName, &mut patch.display_name),
            (Field::FullName, &mut patch.full_name),
            (Field::GivenName, &mut patch.given_name),
            (Field::FamilyName, &mut patch.family_name),
        ];
        for (name, old) in names {
            if name == field {
                old.clone_from(&edit);
            }
        }
        patch
    };
    let set = || Edit::Set("Ada".to_owned());
    let renamed = Username::parse(&format!("{}-1", profile.username.as_str())).ok();
    for field in [Field::DisplayName, Field::FullName, Field::FamilyName] {
        for username in [None, renamed.clone()] {
            let mut write = update(&profile, name(field, set()));
            write.patch.username = username;
            write.existing_names = vec![field];
            let rejected = store.update(write).await;
            assert!(matches!(rejected, Err(Error::VersionMismatch)), "{field}");
        }
    }
    assert_eq!(reread(store, &profile).await, profile);
    for (patch, names) in [
        // A name that exists, names that are not set, a cleared name, and a set name that is not
        // required.
        (name(Field::GivenName, set()), vec![Field::GivenName]),
        (bio("newer"), vec![Field::DisplayName, Field::FullName]),
        (name(Field::FullName, Edit::Clear), vec![Field::FullName]),
        (name(Field::FullName, set()), vec![Field::DisplayName]),
    ] {
        let mut write = update(&profile, patch.clone());
        write.existing_names = names;
        let written = store.update(write).await.unwrap().unwrap();
        assert!(patch.changed_fields(&written).is_empty());
    }
}

async fn every_field_is_stored_as_written(store: &dyn AdminRepository) {
    let mut before = stored(store, |_| {}).await;
    for salt in 1..4 {
        let patch = full_patch(salt);
        let write = update(&before, patch.clone());
        let at = write.provenance.at();
        let after = store.update(write).await.unwrap().unwrap();
        assert_eq!(after, patched(&before, patch, &after));
        assert_eq!(after.updated_at, at);
        assert_eq!(after, reread(store, &before).await);
        before = after;
    }
}

async fn fields_that_a_patch_does_not_name_are_kept(store: &dyn AdminRepository) {
    let empty = stored(store, |_| {}).await;
    let write = update(&empty, full_patch(7));
    let before = store.update(write).await.unwrap().unwrap();
    let after = store.update(update(&before, bio("new"))).await.unwrap();
    let after = after.unwrap();
    assert_eq!(after, patched(&before, bio("new"), &after));
}

async fn clearing_empties_every_field(store: &dyn AdminRepository) {
    let empty = stored(store, |_| {}).await;
    let write = update(&empty, full_patch(4));
    let full = store.update(write).await.unwrap().unwrap();
    // All fields except the user name, which is the first.
    let patch = masked_patch(4, u32::MAX << 1, u32::MAX);
    let after = store.update(update(&full, patch)).await.unwrap().unwrap();
    let expected = Profile {
        username: full.username.clone(),
        version: after.version,
        updated_at: after.updated_at,
        ..empty
    };
    assert_eq!(after, expected);
    assert_eq!(after, reread(store, &full).await);
}

async fn a_patch_without_a_change_keeps_the_version(store: &dyn AdminRepository) {
    let empty = stored(store, |_| {}).await;
    let patch = full_patch(2);
    let full = store.update(update(&empty, patch.clone())).await;
    let full = full.unwrap().unwrap();
    for patch in [ProfilePatch::default(), patch] {
        let after = store.update(update(&full, patch)).await.unwrap();
        assert_eq!(after.as_ref(), Some(&full));
    }
    assert_eq!(reread(store, &full).await, full);
    assert_eq!(store.history(full.id, 10).await.unwrap().len(), 2);
}

async fn an_unknown_reference_finds_no_profile(store: &dyn AdminRepository) {
    let stranger = new_profile(TenantId(uuid::Uuid::nil()));
    let mut write = update(&stranger, bio("x"));
    assert_eq!(store.update(write.clone()).await.unwrap(), None);
    for who in [
        ProfileRef::Id(stranger.id),
        ProfileRef::External {
            dialect: "movieknight".into(),
            id: "unknown".to_owned(),
        },
        ProfileRef::Identity {
            issuer: "https://unknown.example".into(),
            subject: "' OR 1=1 --".to_owned(),
        },
        ProfileRef::Username("unknown-user".to_owned()),
    ] {
        assert_eq!(store.find(&who).await.unwrap(), None);
        write.who = who;
        assert_eq!(store.update(write.clone()).await.unwrap(), None);
    }
}

async fn a_profile_of_another_tenant_is_missing(store: &dyn AdminRepository) {
    let profile = stored(store, |_| {}).await;
    let mut write = update(&profile, bio("x"));
    write.tenant = Some(TenantId(profile.id.0));
    assert_eq!(store.update(write.clone()).await.unwrap(), None);
    assert_eq!(reread(store, &profile).await, profile);
    write.tenant = Some(profile.tenant_id);
    assert!(store.update(write).await.unwrap().is_some());
}

async fn a_taken_name_writes_nothing(store: &dyn AdminRepository) {
    let holder = stored(store, |_| {}).await;
    let other = stored(store, |_| {}).await;
    let shouted = holder.username.as_str().to_uppercase();
    let patch = ProfilePatch {
        username: Some(Username::parse(&shouted).unwrap()),
        ..bio("must not be kept")
    };
    let rejected = store.update(update(&other, patch)).await;
    assert!(matches!(rejected, Err(Error::Taken(Field::Username))));
    assert_eq!(reread(store, &other).await, other);
    assert_eq!(store.history(other.id, 10).await.unwrap().len(), 1);
}

async fn the_holder_may_change_the_spelling_of_a_name(store: &dyn AdminRepository) {
    let profile = stored(store, |_| {}).await;
    let shouted = profile.username.as_str().to_uppercase();
    let patch = ProfilePatch {
        username: Some(Username::parse(&shouted).unwrap()),
        ..ProfilePatch::default()
    };
    let after = store.update(update(&profile, patch)).await.unwrap();
    assert_eq!(after.unwrap().username.as_str(), shouted);
    let who = ProfileRef::Username(profile.username.key().to_owned());
    assert!(store.find(&who).await.unwrap().is_some());
}

async fn an_unexpected_revision_writes_nothing(store: &dyn AdminRepository) {
    let profile = stored(store, |_| {}).await;
    let revision = profile.revision();
    let earlier = revision.updated_at - jiff::SignedDuration::from_micros(1);
    for wrong in [
        Revision {
            version: 2,
            ..revision
        },
        Revision {
            updated_at: earlier,
            ..revision
        },
    ] {
        // Rejected even if the patch would change nothing.
        for patch in [bio("x"), ProfilePatch::default()] {
            let mut write = update(&profile, patch);
            write.expected = Some(wrong);
            let rejected = store.update(write).await;
            assert!(matches!(rejected, Err(Error::VersionMismatch)));
        }
    }
    assert_eq!(reread(store, &profile).await, profile);
    let mut write = update(&profile, bio("x"));
    write.expected = Some(revision);
    let after = store.update(write.clone()).await.unwrap().unwrap();
    assert_eq!(after.version, 2);
    write.patch = bio("y");
    let rejected = store.update(write).await;
    assert!(matches!(rejected, Err(Error::VersionMismatch)));
}

async fn managed_fields_reject_the_whole_patch(store: &dyn AdminRepository) {
    for provider in [AuthProvider::Oidc, AuthProvider::Saml] {
        let managed = stored(store, |profile| {
            profile.auth_provider = provider;
            profile.given_name = Some("Ada".to_owned());
        });
        let managed = managed.await;
        let patch = ProfilePatch {
            given_name: Edit::Clear,
            family_name: Edit::Set("Lovelace".to_owned()),
            ..bio("must not be kept")
        };
        let rejected = store.update(update(&managed, patch)).await;
        let Err(Error::Managed { fields, owner }) = rejected else {
            panic!("a managed field was changed: {rejected:?}");
        };
        assert_eq!(fields, [Field::GivenName, Field::FamilyName]);
        assert_eq!(owner, provider);
        assert_eq!(reread(store, &managed).await, managed);
    }
}

async fn managed_fields_may_be_sent_unchanged(store: &dyn AdminRepository) {
    let managed = stored(store, |profile| {
        profile.auth_provider = AuthProvider::Oidc;
        profile.given_name = Some("Ada".to_owned());
    });
    let managed = managed.await;
    let patch = ProfilePatch {
        given_name: managed.given_name.clone().map_or(Edit::Clear, Edit::Set),
        family_name: Edit::Clear,
        ..bio("kept")
    };
    let after = store.update(update(&managed, patch)).await.unwrap();
    assert_eq!(after.unwrap().bio.as_deref(), Some("kept"));
}
