//! Catalogue entries that are added with a profile's update.

use std::sync::Arc;

use manyface_core::{ProfileUpdate, Result};

use super::{Effect, Postgres};
use crate::catalogue::{find_new_entries, use_found_entries};

impl Postgres {
    /// Lets an update refer to the entries that were added meanwhile, and gives the others new ids.
    /// Returns whether the update's profile exists.
    pub(super) async fn settle_entries(&self, update: &mut Arc<ProfileUpdate>) -> Result<bool> {
        let found = self.find_by(update.who.clone(), update.tenant).await?;
        let Some(profile) = found else {
            return Ok(false);
        };
        let patch = &mut Arc::make_mut(update).patch;
        let find = find_new_entries(profile.tenant_id, patch);
        use_found_entries(patch, &self.run(Effect::Read, &find).await?)?;
        // One of the ids may have been the cause.
        let ids: Vec<_> = patch.new_entries.iter().map(|new| new.id).collect();
        patch.renumber_new_entries(|id| ids.contains(&id));
        Ok(true)
    }
}
