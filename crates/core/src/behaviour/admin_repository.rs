//! Tests of the operations of operators, and of the history.

use super::fixture::{bio, erase, new_profile, now, provenance, reread, stored, tenant, update};
use crate::{
    AdminRepository, Error, Field, Identity, ProfileId, ProfileRef, TenantId, UserCursor, UserQuery,
};

pub(super) async fn check(store: &dyn AdminRepository) {
    a_profile_is_found_by_every_reference(store).await;
    duplicate_names_and_ids_are_rejected(store).await;
    an_unknown_tenant_is_rejected(store).await;
    there_is_one_default_tenant(store).await;
    history_has_actor_and_patch(store).await;
    the_ids_of_a_removed_profile_are_free(store).await;
    profiles_are_listed_in_pages(store).await;
    assert!(store.check().await.is_ok());
}

fn identity(profile: &crate::Profile) -> Identity {
    Identity {
        issuer: "https://id.example".to_owned(),
        subject: format!("subject of {}", profile.id),
    }
}

fn names(profile: &crate::Profile) -> [ProfileRef; 4] {
    [
        ProfileRef::Id(profile.id),
        ProfileRef::External {
            dialect: "movieknight".into(),
            id: profile.external_ids["movieknight"].clone(),
        },
        ProfileRef::Identity {
            issuer: identity(profile).issuer.into(),
            subject: identity(profile).subject,
        },
        ProfileRef::Username(profile.username.key().to_owned()),
    ]
}

async fn a_profile_is_found_by_every_reference(store: &dyn AdminRepository) {
    let profile = new_profile(tenant(store).await);
    let identities = [identity(&profile)];
    let added = store.add(&profile, &identities, &provenance()).await;
    added.unwrap();
    for (number, who) in names(&profile).into_iter().enumerate() {
        let before = store.find(&who).await.unwrap().unwrap();
        assert_eq!(before.id, profile.id, "{who:?}");
        let mut write = update(&profile, bio(&format!("through {number}")));
        write.who = who;
        let after = store.update(write).await.unwrap().unwrap();
        assert_eq!(after.version, before.version + 1);
    }
}

async fn duplicate_names_and_ids_are_rejected(store: &dyn AdminRepository) {
    let holder = new_profile(tenant(store).await);
    let theirs = [identity(&holder)];
    store.add(&holder, &theirs, &provenance()).await.unwrap();
    let other = || new_profile(holder.tenant_id);

    let mut same = other();
    same.username = holder.username.clone();
    let rejected = store.add(&same, &[], &provenance()).await;
    assert!(matches!(rejected, Err(Error::Taken(Field::Username))));

    let mut same = other();
    same.external_ids = holder.external_ids.clone();
    let rejected = store.add(&same, &[], &provenance()).await;
    assert!(matches!(rejected, Err(Error::Taken(Field::ExternalId))));
    assert_eq!(store.find(&ProfileRef::Id(same.id)).await.unwrap(), None);

    let same = other();
    let rejected = store.add(&same, &theirs, &provenance()).await;
    assert!(matches!(rejected, Err(Error::Taken(Field::Identity))));
    assert_eq!(store.find(&ProfileRef::Id(same.id)).await.unwrap(), None);
    assert_eq!(reread(store, &holder).await, holder);
}

async fn an_unknown_tenant_is_rejected(store: &dyn AdminRepository) {
    let known = tenant(store).await;
    let mut profile = new_profile(known);
    profile.tenant_id = TenantId(profile.id.0);
    let rejected = store.add(&profile, &[], &provenance()).await;
    let Err(Error::Invalid(violations)) = rejected else {
        panic!("an unknown tenant was not rejected: {rejected:?}");
    };
    assert_eq!(violations[0].field, Field::TenantId);
    profile.tenant_id = known;
    store.add(&profile, &[], &provenance()).await.unwrap();
}

