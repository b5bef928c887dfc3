//! Tests of entries that the write of a profile adds.

use futures_util::future::join_all;

use super::{AdminRepository, CatalogueStore, KIND, TenantId, new_name, seen, seen_id, tenant};
use crate::{
    CatalogueChange, CatalogueId, CatalogueName, Edit, NewEntry, Profile, ProfilePatch, ProfileRef,
    Revision,
    behaviour::fixture::{erase, reread, stored, update},
};

pub(super) async fn check(store: &dyn CatalogueStore, repository: &dyn AdminRepository) {
    a_write_adds_its_new_entries(store, repository).await;
    a_rejected_write_adds_nothing(store, repository).await;
    concurrent_writers_of_a_name_share_an_entry(store, repository).await;
    entries_renamed_before_a_write_do_not_shift_others(store, repository).await;
    a_taken_id_is_replaced(store, repository).await;
    unused_entries_are_removed_with_their_profile(store, repository).await;
}

/// Creates a patch that sets the skills to new entries with `names`.
pub(super) fn skills(names: &[&CatalogueName]) -> ProfilePatch {
    let new = names.iter().map(|name| NewEntry {
        id: CatalogueId::random(),
        kind: KIND,
        name: (*name).clone(),
    });
    let new_entries: Vec<_> = new.collect();
    ProfilePatch {
        skills: Some(new_entries.iter().map(|new| new.id).collect()),
        new_entries,
        ..ProfilePatch::default()
    }
}

pub(super) async fn write(
    repository: &dyn AdminRepository,
    profile: &Profile,
    patch: ProfilePatch,
) -> Profile {
    let written = repository.update(update(profile, patch)).await.unwrap();
    written.expect("the profile exists")
}

pub(super) async fn ids(
    store: &dyn CatalogueStore,
    owner: TenantId,
    names: &[&CatalogueName],
) -> Vec<CatalogueId> {
    let mut ids = Vec::new();
    for name in names {
        ids.push(seen(store, Some(owner), name).await.unwrap().id);
    }
    ids
}

async fn a_write_adds_its_new_entries(
    store: &dyn CatalogueStore,
    repository: &dyn AdminRepository,
) {
    let (one, other, shared) = (new_name("One"), new_name("Other"), new_name("Shared"));
    let names = [(shared.clone(), None)];
    store.insert(None, KIND, &names).await.unwrap();
    let profile = stored(repository, |_| {}).await;
    let patch = skills(&[&one, &shared, &other]);
    let written = write(repository, &profile, patch.clone()).await;
    let owner = profile.tenant_id;
    assert_eq!(
        written.skills,
        ids(store, owner, &[&one, &shared, &other]).await
    );
    assert_eq!(reread(repository, &profile).await, written);
    let of_shared = seen(store, Some(owner), &shared).await.unwrap();
    assert_eq!(
        of_shared.tenant_id, None,
        "a name that the tenant sees is not added"
    );
    let again = write(repository, &profile, patch).await;
    assert_eq!(again, written, "the same names are no change");
    let fewer = write(repository, &profile, skills(&[&other, &other])).await;
    assert_eq!(fewer.skills, ids(store, owner, &[&other]).await);
}

async fn a_rejected_write_adds_nothing(
    store: &dyn CatalogueStore,
    repository: &dyn AdminRepository,
) {
    let holder = stored(repository, |_| {}).await;
    let profile = stored(repository, |profile| {
        profile.auth_provider = crate::AuthProvider::Oidc;
    })
    .await;
    let name = new_name("Orphan");
    let mut stale = update(&profile, skills(&[&name]));
    stale.expected = Some(Revision {
        version: 99,
        ..profile.revision()
    });
    let mut foreign = update(&profile, skills(&[&name]));
    foreign.tenant = Some(TenantId(holder.id.0));
    let mut unknown = update(&profile, skills(&[&name]));
    unknown.who = ProfileRef::Username("no such user".to_owned());
    let managed = update(
        &profile,
        ProfilePatch {
            full_name: Edit::Set("Changed".to_owned()),
            ..skills(&[&name])
        },
    );
    let taken = update(
        &profile,
        ProfilePatch {
            username: Some(holder.username.clone()),
            ..skills(&[&name])
        },
    );
    for (write, outcome) in [
        (stale, "the profile has changed"),
        (managed, "managed by the oidc identity provider"),
        (taken, "username is taken"),
    ] {
        let error = repository.update(write).await.unwrap_err();
        assert_eq!(error.to_string(), outcome);
    }
    for write in [foreign, unknown] {
        assert_eq!(repository.update(write).await.unwrap(), None);
    }
    assert_eq!(seen(store, Some(profile.tenant_id), &name).await, None);
    assert_eq!(reread(repository, &profile).await, profile);
}

