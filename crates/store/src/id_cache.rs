//! Which profile a name was found to be, so that the database need not look it up each time.

use std::{borrow::Borrow, fmt};

use manyface_core::{Profile, ProfileId, ProfileRef, Result};
use quick_cache::sync::Cache;

/// How many names are remembered, each in some 150 bytes.
const ENTRIES: usize = 32_768;

/// The profiles that external ids and identities were found to name, so that the database need
/// not look them up each time.
///
/// Such a name never moves to another profile. It ends with its profile, and then the id is found
/// no more: a caller that relies on a cached id asks again by the name itself where the id is not there.
pub(crate) struct IdCache(Cache<ProfileRef, ProfileId>);

impl IdCache {
    pub(crate) fn new() -> Self {
        Self(Cache::new(ENTRIES))
    }

    /// What `find` finds by the id that `who` was found to name, or else by `who` itself, which is
    /// then remembered.
    pub(crate) async fn find<F, R, P>(&self, who: &ProfileRef, find: F) -> Result<Option<P>>
    where
        F: Fn(ProfileRef) -> R,
        R: Future<Output = Result<Option<P>>>,
        P: Borrow<Profile>,
    {
        if let Some(id) = self.get(who) {
            let found = find(id).await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        let found = find(who.clone()).await?;
        self.learn(who, found.as_ref().map(Borrow::borrow));
        Ok(found)
    }

    /// The id that `who` was found to name.
    pub(crate) fn get(&self, who: &ProfileRef) -> Option<ProfileRef> {
        match who {
            ProfileRef::External { .. } | ProfileRef::Identity { .. } => {
                self.0.get(who).map(ProfileRef::Id)
            }
            // An id needs no cache, and user names change hands.
            ProfileRef::Id(_) | ProfileRef::Username(_) => None,
        }
    }

    /// Remembers, or forgets, what `who` names.
    pub(crate) fn learn(&self, who: &ProfileRef, found: Option<&Profile>) {
        match (who, found) {
            (ProfileRef::External { .. } | ProfileRef::Identity { .. }, Some(profile)) => {
                self.0.insert(who.clone(), profile.id);
            }
            (ProfileRef::External { .. } | ProfileRef::Identity { .. }, None) => {
                self.0.remove(who);
            }
            (ProfileRef::Id(_) | ProfileRef::Username(_), _) => {}
        }
    }
}

impl fmt::Debug for IdCache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("IdCache").finish_non_exhaustive()
    }
}
