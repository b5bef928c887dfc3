//! Tests of tenants and their isolation.

use super::fixture::{bio, erase, new_profile, now, provenance, reread, stored, update};
use crate::{
    AdminRepository, Error, Field, Identity, Json, Profile, ProfileAbsence, ProfileRef, Tenant,
    TenantId, UserQuery, model::to_micros,
};

pub(super) async fn check(store: &dyn AdminRepository) {
    a_tenant_is_stored_as_added(store).await;
    tenants_are_listed_in_pages(store).await;
    a_profile_is_found_in_its_own_tenant_only(store).await;
    a_write_in_one_tenant_does_not_affect_another(store).await;
    a_removed_user_added_again_is_new(store).await;
    users_of_a_suspended_tenant_are_missing(store).await;
    a_tenant_with_users_is_not_removed(store).await;
    the_default_tenant_cannot_be_removed(store).await;
}

async fn added(store: &dyn AdminRepository) -> Tenant {
    let id = TenantId(new_profile(TenantId(uuid::Uuid::nil())).id.0);
    let tenant = Tenant::new(id, format!("Tenant \"{id}\" \u{e9}"), now());
    store.add_tenant(&tenant).await.unwrap();
    tenant
}

/// Adds a profile of `tenant` to the store.
async fn user(store: &dyn AdminRepository, tenant: &Tenant) -> Profile {
    stored(store, |profile| profile.tenant_id = tenant.id).await
}

async fn a_tenant_is_stored_as_added(store: &dyn AdminRepository) {
    let tenant = added(store).await;
    assert_eq!(store.tenant(tenant.id).await.unwrap(), Some(tenant.clone()));
    let again = Tenant {
        name: "another".to_owned(),
        ..tenant.clone()
    };
    let rejected = store.add_tenant(&again).await;
    assert!(matches!(rejected, Err(Error::Taken(Field::TenantId))));
    assert_eq!(store.tenant(tenant.id).await.unwrap(), Some(tenant));
    let unknown = TenantId(new_profile(again.id).id.0);
    assert_eq!(store.tenant(unknown).await.unwrap(), None);
    assert_eq!(store.count_profiles(unknown).await.unwrap(), 0);
    let suspended = store.suspend_tenant(unknown, Some(now())).await;
    assert_eq!(suspended.unwrap(), None);
}

async fn tenants_are_listed_in_pages(store: &dyn AdminRepository) {
    let ours = [added(store).await, added(store).await, added(store).await];
    let mut seen: Vec<Tenant> = Vec::new();
    loop {
        let after = seen.last().map(|tenant| tenant.id);
        let page = store.tenants(after, 2).await.unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 2);
        seen.extend(page);
    }
    assert!(seen.is_sorted_by_key(|tenant| tenant.id));
    assert!(ours.iter().all(|tenant| seen.contains(tenant)));
}

/// Returns all references to a profile of `fixture`, and a new identity.
fn names(profile: &Profile) -> [ProfileRef; 4] {
    [
        ProfileRef::Id(profile.id),
        ProfileRef::External {
            dialect: "movieknight".into(),
            id: profile.external_ids["movieknight"].clone(),
        },
        ProfileRef::Identity {
            issuer: "https://tenants.example".into(),
            subject: profile.id.to_string(),
        },
        ProfileRef::Username(profile.username.key().to_owned()),
    ]
}

async fn a_profile_is_found_in_its_own_tenant_only(store: &dyn AdminRepository) {
    let (own, other) = (added(store).await, added(store).await);
    let profile = Profile {
        tenant_id: own.id,
        ..new_profile(own.id)
    };
    let identity = Identity {
        issuer: "https://tenants.example".to_owned(),
        subject: profile.id.to_string(),
    };
    let added = store.add(&profile, &[identity], &provenance()).await;
    added.unwrap();
    for who in names(&profile) {
        // Twice, because a store may cache ids.
        for _ in 0..2 {
            let found = store.find_in(own.id, &who).await.unwrap();
            assert_eq!(found.as_ref(), Some(&profile), "{who:?}");
            assert_eq!(store.find_in(other.id, &who).await.unwrap(), None);
        }
        let mut write = update(&profile, bio("must not be kept"));
        write.who = who;
        write.tenant = Some(other.id);
        assert_eq!(store.update(write).await.unwrap(), None);
    }
    assert_eq!(reread(store, &profile).await, profile);
    assert_eq!(store.count_profiles(own.id).await.unwrap(), 1);
    assert_eq!(store.count_profiles(other.id).await.unwrap(), 0);
}

async fn a_write_in_one_tenant_does_not_affect_another(store: &dyn AdminRepository) {
    let (one, other) = (added(store).await, added(store).await);
    let email = "the-same@example.com".to_owned();
    let named = |profile: &mut Profile, tenant: &Tenant| {
        profile.tenant_id = tenant.id;
        profile.email.clone_from(&email);
        profile.display_name = Some("The same".to_owned());
    };
    let ours = stored(store, |profile| named(profile, &one)).await;
    let theirs = stored(store, |profile| named(profile, &other)).await;
    let mut write = update(&ours, bio("new"));
    write.tenant = Some(one.id);
    let after = store.update(write).await.unwrap().unwrap();
    assert_eq!((after.version, after.tenant_id), (2, one.id));
    assert_eq!(reread(store, &theirs).await, theirs);
}

