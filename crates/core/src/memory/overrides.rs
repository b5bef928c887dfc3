//! Overrides in memory.

use async_trait::async_trait;

use super::MemoryProfiles;
use crate::{
    Error, OverrideUpdate, Overrides, ProfileId, ProfileInAccount, ProfileOverride, ProfileRef,
    Quota, Result, TenantId, adds_override, check_override_update,
};

#[async_trait]
impl Overrides for MemoryProfiles {
    async fn find_override(
        &self,
        tenant: Option<TenantId>,
        who: &ProfileRef,
        account: &str,
    ) -> Result<Option<ProfileInAccount>> {
        let state = self.state();
        let found = state.find(who);
        let found = found.filter(|profile| tenant.is_none_or(|id| id == profile.tenant_id));
        let Some(profile) = found.cloned() else {
            return Ok(None);
        };
        let shown = state.overrides.get(&(profile.id, account.to_owned()));
        let shown = shown.cloned().unwrap_or_default();
        Ok(Some((profile, shown)))
    }

    async fn update_override(&self, update: OverrideUpdate) -> Result<Option<ProfileInAccount>> {
        let mut state = self.state();
        let Some(profile) = state.find(&update.who).cloned() else {
            return Ok(None);
        };
        let key = (profile.id, update.account.clone());
        let mut shown = state.overrides.get(&key).cloned().unwrap_or_default();
        match check_override_update(&profile, &shown, &update) {
            Ok(true) => {}
            Ok(false) => return Ok(Some((profile, shown))),
            Err(Error::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        }
        state.check_upload(update.upload.as_deref(), shown.avatar.as_ref())?;
        if adds_override(&shown, &update) {
            let own = state.overrides.keys().filter(|(id, _)| *id == profile.id);
            if own.count() >= update.max_accounts as usize {
                return Err(Quota::Overrides.exceeded());
            }
        }
        state.use_upload(update.upload.as_deref());
        let history = update.history();
        update.patch.apply(&mut shown);
        if shown.is_empty() {
            state.overrides.remove(&key);
        } else {
            state.overrides.insert(key, shown.clone());
        }
        let profile = state.commit(profile, history, &update.provenance);
        Ok(Some((profile, shown)))
    }

    async fn overrides_of(&self, id: ProfileId) -> Result<Vec<(String, ProfileOverride)>> {
        let state = self.state();
        let own = state.overrides.iter();
        let own = own.filter(|((profile, _), _)| *profile == id);
        Ok(own
            .map(|((_, account), shown)| (account.clone(), shown.clone()))
            .collect())
    }
}
