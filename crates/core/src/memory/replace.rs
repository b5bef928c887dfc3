//! Replacement of profiles in memory.

use jiff::SignedDuration;

use super::State;
use crate::{Error, Field, Identity, Profile, Replacement, Result, Violation};

fn key(identity: &Identity) -> (String, String) {
    (identity.issuer.clone(), identity.subject.clone())
}

impl State {
    /// Implements [`crate::AdminRepository::replace`]. A former name is reserved for `rest`.
    pub(super) fn replace(
        &mut self,
        replacement: &Replacement,
        rest: SignedDuration,
    ) -> Result<Option<Profile>> {
        let Replacement {
            profile,
            tenant,
            added_identities,
            removed_identities,
            document,
            provenance,
        } = replacement;
        let stored = self.profiles.get(&profile.id);
        let stored = stored.filter(|stored| stored.revision() == profile.revision());
        let Some(before) = stored.cloned() else {
            return Ok(None);
        };
        if !self.tenants.contains_key(&profile.tenant_id) {
            let violation = Violation::new(Field::TenantId, "does not exist");
            return Err(Error::Invalid(vec![violation]));
        }
        let is_taken = |identity| self.identities.contains_key(&key(identity));
        if added_identities.iter().any(is_taken) {
            return Err(Error::Taken(Field::Identity));
        }
        self.rename(&before, &profile.username, rest)?;
        for identity in removed_identities {
            let holder = self.identities.get(&key(identity));
            if holder == Some(&profile.id) {
                self.identities.remove(&key(identity));
            }
        }
        let added = added_identities
            .iter()
            .map(|added| (key(added), profile.id));
        self.identities.extend(added);
        if *tenant != profile.tenant_id {
            self.overrides
                .retain(|(holder, _), _| *holder != profile.id);
        }
        Ok(Some(self.commit(
            profile.clone(),
            document.clone(),
            provenance,
        )))
    }
}
