//! User names in memory: their holders, and reserved former names.

use std::{collections::BTreeSet, sync::Arc};

use jiff::{SignedDuration, Timestamp};

use super::{MemoryProfiles, State};
use crate::{Error, Field, Profile, ProfileId, Result, Username, text};

/// The maximum number of reserved former skeletons of a profile.
const MAX_RESTING: usize = 10;

/// The claim of a profile to all names with a skeleton.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub(super) profile: ProfileId,
    pub(super) released_at: Option<Timestamp>,
}

impl Default for MemoryProfiles {
    fn default() -> Self {
        Self::with_username_rest(Username::REST)
    }
}

impl MemoryProfiles {
    /// Creates a store in which former names are reserved for `rest` after a rename or removal.
    pub fn with_username_rest(rest: SignedDuration) -> Self {
        Self {
            state: std::sync::Mutex::default(),
            catalogue: Arc::default(),
            username_rest: rest,
        }
    }
}

impl State {
    /// Returns the number of the next history entry, which is of the profile `id`.
    pub(super) fn next_seq(&mut self, id: ProfileId) -> i64 {
        self.order_of_changes.push(id);
        i64::try_from(self.order_of_changes.len()).unwrap_or(i64::MAX)
    }

    pub(super) fn username_holders(&self, name: &Username, rest: SignedDuration) -> Vec<ProfileId> {
        let skeletons = name.skeletons();
        let claims = skeletons
            .iter()
            .filter_map(|skeleton| self.claims.get(skeleton));
        let claims = claims.filter(|claim| {
            let since = claim.released_at;
            since.is_none_or(|at| self.latest.duration_since(at) < rest)
        });
        let holder = self.usernames.get(name.key()).copied();
        let holders = claims.map(|claim| claim.profile).chain(holder);
        let holders: BTreeSet<_> = holders.collect();
        holders.into_iter().collect()
    }

    /// Renames `profile`, unless another profile holds the name.
    pub(super) fn rename(
        &mut self,
        profile: &Profile,
        name: &Username,
        rest: SignedDuration,
    ) -> Result<()> {
        if profile.username == *name {
            return Ok(());
        }
        let holders = self.username_holders(name, rest);
        if holders.into_iter().any(|holder| holder != profile.id) {
            return Err(Error::Taken(Field::Username));
        }
        self.release(profile.id, Some(name));
        self.claim(profile.id, name);
        Ok(())
    }

    pub(super) fn claim(&mut self, id: ProfileId, name: &Username) {
        self.usernames.insert(name.key().to_owned(), id);
        let claim = Claim {
            profile: id,
            released_at: None,
        };
        let claims = name
            .skeletons()
            .into_iter()
            .map(|skeleton| (skeleton, claim));
        self.claims.extend(claims);
    }

    /// Releases the names of a profile, except those that look like `kept`; they stay reserved for
    /// a time.
    pub(super) fn release(&mut self, id: ProfileId, kept: Option<&Username>) {
        self.usernames.retain(|_, holder| *holder != id);
        let kept = kept.map(Username::skeletons).unwrap_or_default();
        let mut resting = Vec::new();
        for (skeleton, claim) in &mut self.claims {
            if claim.profile == id && !kept.contains(skeleton) {
                let since = *claim.released_at.get_or_insert(self.latest);
                resting.push((since, skeleton.clone()));
            }
        }
        resting.sort_unstable();
        resting.reverse();
        for (_, skeleton) in resting.into_iter().skip(MAX_RESTING) {
            self.claims.remove(&skeleton);
        }
    }
}

/// A skeleton in the form of a digest. Nothing in memory outlives the process.
pub(super) fn to_digest(skeleton: &str) -> String {
    text::to_hex(skeleton.as_bytes())
}

pub(super) fn from_digest(digest: &str) -> Option<String> {
    String::from_utf8(from_hex(digest)?).ok()
}

pub(super) fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let pairs = (0..digits.len()).step_by(2);
    let bytes = pairs.map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok());
    bytes.collect()
}
