//! A catalogue in memory, for tests and embedders, and as the reference for other stores.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{
    CatalogueChange, CatalogueEntry, CatalogueId, CatalogueKind, CatalogueName, CatalogueOwner,
    CatalogueStore, EntryRecord, Profile, ProfileId, ProfilePatch, ProfileUpdate, Result, TenantId,
};

/// A catalogue in memory. [`crate::MemoryProfiles::catalogue`] returns the catalogue of profiles in
/// memory.
#[derive(Debug, Default)]
pub struct MemoryCatalogue(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries(BTreeMap<CatalogueId, StoredEntry>);

#[derive(Clone, Debug)]
struct StoredEntry {
    entry: CatalogueEntry,
    key: String,
    merged_into: Option<CatalogueId>,
    /// The profile that added the entry, and the time.
    created: Option<(ProfileId, Timestamp)>,
}

impl StoredEntry {
    fn record(&self) -> EntryRecord {
        let entry = self.entry.clone();
        EntryRecord {
            id: entry.id,
            tenant_id: entry.tenant_id,
            kind: entry.kind,
            name: entry.name,
            description: entry.description,
            merged_into: self.merged_into,
            created_by: self.created.map(|(by, _)| by),
            created_at: self.created.map(|(_, at)| at),
        }
    }

    fn is_seen_by(&self, owner: Option<TenantId>) -> bool {
        self.entry.tenant_id.is_none() || self.entry.tenant_id == owner
    }
}

impl Entries {
    /// Returns the entry itself, or the one that it was merged into.
    fn resolve<'a>(&'a self, stored: &'a StoredEntry) -> Option<&'a CatalogueEntry> {
        match stored.merged_into {
            Some(into) => self.0.get(&into).map(|stored| &stored.entry),
            None => Some(&stored.entry),
        }
    }

    /// Returns the entry that `owner` sees for a name: its own, or else a shared one.
    fn seen(
        &self,
        owner: Option<TenantId>,
        kind: CatalogueKind,
        key: &str,
    ) -> Option<&StoredEntry> {
        let named = self.0.values();
        let named = named.filter(|stored| stored.entry.kind == kind && stored.key == key);
        let seen = named.filter(|stored| stored.is_seen_by(owner));
        seen.max_by_key(|stored| stored.entry.tenant_id.is_some())
    }

    fn live(&self, id: CatalogueId) -> Option<&StoredEntry> {
        let stored = self.0.get(&id)?;
        stored.merged_into.is_none().then_some(stored)
    }

    fn insert(
        &mut self,
        entry: CatalogueEntry,
        key: &str,
        created: Option<(ProfileId, Timestamp)>,
    ) {
        let stored = StoredEntry {
            key: key.to_owned(),
            merged_into: None,
            created,
            entry,
        };
        self.0.insert(stored.entry.id, stored);
    }

    /// Merges `from`, and the entries that were merged into it, into `into`.
    fn merge(&mut self, from: CatalogueId, into: CatalogueId) {
        for stored in self.0.values_mut() {
            if stored.entry.id == from || stored.merged_into == Some(from) {
                stored.merged_into = Some(into);
            }
        }
    }

    /// Merges the entries of tenants that have a shared name into the shared entry.
    fn absorb(&mut self, kind: CatalogueKind, key: &str) {
        let Some(shared) = self.seen(None, kind, key).and_then(|s| self.resolve(s)) else {
            return;
        };
        let into = shared.id;
        let same = self.0.values().filter(|stored| {
            stored.entry.tenant_id.is_some()
                && stored.merged_into.is_none()
                && (stored.entry.kind, stored.key.as_str()) == (kind, key)
        });
        let same: Vec<_> = same.map(|stored| stored.entry.id).collect();
        for from in same {
            self.merge(from, into);
        }
    }
}

impl MemoryCatalogue {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        // A panic leaves no partial change: every check precedes the first write.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces new entries of `patch` that `tenant` already sees, and new ids that are taken.
    pub(crate) fn settle(&self, tenant: TenantId, patch: &mut ProfilePatch) {
        let entries = self.entries();
        patch.use_existing_entries(|new| {
            let seen = entries.seen(Some(tenant), new.kind, new.name.key())?;
            entries.resolve(seen).map(|entry| entry.id)
        });
        patch.renumber_new_entries(|id| entries.0.contains_key(&id));
    }

    /// Checks that `profile` may add the new entries of a settled update.
    pub(crate) fn check_quota(&self, profile: ProfileId, update: &ProfileUpdate) -> Result<()> {
        let Some(room) = update.entry_room() else {
            return Ok(());
        };
        let entries = self.entries();
        let created = entries.0.values().filter_map(|stored| stored.created);
        let own = created.filter(|(by, at)| *by == profile && *at > room.since);
        let mut times: Vec<_> = own.map(|(_, at)| at).collect();
        times.sort_unstable_by(|one, other| other.cmp(one));
        let index = usize::try_from(room.others).unwrap_or(0);
        room.check(times.get(index).copied())
    }

    /// Adds the new entries of a settled update of `profile`.
    pub(crate) fn add_new(&self, profile: &Profile, update: &ProfileUpdate) {
        let mut entries = self.entries();
        for new in &update.patch.new_entries {
            let entry = CatalogueEntry {
                id: new.id,
                tenant_id: Some(profile.tenant_id),
                kind: new.kind,
                name: new.name.as_str().to_owned(),
                description: None,
            };
            entries.insert(
                entry,
                new.name.key(),
                Some((profile.id, update.provenance.at())),
            );
        }
    }

    /// Removes the entries of `tenant` that `by` added or that are in `used`, unless another
    /// profile (`is_used`) or a merged entry refers to them.
    pub(crate) fn remove_unused(
        &self,
        tenant: TenantId,
        by: ProfileId,
        used: &[CatalogueId],
        is_used: impl Fn(CatalogueId) -> bool,
    ) {
        let mut entries = self.entries();
        let targets = entries.0.values().filter_map(|stored| stored.merged_into);
        let targets: Vec<_> = targets.collect();
        entries.0.retain(|id, stored| {
            let is_creator = stored.created.is_some_and(|(creator, _)| creator == by);
            if is_creator {
                stored.created = None;
            }
            let is_own = is_creator || used.contains(id);
            let is_unused = !targets.contains(id) && !is_used(*id);
            !(is_own && is_unused && stored.entry.tenant_id == Some(tenant))
        });
    }

    /// Returns up to `limit` entries with ids above `after`, merged ones or others.
    pub(crate) fn records(
        &self,
        is_merged: bool,
        after: Option<CatalogueId>,
        limit: usize,
    ) -> Vec<EntryRecord> {
        let entries = self.entries();
        let wanted = entries.0.values().filter(|stored| {
            stored.merged_into.is_some() == is_merged
                && after.is_none_or(|after| stored.entry.id > after)
        });
        wanted.take(limit).map(StoredEntry::record).collect()
    }

    /// Returns an entry as it is stored.
    pub(crate) fn record(&self, id: CatalogueId) -> Option<EntryRecord> {
        self.entries().0.get(&id).map(StoredEntry::record)
    }

    /// Adds an entry, and returns false if its id or name is taken, or the entry that it was merged
    /// into does not exist.
    pub(crate) fn insert_record(&self, record: &EntryRecord, key: &str) -> bool {
        let mut entries = self.entries();
        let is_same = |stored: &StoredEntry| {
            stored.entry.id == record.id
                || (stored.entry.tenant_id, stored.entry.kind, &*stored.key)
                    == (record.tenant_id, record.kind, key)
        };
        let target = record.merged_into;
        if entries.0.values().any(is_same)
            || target.is_some_and(|target| !entries.0.contains_key(&target))
        {
            return false;
        }
        let entry = CatalogueEntry {
            id: record.id,
            tenant_id: record.tenant_id,
            kind: record.kind,
            name: record.name.clone(),
            description: record.description.clone(),
        };
        let stored = StoredEntry {
            entry,
            key: key.to_owned(),
            merged_into: record.merged_into,
            created: record.created_by.zip(record.created_at),
        };
        entries.0.insert(record.id, stored);
        true
    }

    /// Removes all entries of a tenant.
    pub(crate) fn remove_tenant(&self, tenant: TenantId) {
        let mut entries = self.entries();
        let is_other = |stored: &StoredEntry| stored.entry.tenant_id != Some(tenant);
        entries.0.retain(|_, stored| is_other(stored));
    }
}

#[async_trait]
impl CatalogueStore for MemoryCatalogue {
    async fn by_ids(
        &self,
        tenant: TenantId,
        ids: &[CatalogueId],
    ) -> Result<Vec<(CatalogueId, CatalogueEntry)>> {
        let entries = self.entries();
        let found = ids.iter().filter_map(|id| {
            let stored = entries.0.get(id);
            let stored = stored.filter(|stored| stored.is_seen_by(Some(tenant)))?;
            Some((*id, entries.resolve(stored)?.clone()))
        });
        Ok(found.collect())
    }

    async fn by_keys(
        &self,
        owner: Option<TenantId>,
        kind: CatalogueKind,
        keys: &[&str],
    ) -> Result<Vec<(String, CatalogueEntry)>> {
        let entries = self.entries();
        let found = keys.iter().filter_map(|key| {
            let entry = entries.resolve(entries.seen(owner, kind, key)?)?;
            Some(((*key).to_owned(), entry.clone()))
        });
        Ok(found.collect())
    }

    async fn insert(
        &self,
        owner: Option<TenantId>,
        kind: CatalogueKind,
        names: &[(CatalogueName, Option<String>)],
    ) -> Result<u64> {
        let mut entries = self.entries();
        let mut added = 0;
        for (name, description) in names {
            if entries.seen(owner, kind, name.key()).is_none() {
                let mut id = CatalogueId::random();
                while entries.0.contains_key(&id) {
                    id = CatalogueId::random();
                }
                let entry = CatalogueEntry {
                    id,
                    tenant_id: owner,
                    kind,
                    name: name.as_str().to_owned(),
                    description: description.clone(),
                };
                entries.insert(entry, name.key(), None);
                added += 1;
            }
            entries.absorb(kind, name.key());
        }
        Ok(added)
    }

    async fn list(
        &self,
        owner: CatalogueOwner,
        kind: Option<CatalogueKind>,
        after: Option<CatalogueId>,
        limit: u32,
    ) -> Result<Vec<CatalogueEntry>> {
        let entries = self.entries();
        let wanted = entries.0.values().filter(|stored| {
            let is_owned = match owner {
                CatalogueOwner::Any => true,
                CatalogueOwner::Shared => stored.entry.tenant_id.is_none(),
                CatalogueOwner::Tenant(tenant) => stored.entry.tenant_id == Some(tenant),
            };
            is_owned
                && stored.merged_into.is_none()
                && kind.is_none_or(|kind| stored.entry.kind == kind)
                && after.is_none_or(|after| stored.entry.id > after)
        });
        let page = wanted.take(limit as usize);
        Ok(page.map(|stored| stored.entry.clone()).collect())
    }

    async fn rename(&self, id: CatalogueId, name: &CatalogueName) -> Result<CatalogueChange> {
        let mut entries = self.entries();
        let Some(CatalogueEntry {
            tenant_id, kind, ..
        }) = entries.live(id).map(|stored| stored.entry.clone())
        else {
            return Ok(CatalogueChange::NoSuchEntry);
        };
        let holder = entries.seen(tenant_id, kind, name.key());
        if holder.is_some_and(|holder| holder.entry.id != id) {
            return Ok(CatalogueChange::NameTaken);
        }
        if let Some(stored) = entries.0.get_mut(&id) {
            name.as_str().clone_into(&mut stored.entry.name);
            name.key().clone_into(&mut stored.key);
        }
        entries.absorb(kind, name.key());
        Ok(CatalogueChange::Done)
    }

    async fn merge(&self, from: CatalogueId, into: CatalogueId) -> Result<CatalogueChange> {
        let mut entries = self.entries();
        let (Some(one), Some(other)) = (entries.live(from), entries.live(into)) else {
            return Ok(CatalogueChange::NoSuchEntry);
        };
        if from == into
            || one.entry.kind != other.entry.kind
            || !other.is_seen_by(one.entry.tenant_id)
        {
            return Ok(CatalogueChange::NotAPair);
        }
        entries.merge(from, into);
        Ok(CatalogueChange::Done)
    }
}
