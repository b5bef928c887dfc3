//! Tests of stores of the catalogue.

mod quota;
mod tenants;
mod writes;

use futures_util::future::join_all;

use crate::{
    AdminRepository, CatalogueChange, CatalogueEntry, CatalogueId, CatalogueKind, CatalogueName,
    CatalogueOwner, CatalogueStore, TenantId,
};

use super::fixture::{tenant, unique};

const KIND: CatalogueKind = CatalogueKind::Skill;

/// Tests a store of the catalogue, and the `repository` of profiles that add entries to it.
///
/// # Panics
///
/// If the stores violate the behaviour.
pub async fn check_catalogue(store: &dyn CatalogueStore, repository: &dyn AdminRepository) {
    let own = tenant(repository).await;
    for owner in [None, Some(own)] {
        let store = &Owned { store, owner, own };
        spellings_of_a_name_are_one_entry(store).await;
        a_name_belongs_to_one_list(store).await;
        concurrent_inserts_add_one_entry(store).await;
        a_renamed_entry_keeps_its_id(store).await;
        a_merged_entry_resolves_to_its_target(store).await;
        entries_are_listed_in_pages(store).await;
        special_characters_are_stored(store).await;
    }
    tenants::check(store, repository).await;
    writes::check(store, repository).await;
    quota::check(store, repository).await;
}

/// A store, with the owner of the tested entries.
struct Owned<'a> {
    store: &'a dyn CatalogueStore,
    owner: Option<TenantId>,
    /// A tenant that sees the entries.
    own: TenantId,
}

impl Owned<'_> {
    async fn insert(&self, kind: CatalogueKind, names: &[(CatalogueName, Option<String>)]) -> u64 {
        self.store.insert(self.owner, kind, names).await.unwrap()
    }

    async fn rename(&self, id: CatalogueId, name: &CatalogueName) -> CatalogueChange {
        self.store.rename(id, name).await.unwrap()
    }

    async fn merge(&self, from: CatalogueId, into: CatalogueId) -> CatalogueChange {
        self.store.merge(from, into).await.unwrap()
    }
}

/// Returns an unused name.
fn new_name(word: &str) -> CatalogueName {
    name(&format!("{word} {} {}", std::process::id(), unique()))
}

fn name(text: &str) -> CatalogueName {
    CatalogueName::parse(text).expect("the name is valid")
}

async fn add(store: &Owned<'_>, name: &CatalogueName) -> CatalogueEntry {
    store.insert(KIND, &[(name.clone(), None)]).await;
    found(store, name).await.expect("the entry was added")
}

async fn found(store: &Owned<'_>, name: &CatalogueName) -> Option<CatalogueEntry> {
    let entry = seen(store.store, store.owner, name).await;
    let by_tenant = seen(store.store, Some(store.own), name).await;
    assert_eq!(entry, by_tenant, "a tenant sees its own and shared entries");
    entry
}

/// Returns the entry that `owner` sees.
async fn seen(
    store: &dyn CatalogueStore,
    owner: Option<TenantId>,
    name: &CatalogueName,
) -> Option<CatalogueEntry> {
    let mut found = store.by_keys(owner, KIND, &[name.key()]).await.unwrap();
    assert!(found.len() <= 1);
    let (key, entry) = found.pop()?;
    assert_eq!(key, name.key());
    Some(entry)
}

async fn by_id(store: &Owned<'_>, id: CatalogueId) -> Option<CatalogueEntry> {
    seen_id(store.store, store.own, id).await
}

async fn seen_id(
    store: &dyn CatalogueStore,
    tenant: TenantId,
    id: CatalogueId,
) -> Option<CatalogueEntry> {
    let mut found = store.by_ids(tenant, &[id]).await.unwrap();
    assert!(found.len() <= 1);
    let (named, entry) = found.pop()?;
    assert_eq!(named, id);
    Some(entry)
}

async fn spellings_of_a_name_are_one_entry(store: &Owned<'_>) {
    let first = new_name("Stra\u{df}e");
    let other = name(&first.as_str().to_uppercase());
    let names = [
        (first.clone(), Some("A way.".to_owned())),
        (other.clone(), Some("Another.".to_owned())),
    ];
    assert_eq!(store.insert(KIND, &names).await, 1);
    assert_eq!(store.insert(KIND, &names).await, 0);
    assert_eq!(store.insert(KIND, &[]).await, 0);
    let entry = found(store, &other).await.unwrap();
    assert_eq!(entry.name, first.as_str());
    assert_eq!((entry.kind, entry.tenant_id), (KIND, store.owner));
    assert_eq!(entry.description.as_deref(), Some("A way."));
    assert_eq!(by_id(store, entry.id).await, Some(entry));
    assert_eq!(found(store, &new_name("x")).await, None);
    assert_eq!(by_id(store, CatalogueId(i32::MAX)).await, None);
    assert_eq!(by_id(store, CatalogueId(-1)).await, None);
    assert_eq!(store.store.by_ids(store.own, &[]).await.unwrap(), []);
}

