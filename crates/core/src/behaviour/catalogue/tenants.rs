//! Tests of the isolation of tenants in the catalogue.

use super::{
    AdminRepository, CatalogueChange, CatalogueStore, KIND, TenantId, new_name, seen, seen_id,
};
use crate::{CatalogueName, CatalogueOwner, Tenant, behaviour::fixture};

pub(super) async fn check(store: &dyn CatalogueStore, repository: &dyn AdminRepository) {
    a_tenant_sees_nothing_of_another(store, repository).await;
    a_shared_entry_absorbs_entries_of_tenants(store, repository).await;
    entries_merge_within_their_tenant_or_into_shared_ones(store, repository).await;
    entries_are_removed_with_their_tenant(store, repository).await;
}

async fn new_tenant(repository: &dyn AdminRepository) -> TenantId {
    let id = TenantId(fixture::new_profile(TenantId(uuid::Uuid::nil())).id.0);
    let tenant = Tenant::new(id, "t".to_owned(), fixture::now());
    repository.add_tenant(&tenant).await.unwrap();
    id
}

async fn insert(store: &dyn CatalogueStore, owner: Option<TenantId>, name: &CatalogueName) {
    let names = [(name.clone(), None)];
    assert_eq!(store.insert(owner, KIND, &names).await.unwrap(), 1);
}

async fn a_tenant_sees_nothing_of_another(
    store: &dyn CatalogueStore,
    repository: &dyn AdminRepository,
) {
    let (one, other) = (new_tenant(repository).await, new_tenant(repository).await);
    let name = new_name("Secret");
    insert(store, Some(one), &name).await;
    let entry = seen(store, Some(one), &name).await.unwrap();
    assert_eq!(seen_id(store, one, entry.id).await.as_ref(), Some(&entry));
    assert_eq!(seen(store, Some(other), &name).await, None);
    assert_eq!(seen(store, None, &name).await, None);
    assert_eq!(seen_id(store, other, entry.id).await, None);
    let spelt = CatalogueName::parse(&name.as_str().to_uppercase()).unwrap();
    insert(store, Some(other), &spelt).await;
    let own = seen(store, Some(other), &name).await.unwrap();
    assert_eq!(own.name, spelt.as_str(), "each tenant has its own spelling");
    assert_eq!(seen(store, Some(one), &name).await, Some(entry.clone()));
    let of = |tenant| store.list(CatalogueOwner::Tenant(tenant), Some(KIND), None, 100);
    assert_eq!(of(one).await.unwrap(), [entry]);
    assert_eq!(of(other).await.unwrap(), [own]);
}

async fn a_shared_entry_absorbs_entries_of_tenants(
    store: &dyn CatalogueStore,
    repository: &dyn AdminRepository,
) {
    let (one, other) = (new_tenant(repository).await, new_tenant(repository).await);
    for by_renaming in [false, true] {
        let name = new_name("Common");
        insert(store, Some(one), &name).await;
        let own = seen(store, Some(one), &name).await.unwrap();
        let merged = new_name("Merged before");
        insert(store, Some(one), &merged).await;
        let before = seen(store, Some(one), &merged).await.unwrap();
        let done = store.merge(before.id, own.id).await.unwrap();
        assert_eq!(done, CatalogueChange::Done);
        if by_renaming {
            let old = new_name("Old");
            insert(store, None, &old).await;
            let shared = seen(store, None, &old).await.unwrap();
            let done = store.rename(shared.id, &name).await.unwrap();
            assert_eq!(done, CatalogueChange::Done);
        } else {
            insert(store, None, &name).await;
        }
        let shared = seen(store, None, &name).await.unwrap();
        assert_eq!(shared.tenant_id, None);
        for tenant in [one, other] {
            assert_eq!(
                seen(store, Some(tenant), &name).await.as_ref(),
                Some(&shared)
            );
        }
        for id in [own.id, before.id] {
            assert_eq!(seen_id(store, one, id).await.as_ref(), Some(&shared));
            assert_eq!(seen_id(store, other, id).await, None);
        }
        let again = store.insert(Some(other), KIND, &[(name, None)]).await;
        assert_eq!(
            again.unwrap(),
            0,
            "a tenant adds no name that it already sees"
        );
    }
}

async fn entries_merge_within_their_tenant_or_into_shared_ones(
    store: &dyn CatalogueStore,
    repository: &dyn AdminRepository,
) {
    let (one, other) = (new_tenant(repository).await, new_tenant(repository).await);
    let mut ids = Vec::new();
    for owner in [Some(one), Some(other), None] {
        let name = new_name("Pair");
        insert(store, owner, &name).await;
        ids.push(seen(store, owner, &name).await.unwrap().id);
    }
    let [of_one, of_other, shared] = ids[..] else {
        unreachable!("three were added");
    };
    for (from, into, outcome) in [
        (of_one, of_other, CatalogueChange::NotAPair),
        (shared, of_one, CatalogueChange::NotAPair),
        (of_one, shared, CatalogueChange::Done),
    ] {
        assert_eq!(store.merge(from, into).await.unwrap(), outcome);
    }
    assert_eq!(seen_id(store, one, of_one).await.unwrap().id, shared);
}

async fn entries_are_removed_with_their_tenant(
    store: &dyn CatalogueStore,
    repository: &dyn AdminRepository,
) {
    let tenant = new_tenant(repository).await;
    let name = new_name("Last");
    insert(store, Some(tenant), &name).await;
    assert!(repository.remove_tenant(tenant).await.unwrap());
    assert_eq!(seen(store, Some(tenant), &name).await, None);
}
