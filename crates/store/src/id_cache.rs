//! A cache of the profiles that external ids and identities refer to.

use std::{
    borrow::Borrow,
    fmt,
    time::{Duration, Instant},
};

use manyface_core::{Identity, Profile, ProfileId, ProfileRef, Result};
use quick_cache::sync::Cache;

/// The maximum number of entries, of about 150 bytes each.
const ENTRIES: usize = 32_768;

/// The maximum age of the entry of an identity. An operator may remove an identity through another
/// process.
const MAX_IDENTITY_AGE: Duration = Duration::from_secs(5);

/// The maximum age of the entry of an external id. Only an import changes external ids.
const MAX_EXTERNAL_ID_AGE: Duration = Duration::from_secs(60);

/// A cache of the ids of profiles, by external id and identity.
///
/// A caller that does not find a cached id looks the profile up by the reference itself.
pub(crate) struct IdCache(Cache<ProfileRef, (ProfileId, Instant)>);

impl IdCache {
    pub(crate) fn new() -> Self {
        Self(Cache::new(ENTRIES))
    }

    /// Calls `find` with the cached id of `who`. Without a cached id, or if it finds nothing, calls
    /// `find` with `who` and caches the result.
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
        self.set(who, found.as_ref().map(Borrow::borrow));
        Ok(found)
    }

    /// Returns the cached id of `who`.
    pub(crate) fn get(&self, who: &ProfileRef) -> Option<ProfileRef> {
        let is_current = |since: Instant| match who {
            ProfileRef::External { .. } => since.elapsed() < MAX_EXTERNAL_ID_AGE,
            ProfileRef::Identity { .. } => since.elapsed() < MAX_IDENTITY_AGE,
            // An id needs no cache, and user names move between profiles.
            ProfileRef::Id(_) | ProfileRef::Username(_) => false,
        };
        let (id, since) = self.0.get(who)?;
        is_current(since).then_some(ProfileRef::Id(id))
    }

    /// Caches the id that `who` refers to, or removes its entry.
    pub(crate) fn set(&self, who: &ProfileRef, found: Option<&Profile>) {
        match (who, found) {
            // An entry keeps its age as long as it is correct.
            (ProfileRef::External { .. } | ProfileRef::Identity { .. }, Some(profile))
                if self.get(who) == Some(ProfileRef::Id(profile.id)) => {}
            (ProfileRef::External { .. } | ProfileRef::Identity { .. }, Some(profile)) => {
                self.0.insert(who.clone(), (profile.id, Instant::now()));
            }
            (ProfileRef::External { .. } | ProfileRef::Identity { .. }, None) => {
                self.0.remove(who);
            }
            (ProfileRef::Id(_) | ProfileRef::Username(_), _) => {}
        }
    }

    /// Removes the entries of identities.
    pub(crate) fn forget(&self, identities: &[Identity]) {
        for Identity { issuer, subject } in identities {
            self.0.remove(&ProfileRef::Identity {
                issuer: issuer.as_str().into(),
                subject: subject.clone(),
            });
        }
    }
}

impl fmt::Debug for IdCache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("IdCache").finish_non_exhaustive()
    }
}
