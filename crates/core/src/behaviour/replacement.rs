//! Tests of the changes of operators to users.

use super::fixture::{bio, new_profile, now, provenance, reread, stored, update};
use crate::{
    AdminRepository, AuthProvider, Edit, Error, Field, Identity, Profile, ProfileAbsence,
    ProfilePatch, ProfileRef, Replacement, Tenant, TenantId, Username, model::to_micros,
};

pub(super) async fn check(store: &dyn AdminRepository) {
    every_field_is_replaced(store).await;
    a_stale_replacement_changes_nothing(store).await;
    a_suspended_user_is_missing(store).await;
    a_renamed_user_releases_the_former_name(store).await;
    identities_are_added_and_removed(store).await;
    a_user_moves_to_another_tenant(store).await;
}

/// Replaces a profile with `after`.
async fn replace(
    store: &dyn AdminRepository,
    before: &Profile,
    after: Profile,
) -> crate::Result<Option<Profile>> {
    let replacement = Replacement::new(before, after, Default::default(), provenance());
    store
        .replace(&replacement.expect("the profile changes"))
        .await
}

async fn every_field_is_replaced(store: &dyn AdminRepository) {
    let before = stored(store, |profile| profile.auth_provider = AuthProvider::Oidc).await;
    let mut after = before.clone();
    super::full_patch(3).apply(&mut after);
    "new@example.com".clone_into(&mut after.email);
    after.auth_provider = AuthProvider::Saml;
    let replaced = replace(store, &before, after.clone())
        .await
        .unwrap()
        .unwrap();
    after.version = 2;
    after.updated_at = replaced.updated_at;
    assert_eq!(replaced, after);
    assert_eq!(reread(store, &before).await, after);
    let history = store.history(before.id, 1).await.unwrap();
    let document: serde_json::Value = serde_json::from_str(history[0].patch.as_str()).unwrap();
    assert_eq!(document["email"], "new@example.com");
    assert_eq!(document["auth_provider"], "saml");
    assert_eq!(document["username"], after.username.as_str());
    assert_eq!(history[0].version, 2);

    // Only changed columns are in the history.
    let mut again = after.clone();
    again.bio = None;
    replace(store, &after, again).await.unwrap().unwrap();
    let history = store.history(before.id, 1).await.unwrap();
    let document: serde_json::Value = serde_json::from_str(history[0].patch.as_str()).unwrap();
    assert_eq!(document, serde_json::json!({ "bio": null }));
}

async fn a_stale_replacement_changes_nothing(store: &dyn AdminRepository) {
    let before = stored(store, |_| {}).await;
    store.update(update(&before, bio("newer"))).await.unwrap();
    let current = reread(store, &before).await;
    let mut after = before.clone();
    "stale@example.com".clone_into(&mut after.email);
    assert_eq!(replace(store, &before, after).await.unwrap(), None);
    assert_eq!(reread(store, &before).await, current);
    let missing = new_profile(before.tenant_id);
    let mut after = missing.clone();
    after.bio = Some("x".to_owned());
    assert_eq!(replace(store, &missing, after).await.unwrap(), None);
}

async fn a_suspended_user_is_missing(store: &dyn AdminRepository) {
    let profile = stored(store, |_| {}).await;
    let who = ProfileRef::Id(profile.id);
    let external = ProfileRef::External {
        dialect: "movieknight".into(),
        id: profile.external_ids["movieknight"].clone(),
    };
    assert!(store.find(&external).await.unwrap().is_some());
    let since = to_micros(now());
    let mut after = profile.clone();
    after.suspended_at = Some(since);
    let suspended = replace(store, &profile, after).await.unwrap().unwrap();
    assert_eq!(suspended.suspended_at, Some(since));
    for who in [&who, &external] {
        assert_eq!(store.find(who).await.unwrap(), None);
        assert_eq!(store.find_in(profile.tenant_id, who).await.unwrap(), None);
        let mut write = update(&profile, bio("must not be stored"));
        write.who = who.clone();
        assert_eq!(store.update(write).await.unwrap(), None);
        assert_eq!(store.inspect(who).await.unwrap().as_ref(), Some(&suspended));
    }
    let absence = ProfileAbsence::explain(store, &who, None).await.unwrap();
    assert_eq!(absence, Some(ProfileAbsence::SuspendedUser));
    // The name stays taken.
    let holders = store.username_holders(&profile.username).await.unwrap();
    assert_eq!(holders, [profile.id]);

    let mut after = suspended.clone();
    after.suspended_at = None;
    replace(store, &suspended, after).await.unwrap().unwrap();
    let written = store.update(update(&profile, bio("stored"))).await.unwrap();
    assert_eq!(written.unwrap().version, 4);
}

