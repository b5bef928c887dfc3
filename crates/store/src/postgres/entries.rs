//! Catalogue entries that are added with a profile's update.

use std::sync::Arc;

use manyface_core::{Profile, ProfileUpdate, Result};

use super::{Effect, Postgres};
use crate::{
    catalogue::{check_room, find_new_entries, use_found_entries},
    statement,
};

impl Postgres {
    /// Lets an update refer to the entries that were added meanwhile, and gives the others new ids.
    /// Returns whether the update's profile exists.
    pub(super) async fn settle_entries(&self, update: &mut Arc<ProfileUpdate>) -> Result<bool> {
        let found = self.find_by(update.who.clone(), update.tenant).await?;
        let Some(profile) = found else {
            return Ok(false);
        };
        self.use_settled_entries(&profile, update).await?;
        Ok(true)
    }

    /// Explains why the statement did not write an update that `profile` admits: its upload or its
    /// new entries do not fit. Those that exist by now are not new.
    pub(super) async fn check_guards(
        &self,
        profile: &Profile,
        update: &mut Arc<ProfileUpdate>,
    ) -> Result<()> {
        self.check_upload(update.upload.as_deref(), profile.avatar.as_ref())
            .await?;
        if update.entry_room().is_some() {
            self.use_settled_entries(profile, update).await?;
        }
        let Some(room) = update.entry_room() else {
            return Ok(());
        };
        let surplus = statement::surplus_entry(profile.id, room);
        check_room(room, self.run(Effect::Read, &surplus).await?)
    }

    async fn use_settled_entries(
        &self,
        profile: &Profile,
        update: &mut Arc<ProfileUpdate>,
    ) -> Result<()> {
        let patch = &mut Arc::make_mut(update).patch;
        let find = find_new_entries(profile.tenant_id, patch);
        use_found_entries(patch, &self.run(Effect::Read, &find).await?)?;
        // One of the ids may have been the cause.
        let ids: Vec<_> = patch.new_entries.iter().map(|new| new.id).collect();
        patch.renumber_new_entries(|id| ids.contains(&id));
        Ok(())
    }
}
