//! Tests of the holders of user names.

use super::fixture::{erase, new_profile, now, provenance, reread, stored, tenant, unique, update};
use crate::{AdminRepository, Error, Field, Profile, ProfilePatch, ProfileRef, Username};

pub(super) async fn check(store: &dyn AdminRepository) {
    a_look_alike_is_taken(store).await;
    own_look_alikes_are_accepted(store).await;
    a_former_name_is_reserved(store).await;
    the_names_of_a_removed_profile_are_reserved(store).await;
    ten_former_names_of_a_profile_are_reserved(store).await;
    a_name_of_a_suspended_tenant_is_held(store).await;
    one_of_several_concurrent_renames_succeeds(store).await;
}

/// Tests a store in which former names are not reserved.
///
/// # Panics
///
/// If a former name is not free immediately.
pub async fn check_freed_usernames(store: &dyn AdminRepository) {
    let (one, other) = (stored(store, |_| {}).await, stored(store, |_| {}).await);
    rename(store, &one, &new_name("moved")).await.unwrap();
    assert_eq!(store.username_holders(&one.username).await.unwrap(), []);
    rename(store, &other, &one.username).await.unwrap();
    assert!(erase(store, other.id).await);
    let mut third = new_profile(one.tenant_id);
    third.username = one.username.clone();
    store.add(&third, &[], &provenance()).await.unwrap();
    let holders = store.username_holders(&one.username).await.unwrap();
    assert_eq!(holders, [third.id]);
}

fn name(text: &str) -> Username {
    Username::parse(text).unwrap()
}

fn new_name(word: &str) -> Username {
    name(&format!("{word}-{}-{}", std::process::id(), unique()))
}

async fn rename(
    store: &dyn AdminRepository,
    profile: &Profile,
    name: &Username,
) -> crate::Result<Option<Profile>> {
    let patch = ProfilePatch {
        username: Some(name.clone()),
        ..ProfilePatch::default()
    };
    store.update(update(profile, patch)).await
}

/// Asserts that only `holder` can take `name`.
async fn assert_held(store: &dyn AdminRepository, holder: &Profile, name: &Username) {
    assert_eq!(store.username_holders(name).await.unwrap(), [holder.id]);
    let other = stored(store, |_| {}).await;
    let rejected = rename(store, &other, name).await;
    assert!(
        matches!(rejected, Err(Error::Taken(Field::Username))),
        "{name:?}"
    );
    assert_eq!(reread(store, &other).await, other);
    let mut new = new_profile(tenant(store).await);
    new.username = name.clone();
    let rejected = store.add(&new, &[], &provenance()).await;
    assert!(
        matches!(rejected, Err(Error::Taken(Field::Username))),
        "{name:?}"
    );
    assert_eq!(store.find(&ProfileRef::Id(new.id)).await.unwrap(), None);
}

async fn a_look_alike_is_taken(store: &dyn AdminRepository) {
    let holder = stored(store, |_| {}).await;
    let spelt = holder.username.as_str();
    for alike in [
        spelt.to_owned(),
        spelt.to_uppercase(),
        spelt.replace('u', "\u{1d1c}"),
        spelt.replace('s', "\u{a731}"),
        spelt.replace('1', "l").replace('0', "O"),
        spelt.replace('1', "I").to_uppercase(),
    ] {
        assert_held(store, &holder, &name(&alike)).await;
    }
    let mut long = new_profile(holder.tenant_id);
    long.username = new_name("mike");
    store.add(&long, &[], &provenance()).await.unwrap();
    let alike = long.username.as_str().replace('m', "rn");
    assert_held(store, &long, &name(&alike)).await;
    let free = new_name("free");
    assert_eq!(store.username_holders(&free).await.unwrap(), []);
}

async fn own_look_alikes_are_accepted(store: &dyn AdminRepository) {
    let profile = stored(store, |_| {}).await;
    let spelt = profile.username.as_str();
    for alike in [
        spelt.replace('s', "\u{a731}"),
        spelt.to_uppercase(),
        spelt.to_owned(),
    ] {
        let renamed = rename(store, &profile, &name(&alike)).await.unwrap();
        assert_eq!(renamed.unwrap().username, name(&alike));
        let holders = store.username_holders(&profile.username).await.unwrap();
        assert_eq!(holders, [profile.id]);
    }
}

async fn a_former_name_is_reserved(store: &dyn AdminRepository) {
    let profile = stored(store, |_| {}).await;
    let first = profile.username.clone();
    let second = new_name("second");
    rename(store, &profile, &second).await.unwrap();
    assert_held(store, &profile, &first).await;
    assert_held(store, &profile, &second).await;
    let alike = name(&first.as_str().replace('s', "\u{a731}"));
    assert_held(store, &profile, &alike).await;
    let who = ProfileRef::Username(first.key().to_owned());
    assert_eq!(
        store.find(&who).await.unwrap(),
        None,
        "a former name finds no profile"
    );
    let back = rename(store, &profile, &first).await.unwrap();
    assert_eq!(back.unwrap().username, first);
    assert_held(store, &profile, &second).await;
}

async fn the_names_of_a_removed_profile_are_reserved(store: &dyn AdminRepository) {
    let profile = stored(store, |_| {}).await;
    let second = new_name("last");
    rename(store, &profile, &second).await.unwrap();
    assert!(erase(store, profile.id).await);
    for name in [&profile.username, &second] {
        assert_held(store, &profile, name).await;
    }
}

async fn ten_former_names_of_a_profile_are_reserved(store: &dyn AdminRepository) {
    let profile = stored(store, |_| {}).await;
    let mut names = vec![profile.username.clone()];
    for _ in 0..11 {
        let name = new_name("again");
        rename(store, &profile, &name).await.unwrap();
        names.push(name);
    }
    assert_eq!(store.username_holders(&names[0]).await.unwrap(), []);
    for name in &names[1..] {
        let holders = store.username_holders(name).await.unwrap();
        assert_eq!(holders, [profile.id]);
    }
}

async fn a_name_of_a_suspended_tenant_is_held(store: &dyn AdminRepository) {
    let id = crate::TenantId(new_profile(tenant(store).await).id.0);
    let suspended = crate::Tenant::new(id, "s".to_owned(), now());
    store.add_tenant(&suspended).await.unwrap();
    let profile = stored(store, |profile| profile.tenant_id = id).await;
    store.suspend_tenant(id, Some(now())).await.unwrap();
    assert_eq!(store.find(&ProfileRef::Id(profile.id)).await.unwrap(), None);
    assert_held(store, &profile, &profile.username).await;
}

async fn one_of_several_concurrent_renames_succeeds(store: &dyn AdminRepository) {
    let name = new_name("wanted");
    let mut profiles = Vec::new();
    for _ in 0..8 {
        profiles.push(stored(store, |_| {}).await);
    }
    let alike = self::name(&name.as_str().replace('n', "\u{274}"));
    let spellings = [&name, &alike].into_iter().cycle();
    let renames = profiles.iter().zip(spellings);
    let renames = renames.map(|(profile, name)| rename(store, profile, name));
    let outcomes = futures_util::future::join_all(renames).await;
    let taken = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(taken, 1);
    assert_eq!(store.username_holders(&name).await.unwrap().len(), 1);
}