async fn a_renamed_user_releases_the_former_name(store: &dyn AdminRepository) {
    let (profile, other) = (stored(store, |_| {}).await, stored(store, |_| {}).await);
    let mut after = profile.clone();
    after.username = other.username.clone();
    let rejected = replace(store, &profile, after.clone()).await;
    assert!(
        matches!(rejected, Err(Error::Taken(Field::Username))),
        "{rejected:?}"
    );
    assert_eq!(reread(store, &profile).await, profile);

    after.username = Username::parse(&format!("{}-new", profile.username.as_str())).unwrap();
    let renamed = replace(store, &profile, after).await.unwrap().unwrap();
    let found = |name: &Username| ProfileRef::Username(name.key().to_owned());
    let by_name = store.find(&found(&renamed.username)).await.unwrap();
    assert_eq!(by_name.as_ref(), Some(&renamed));
    assert_eq!(store.find(&found(&profile.username)).await.unwrap(), None);
    // The former name is reserved: only its former holder may take it.
    let patch = ProfilePatch {
        username: Some(profile.username.clone()),
        ..ProfilePatch::default()
    };
    let taken = store.update(update(&other, patch)).await;
    assert!(matches!(taken, Err(Error::Taken(Field::Username))));
    let mut after = renamed.clone();
    after.username = profile.username.clone();
    assert!(replace(store, &renamed, after).await.unwrap().is_some());
}

fn identity(profile: &Profile, number: u32) -> Identity {
    Identity {
        issuer: "https://replacement.example".to_owned(),
        subject: format!("{number} of {}", profile.id),
    }
}

fn by_identity(identity: &Identity) -> ProfileRef {
    ProfileRef::Identity {
        issuer: identity.issuer.as_str().into(),
        subject: identity.subject.clone(),
    }
}

async fn identities_are_added_and_removed(store: &dyn AdminRepository) {
    let profile = stored(store, |_| {}).await;
    let other = stored(store, |_| {}).await;
    let [first, second] = [1, 2].map(|number| identity(&profile, number));
    let both = vec![first.clone(), second.clone()];
    let added = Replacement::new(
        &profile,
        profile.clone(),
        [both.clone(), Vec::new()],
        provenance(),
    );
    let after = store.replace(&added.unwrap()).await.unwrap().unwrap();
    assert_eq!(store.identities(profile.id).await.unwrap(), both);
    for identity in &both {
        let found = store.find(&by_identity(identity)).await.unwrap();
        assert_eq!(found.as_ref(), Some(&after));
    }
    let taken = vec![first.clone()];
    let taken = Replacement::new(&other, other.clone(), [taken, Vec::new()], provenance());
    let rejected = store.replace(&taken.unwrap()).await;
    assert!(
        matches!(rejected, Err(Error::Taken(Field::Identity))),
        "{rejected:?}"
    );
    assert_eq!(reread(store, &other).await, other);

    let gone = [Vec::new(), vec![first.clone()]];
    let removed = Replacement::new(&after, after.clone(), gone, provenance());
    let after = store.replace(&removed.unwrap()).await.unwrap().unwrap();
    assert_eq!(
        store.identities(profile.id).await.unwrap(),
        std::slice::from_ref(&second)
    );
    assert_eq!(store.find(&by_identity(&first)).await.unwrap(), None);
    let mut write = update(&after, bio("must not be stored"));
    write.who = by_identity(&first);
    assert_eq!(store.update(write).await.unwrap(), None);
    // The identity is free for another user.
    let moved = vec![first.clone()];
    let moved = Replacement::new(&other, other.clone(), [moved, Vec::new()], provenance());
    let other = store.replace(&moved.unwrap()).await.unwrap().unwrap();
    let found = store.find(&by_identity(&first)).await.unwrap();
    assert_eq!(found.as_ref(), Some(&other));
}

async fn a_user_moves_to_another_tenant(store: &dyn AdminRepository) {
    let profile = stored(store, |_| {}).await;
    let id = TenantId(new_profile(profile.tenant_id).id.0);
    let mut after = profile.clone();
    after.tenant_id = id;
    let rejected = replace(store, &profile, after.clone()).await;
    assert!(
        matches!(&rejected, Err(Error::Invalid(why)) if why[0].field == Field::TenantId),
        "{rejected:?}"
    );
    let tenant = Tenant::new(id, "the next".to_owned(), now());
    store.add_tenant(&tenant).await.unwrap();
    let moved = replace(store, &profile, after).await.unwrap().unwrap();
    let who = ProfileRef::Id(profile.id);
    assert_eq!(store.find_in(profile.tenant_id, &who).await.unwrap(), None);
    assert_eq!(store.find_in(id, &who).await.unwrap(), Some(moved.clone()));
    let write = ProfilePatch {
        bio: Edit::Set("moved".to_owned()),
        ..ProfilePatch::default()
    };
    let mut write = update(&moved, write);
    write.tenant = Some(id);
    assert!(store.update(write).await.unwrap().is_some());
}