async fn a_name_belongs_to_one_list(store: &Owned<'_>) {
    let name = new_name("both");
    let skill = add(store, &name).await;
    let tags = CatalogueKind::Tag;
    store.insert(tags, &[(name.clone(), None)]).await;
    let keys = [name.key()];
    let tag = store.store.by_keys(store.owner, tags, &keys);
    let tag = tag.await.unwrap();
    assert_eq!(tag.len(), 1);
    assert_ne!(tag[0].1.id, skill.id);
    assert_eq!(tag[0].1.kind, tags);
    let merged = store.merge(skill.id, tag[0].1.id).await;
    assert_eq!(merged, CatalogueChange::NotAPair);
}

async fn concurrent_inserts_add_one_entry(store: &Owned<'_>) {
    let name = new_name("race");
    let rows = [(name.clone(), None)];
    let added = join_all((0..16).map(|_| store.insert(KIND, &rows))).await;
    let added: u64 = added.into_iter().sum();
    assert_eq!(added, 1);
    assert!(found(store, &name).await.is_some());
}

async fn a_renamed_entry_keeps_its_id(store: &Owned<'_>) {
    let (old, new, other) = (new_name("old"), new_name("new"), new_name("other"));
    let entry = add(store, &old).await;
    add(store, &other).await;
    let taken = store.rename(entry.id, &other).await;
    assert_eq!(taken, CatalogueChange::NameTaken);
    let renamed = store.rename(entry.id, &new).await;
    assert_eq!(renamed, CatalogueChange::Done);
    let after = by_id(store, entry.id).await.unwrap();
    assert_eq!(after.name, new.as_str());
    assert_eq!(found(store, &new).await, Some(after));
    assert_eq!(found(store, &old).await, None);
    let respelt = name(&new.as_str().to_uppercase());
    let renamed = store.rename(entry.id, &respelt).await;
    assert_eq!(renamed, CatalogueChange::Done);
    let unknown = store.rename(CatalogueId(i32::MAX), &old).await;
    assert_eq!(unknown, CatalogueChange::NoSuchEntry);
}

async fn a_merged_entry_resolves_to_its_target(store: &Owned<'_>) {
    let names = [new_name("a"), new_name("b"), new_name("c")];
    let mut entries = Vec::new();
    for name in &names {
        entries.push(add(store, name).await);
    }
    let [a, b, c] = &entries[..] else {
        unreachable!("three were added");
    };
    for (from, into) in [(a, b), (b, c)] {
        let merged = store.merge(from.id, into.id).await;
        assert_eq!(merged, CatalogueChange::Done);
    }
    for (entry, name) in entries.iter().zip(&names) {
        assert_eq!(by_id(store, entry.id).await.as_ref(), Some(c));
        assert_eq!(found(store, name).await.as_ref(), Some(c));
    }
    // The name of a merged entry stays taken and is not added again.
    let again = store.insert(KIND, &[(names[0].clone(), None)]).await;
    assert_eq!(again, 0);
    for (from, into, outcome) in [
        (c.id, c.id, CatalogueChange::NotAPair),
        (a.id, c.id, CatalogueChange::NoSuchEntry),
        (c.id, a.id, CatalogueChange::NoSuchEntry),
        (c.id, CatalogueId(i32::MAX), CatalogueChange::NoSuchEntry),
    ] {
        assert_eq!(store.merge(from, into).await, outcome);
    }
    let renamed = store.rename(a.id, &new_name("x")).await;
    assert_eq!(renamed, CatalogueChange::NoSuchEntry);
}

async fn entries_are_listed_in_pages(store: &Owned<'_>) {
    let one = add(store, &new_name("one")).await;
    let other = add(store, &new_name("other")).await;
    let gone = add(store, &new_name("gone")).await;
    store.merge(gone.id, one.id).await;
    for kind in [None, Some(KIND)] {
        let mut seen: Vec<CatalogueEntry> = Vec::new();
        loop {
            let after = seen.last().map(|entry| entry.id);
            let owner = match store.owner {
                None => CatalogueOwner::Shared,
                Some(tenant) => CatalogueOwner::Tenant(tenant),
            };
            let page = store.store.list(owner, kind, after, 2).await.unwrap();
            assert!(page.iter().all(|entry| entry.tenant_id == store.owner));
            if page.is_empty() {
                break;
            }
            assert!(page.len() <= 2);
            seen.extend(page);
        }
        assert!(seen.is_sorted_by_key(|entry| entry.id));
        assert!(seen.contains(&one) && seen.contains(&other));
        assert!(!seen.contains(&gone));
    }
    let (any, tag) = (CatalogueOwner::Any, Some(CatalogueKind::Tag));
    let tags = store.store.list(any, tag, None, 1_000).await;
    assert!(tags.unwrap().iter().all(|e| e.kind == CatalogueKind::Tag));
}

async fn special_characters_are_stored(store: &Owned<'_>) {
    for text in [
        "'; DROP TABLE x --",
        "\"q\" \\ $1 ?1 %s",
        "\u{1f600} \u{202b}",
    ] {
        let name = new_name(text);
        let entry = add(store, &name).await;
        assert_eq!(entry.name, name.as_str());
    }
}