async fn concurrent_writers_of_a_name_share_an_entry(
    store: &dyn CatalogueStore,
    repository: &dyn AdminRepository,
) {
    let mut profiles = Vec::new();
    for _ in 0..8 {
        profiles.push(stored(repository, |_| {}).await);
    }
    let (one, other) = (new_name("Same"), new_name("Same as well"));
    let names = [[&one, &other], [&other, &one]];
    let writes = profiles.iter().zip(names.iter().cycle());
    let writes = writes.map(|(profile, names)| write(repository, profile, skills(names)));
    let written = join_all(writes).await;
    let owner = tenant(repository).await;
    for (profile, names) in written.iter().zip(names.iter().cycle()) {
        assert_eq!(profile.skills, ids(store, owner, names).await);
    }
}

/// A request looks up its names before it writes; an entry is renamed in between.
async fn entries_renamed_before_a_write_do_not_shift_others(
    store: &dyn CatalogueStore,
    repository: &dyn AdminRepository,
) {
    let (profile, other) = (
        stored(repository, |_| {}).await,
        stored(repository, |_| {}).await,
    );
    let names = ["First", "Middle", "Last"].map(new_name);
    let names: Vec<_> = names.iter().collect();
    let (renamed, former) = (new_name("Renamed"), new_name("Former"));
    let unseen = skills(&names);
    let added = write(repository, &other, skills(&names)).await.skills;
    let change = store.rename(added[1], &renamed).await.unwrap();
    assert_eq!(change, CatalogueChange::Done);
    let written = write(repository, &profile, unseen.clone()).await.skills;
    assert_eq!(written, ids(store, profile.tenant_id, &names).await);
    assert_eq!([written[0], written[2]], [added[0], added[2]]);
    assert_ne!(written[1], added[1]);
    for (id, name) in [(written[1], &former), (added[1], names[1])] {
        let change = store.rename(id, name).await.unwrap();
        assert_eq!(change, CatalogueChange::Done);
    }
    let written = write(repository, &profile, unseen).await.skills;
    assert_eq!(written, added);
}

async fn a_taken_id_is_replaced(store: &dyn CatalogueStore, repository: &dyn AdminRepository) {
    let (one, other) = (
        stored(repository, |_| {}).await,
        stored(repository, |_| {}).await,
    );
    let (known, new) = (new_name("Known"), new_name("New"));
    let taken = write(repository, &one, skills(&[&known])).await.skills;
    let mut patch = skills(&[&new]);
    patch.new_entries[0].id = taken[0];
    patch.skills = Some(taken.clone());
    let written = write(repository, &other, patch).await.skills;
    assert_ne!(written, taken);
    assert_eq!(written, ids(store, other.tenant_id, &[&new]).await);
    assert_eq!(taken, ids(store, one.tenant_id, &[&known]).await);
}

async fn unused_entries_are_removed_with_their_profile(
    store: &dyn CatalogueStore,
    repository: &dyn AdminRepository,
) {
    let (leaver, stayer) = (
        stored(repository, |_| {}).await,
        stored(repository, |_| {}).await,
    );
    let owner = leaver.tenant_id;
    let (own, former, both) = (new_name("Own"), new_name("Former"), new_name("Both"));
    let (shared, merged, target) = (new_name("Shared"), new_name("From"), new_name("Into"));
    let names = [(shared.clone(), None)];
    store.insert(None, KIND, &names).await.unwrap();
    write(repository, &leaver, skills(&[&former, &merged, &target])).await;
    let pair = ids(store, owner, &[&merged, &target]).await;
    store.merge(pair[0], pair[1]).await.unwrap();
    write(repository, &leaver, skills(&[&own, &both, &shared])).await;
    write(repository, &stayer, skills(&[&both])).await;
    let kept = ids(store, owner, &[&both, &shared, &target]).await;
    let gone = ids(store, owner, &[&own, &former]).await;
    assert!(erase(repository, leaver.id).await);
    for id in gone {
        assert_eq!(seen_id(store, owner, id).await, None);
    }
    for name in [&own, &former] {
        assert_eq!(seen(store, Some(owner), name).await, None);
    }
    assert_eq!(ids(store, owner, &[&both, &shared, &target]).await, kept);
    let stays = reread(repository, &stayer).await;
    assert_eq!(stays.skills, kept[..1]);
}
