//! Catalogue entries that a write adds.

use std::mem;

use jiff::Timestamp;

use crate::{
    CatalogueId, CatalogueKind, CatalogueName, ProfilePatch, ProfileUpdate, Quota, Result,
};

/// An entry that a write adds to the catalogue of the profile's tenant if it changes the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// The id that the lists of the patch refer to.
    pub id: CatalogueId,
    /// The list.
    pub kind: CatalogueKind,
    /// The name.
    pub name: CatalogueName,
}

/// The quota of new entries that remains for earlier updates of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryRoom {
    /// The maximum number of entries of earlier updates; negative if the current update alone
    /// exceeds the quota.
    pub others: i64,
    /// The start of the window; only entries that were added later count.
    pub since: Timestamp,
}

impl EntryRoom {
    /// Checks the quota. `surplus` is the time of the entry in the window that exactly
    /// [`EntryRoom::others`] later entries follow; the quota suffices once this entry leaves the
    /// window.
    ///
    /// [`Error::QuotaExceeded`](crate::Error::QuotaExceeded) if there is such an entry.
    pub fn check(self, surplus: Option<Timestamp>) -> Result<()> {
        if self.others < 0 {
            return Err(Quota::NewNames.exceeded());
        }
        match surplus {
            // The entry leaves the window after `added_at - since`.
            Some(added_at) => Err(Quota::NewNames.exceeded_until(added_at, self.since)),
            None => Ok(()),
        }
    }
}

impl ProfileUpdate {
    /// Returns the quota for the new entries; `None` if the update adds none.
    pub fn entry_room(&self) -> Option<EntryRoom> {
        let new = i64::try_from(self.patch.new_entries.len()).unwrap_or(i64::MAX);
        (new > 0).then(|| EntryRoom {
            others: i64::from(self.max_new_entries) - new,
            since: self.provenance.at() - Quota::NEW_NAMES_WINDOW,
        })
    }
}

impl ProfilePatch {
    /// Returns the list of `kind`.
    pub fn list_mut(&mut self, kind: CatalogueKind) -> &mut Option<Vec<CatalogueId>> {
        match kind {
            CatalogueKind::Skill => &mut self.skills,
            CatalogueKind::InvestmentInterest => &mut self.investment_interests,
            CatalogueKind::TechnicalInterest => &mut self.technical_interests,
            CatalogueKind::Tag => &mut self.focus_area,
        }
    }

    /// Replaces new entries with existing ones: `existing` returns the entry that the tenant sees
    /// for a name.
    pub fn use_existing_entries(&mut self, existing: impl Fn(&NewEntry) -> Option<CatalogueId>) {
        for entry in mem::take(&mut self.new_entries) {
            match existing(&entry) {
                Some(id) => self.replace_entry(entry.kind, entry.id, id),
                None => self.new_entries.push(entry),
            }
        }
    }

    /// Assigns another id to each new entry for whose id `is_taken` returns true.
    pub fn renumber_new_entries(&mut self, is_taken: impl Fn(CatalogueId) -> bool) {
        for mut entry in mem::take(&mut self.new_entries) {
            let before = entry.id;
            while is_taken(entry.id) {
                entry.id = CatalogueId::random();
            }
            if entry.id != before {
                self.replace_entry(entry.kind, before, entry.id);
            }
            self.new_entries.push(entry);
        }
    }

    /// Replaces `from` with `to` in the list, and removes duplicates after their first occurrence.
    fn replace_entry(&mut self, kind: CatalogueKind, from: CatalogueId, to: CatalogueId) {
        let Some(list) = self.list_mut(kind) else {
            return;
        };
        let mut replaced = Vec::with_capacity(list.len());
        for id in list.drain(..) {
            let id = if id == from { to } else { id };
            if !replaced.contains(&id) {
                replaced.push(id);
            }
        }
        *list = replaced;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch() -> ProfilePatch {
        let entry = |id, kind, name| NewEntry {
            id: CatalogueId(id),
            kind,
            name: CatalogueName::parse(name).unwrap(),
        };
        ProfilePatch {
            skills: Some([7, 1, 2].map(CatalogueId).into()),
            focus_area: Some([7].map(CatalogueId).into()),
            new_entries: vec![
                entry(7, CatalogueKind::Skill, "Rust"),
                entry(2, CatalogueKind::Skill, "Go"),
            ],
            ..ProfilePatch::default()
        }
    }

    #[test]
    fn an_existing_entry_replaces_a_new_one_in_its_list_only() {
        let mut patch = patch();
        patch.use_existing_entries(|entry| (entry.name.key() == "rust").then_some(CatalogueId(1)));
        assert_eq!(patch.skills, Some([1, 2].map(CatalogueId).into()));
        assert_eq!(patch.focus_area, Some([7].map(CatalogueId).into()));
        assert_eq!(patch.new_entries.len(), 1);
    }

    #[test]
    fn a_taken_id_is_replaced() {
        let mut patch = patch();
        patch.renumber_new_entries(|id| id == CatalogueId(2));
        let id = patch.new_entries[1].id;
        assert_ne!(id, CatalogueId(2));
        assert_eq!(patch.skills, Some(vec![CatalogueId(7), CatalogueId(1), id]));
        assert_eq!(patch.new_entries[0].id, CatalogueId(7));
    }
}