async fn a_removed_user_added_again_is_new(store: &dyn AdminRepository) {
    let (one, other) = (added(store).await, added(store).await);
    let profile = Profile {
        tenant_id: one.id,
        ..new_profile(one.id)
    };
    let identity = [Identity {
        issuer: "https://tenants.example".to_owned(),
        subject: profile.id.to_string(),
    }];
    let who = &names(&profile)[2];
    store.add(&profile, &identity, &provenance()).await.unwrap();
    store.update(update(&profile, bio("old"))).await.unwrap();
    assert!(store.find_in(one.id, who).await.unwrap().is_some());
    assert!(erase(store, profile.id).await);
    let next = Profile {
        tenant_id: other.id,
        external_ids: profile.external_ids.clone(),
        ..new_profile(other.id)
    };
    store.add(&next, &identity, &provenance()).await.unwrap();
    assert_eq!(store.find_in(one.id, who).await.unwrap(), None);
    let found = store.find_in(other.id, who).await.unwrap();
    assert_eq!(found.as_ref(), Some(&next));
}

async fn users_of_a_suspended_tenant_are_missing(store: &dyn AdminRepository) {
    let (tenant, other) = (added(store).await, added(store).await);
    let (profile, bystander) = (user(store, &tenant).await, user(store, &other).await);
    let since = now();
    let suspended = store.suspend_tenant(tenant.id, Some(since)).await.unwrap();
    let suspended = suspended.unwrap();
    assert_eq!(suspended.suspended_at, Some(to_micros(since)));
    let again = store.suspend_tenant(tenant.id, Some(now())).await.unwrap();
    assert_eq!(again, Some(suspended.clone()));
    assert_eq!(store.tenant(tenant.id).await.unwrap(), Some(suspended));

    for who in [&names(&profile)[0], &names(&profile)[1]] {
        assert_eq!(store.find(who).await.unwrap(), None);
        assert_eq!(store.find_in(tenant.id, who).await.unwrap(), None);
        for expected in [None, Some(profile.revision())] {
            let mut write = update(&profile, bio("must not be kept"));
            (write.who, write.expected) = (who.clone(), expected);
            assert_eq!(store.update(write).await.unwrap(), None);
        }
        let inspected = store.inspect(who).await.unwrap();
        assert_eq!(inspected.as_ref(), Some(&profile));
    }
    let explain = async |profile: &Profile, claimed| {
        let who = ProfileRef::Id(profile.id);
        ProfileAbsence::explain(store, &who, claimed).await.unwrap()
    };
    let absence = ProfileAbsence::SuspendedTenant(tenant.id);
    assert_eq!(explain(&profile, None).await, Some(absence));
    assert_eq!(explain(&bystander, None).await, None);
    assert_eq!(explain(&bystander, Some(other.id)).await, None);
    let (claimed, own) = (tenant.id, other.id);
    let absence = ProfileAbsence::OtherTenant { claimed, own };
    assert_eq!(explain(&bystander, Some(claimed)).await, Some(absence));
    let stranger = new_profile(tenant.id);
    assert_eq!(explain(&stranger, None).await, Some(ProfileAbsence::NoUser));
    let all = UserQuery {
        limit: u32::MAX,
        ..UserQuery::default()
    };
    let listed = store.search(&all).await.unwrap().users;
    assert!(listed.contains(&profile));
    assert_eq!(reread(store, &bystander).await, bystander);
    // Operators can still change the profile.
    let operator_data = Json::parse("{}".to_owned()).unwrap();
    let who = ProfileRef::Id(profile.id);
    let by = provenance();
    let set = store
        .set_operator_data(&who, "iam", Some(&operator_data), &by)
        .await;
    assert!(set.unwrap().is_some());

    let resumed = store.suspend_tenant(tenant.id, None).await.unwrap();
    assert_eq!(resumed, Some(tenant));
    let written = store.update(update(&profile, bio("kept"))).await.unwrap();
    assert_eq!(written, Some(reread(store, &profile).await));
}

async fn a_tenant_with_users_is_not_removed(store: &dyn AdminRepository) {
    let tenant = added(store).await;
    let profile = user(store, &tenant).await;
    let rejected = store.remove_tenant(tenant.id).await;
    assert!(
        matches!(&rejected, Err(Error::Invalid(why)) if why[0].field == Field::TenantId),
        "{rejected:?}"
    );
    let found = store.tenant(tenant.id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&tenant));
    assert!(erase(store, profile.id).await);
    assert!(store.remove_tenant(tenant.id).await.unwrap());
    assert!(!store.remove_tenant(tenant.id).await.unwrap());
    assert_eq!(store.tenant(tenant.id).await.unwrap(), None);
}

async fn the_default_tenant_cannot_be_removed(store: &dyn AdminRepository) {
    let id = super::fixture::tenant(store).await;
    let before = store.tenant(id).await.unwrap().unwrap();
    assert!(before.is_default);
    let rejected = store.remove_tenant(id).await;
    assert!(matches!(rejected, Err(Error::Invalid(_))));
    assert_eq!(store.tenant(id).await.unwrap(), Some(before));
    let second = added(store).await;
    assert!(!store.tenant(second.id).await.unwrap().unwrap().is_default);
}
