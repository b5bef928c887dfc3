//! Receipts of erasures.

use uuid::Uuid;

use super::State;
use crate::{
    Change, Erasure, ErasureReceipt, PatchDocument, Profile, ProfileId, RemovedCounts, Result,
    TenantId, ports::check_target,
};

impl State {
    /// Adds the receipt of the erasure of the profile `id`. Returns false if the profile is not one
    /// of the tenant.
    pub(super) fn keep_receipt(&mut self, id: ProfileId, erasure: &Erasure) -> Result<bool> {
        let Some(profile) = self.profiles.get(&id) else {
            return Ok(false);
        };
        if erasure.tenant.is_some_and(|own| own != profile.tenant_id) {
            return Ok(false);
        }
        check_target(profile, None, erasure.expected)?;
        let count = |count: usize| count as u64;
        let identities = self.identities.values().filter(|holder| **holder == id);
        let external_ids = self.external_ids.values().filter(|holder| **holder == id);
        let overrides = self.overrides.keys().filter(|(holder, _)| *holder == id);
        let removed = RemovedCounts {
            identities: count(identities.count()),
            external_ids: count(external_ids.count()),
            overrides: count(overrides.count()),
            changes: count(self.changes.get(&id).map_or(0, Vec::len)),
            images: erasure.images.into(),
            files: erasure.files.into(),
        };
        let receipt = ErasureReceipt {
            id: erasure.id,
            user: id,
            tenant_id: profile.tenant_id,
            at: erasure.provenance.at(),
            actor: erasure.provenance.actor.clone(),
            request_id: erasure.provenance.request_id.clone(),
            removed,
        };
        self.erasures.insert(receipt.id, receipt);
        Ok(true)
    }

    /// Removes the content of the history of a removed profile, and adds the entry of the erasure.
    pub(super) fn erase_history(&mut self, mut profile: Profile, erasure: &Erasure) {
        for change in self.changes.entry(profile.id).or_default() {
            change.patch = PatchDocument::from_stored("{}".to_owned());
            change.actor.clear();
        }
        profile.version += 1;
        self.record(&profile, Erasure::document(), &erasure.provenance);
    }

    pub(super) fn receipts(
        &self,
        tenant: Option<TenantId>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Vec<ErasureReceipt> {
        let receipts = self.erasures.values();
        let receipts = receipts.filter(|receipt| after.is_none_or(|after| receipt.id > after));
        let own = receipts.filter(|receipt| tenant.is_none_or(|id| receipt.tenant_id == id));
        own.take(limit as usize).cloned().collect()
    }

    /// Returns whether `change` is the erasure of a user of the tenant.
    pub(super) fn is_erasure_in(&self, tenant: Option<TenantId>, change: &Change) -> bool {
        let mut receipts = self.erasures.values();
        !change.actor.is_empty()
            && receipts.any(|receipt| {
                receipt.user == change.profile_id && Some(receipt.tenant_id) == tenant
            })
    }
}