async fn there_is_one_default_tenant(store: &dyn AdminRepository) {
    let first = tenant(store).await;
    let candidates = [(); 4].map(|()| TenantId(new_profile(first).id.0));
    for candidate in candidates {
        let tenant = store.default_tenant(candidate, now()).await;
        assert_eq!(tenant.unwrap(), first);
    }
}

async fn history_has_actor_and_patch(store: &dyn AdminRepository) {
    let profile = stored(store, |_| {}).await;
    let write = update(&profile, bio("new"));
    store.update(write.clone()).await.unwrap();
    let mut anonymous = update(&profile, bio("newer"));
    anonymous.provenance.api_version = None;
    store.update(anonymous).await.unwrap();

    let history = store.history(profile.id, 10).await.unwrap();
    assert_eq!(history.len(), 3);
    assert_eq!(history[0].api_version, None);
    let change = &history[1];
    assert_eq!(change.version, 2);
    assert_eq!(change.at, write.provenance.at());
    assert_eq!(change.actor, write.provenance.actor);
    assert_eq!(change.dialect, write.provenance.dialect);
    assert_eq!(change.api_version, write.provenance.api_version);
    assert_eq!(change.request_id, write.provenance.request_id);
    let patch: serde_json::Value = serde_json::from_str(change.patch.as_str()).unwrap();
    assert_eq!(patch, serde_json::json!({"bio": "new"}));
    assert_eq!(history[2].version, 1);
    let created: serde_json::Value = serde_json::from_str(history[2].patch.as_str()).unwrap();
    assert_eq!(created["email"], profile.email.as_str());
    assert_eq!(store.history(profile.id, 1).await.unwrap(), history[..1]);
}

async fn the_ids_of_a_removed_profile_are_free(store: &dyn AdminRepository) {
    let profile = new_profile(tenant(store).await);
    let identities = [identity(&profile)];
    let added = store.add(&profile, &identities, &provenance()).await;
    added.unwrap();
    store.update(update(&profile, bio("secret"))).await.unwrap();
    assert!(erase(store, profile.id).await);
    assert!(!erase(store, profile.id).await);
    for who in names(&profile) {
        assert_eq!(store.find(&who).await.unwrap(), None);
        let mut write = update(&profile, bio("x"));
        write.who = who;
        assert_eq!(store.update(write).await.unwrap(), None);
    }
    for change in &store.history(profile.id, 10).await.unwrap()[1..] {
        assert_eq!((change.patch.as_str(), change.actor.as_str()), ("{}", ""));
    }
    // A removed user who is added again, as by an import, can be changed and removed again.
    let again = store.add(&profile, &[], &provenance()).await;
    again.unwrap();
    store.update(update(&profile, bio("secret"))).await.unwrap();
    assert!(erase(store, profile.id).await);
    for change in &store.history(profile.id, 10).await.unwrap()[1..] {
        assert_eq!((change.patch.as_str(), change.actor.as_str()), ("{}", ""));
    }
    let mut next = new_profile(profile.tenant_id);
    next.external_ids = profile.external_ids.clone();
    let added = store.add(&next, &identities, &provenance()).await;
    added.unwrap();
    assert_eq!(reread(store, &next).await, next);
}

async fn profiles_are_listed_in_pages(store: &dyn AdminRepository) {
    let mut ours = Vec::new();
    for _ in 0..5 {
        ours.push(stored(store, |_| {}).await.id);
    }
    let mut seen: Vec<ProfileId> = Vec::new();
    loop {
        let query = UserQuery {
            after: seen.last().map(|id| UserCursor {
                key: String::new(),
                id: *id,
            }),
            limit: 2,
            ..UserQuery::default()
        };
        let page = store.search(&query).await.unwrap().users;
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 2);
        seen.extend(page.iter().map(|profile| profile.id));
    }
    assert!(seen.is_sorted());
    assert!(ours.iter().all(|id| seen.contains(id)));
}
