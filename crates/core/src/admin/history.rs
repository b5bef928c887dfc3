//! Operations on the history.

use std::collections::BTreeMap;

use super::{
    changes::{DetailedChange, replay},
    restore::{Identities, Restored, override_patch},
    undo::{Undo, UndoRejection, is_move, plan_undo},
};
use crate::{
    AdminContext, AdminError, Avatar, BlobKey, BlobKind, Blobs, Change, Edit, Error, Images,
    OverrideUpdate, Overrides, Profile, ProfileId, ProfileRef, Provenance, Replacement, Result,
    ports::REPLACE_ATTEMPTS,
};

/// The stores that an undo needs besides those of the context.
#[derive(Clone, Copy)]
pub struct UndoStores<'a> {
    /// The overrides of accounts.
    pub overrides: &'a dyn Overrides,
    /// The stored images.
    pub images: &'a dyn Images,
    /// The stored files.
    pub blobs: &'a dyn Blobs,
    /// Returns the stored files that a profile refers to.
    pub files_of: &'a (dyn Fn(&Profile) -> Vec<(BlobKind, BlobKey)> + Sync),
}

impl AdminContext<'_> {
    /// Returns the changes of a profile, the oldest first, with the values before and after.
    ///
    /// For an operator of a tenant, those since the user was moved to the tenant.
    pub async fn changes_of(&self, id: ProfileId) -> Result<Vec<DetailedChange>> {
        let mut changes = self.repository.history(id, u32::MAX).await?;
        changes.reverse();
        let mut changes = replay(changes)?;
        if self.operator.tenant.is_some()
            && let Some(last) = changes.iter().rposition(is_move)
        {
            changes.drain(..=last);
        }
        Ok(changes)
    }

    /// Returns up to `limit` changes of all users after the entry `after`, in the order in which
    /// they were made, with the values before and after. An operator of a tenant sees the changes of
    /// its users.
    pub async fn changes(&self, after: i64, limit: u32) -> Result<Vec<DetailedChange>> {
        let tenant = self.operator.tenant;
        let changes = self.repository.changes(after, tenant, limit).await?;
        self.details(changes).await
    }

    /// Reads the values before and after `changes`. The histories of users are read one at a time,
    /// because each may be large.
    async fn details(&self, changes: Vec<Change>) -> Result<Vec<DetailedChange>> {
        let mut by_user: BTreeMap<ProfileId, Vec<Change>> = BTreeMap::new();
        for change in changes {
            by_user.entry(change.profile_id).or_default().push(change);
        }
        let mut details = Vec::new();
        for (id, changes) in by_user {
            let mut own = self.changes_of(id).await?;
            own.retain(|own| changes.iter().any(|change| change.seq == own.change.seq));
            if self.operator.tenant.is_none() {
                // Entries that were removed in between.
                for change in changes {
                    if !own.iter().any(|own| own.change.seq == change.seq) {
                        own.push(super::read_change(change)?);
                    }
                }
            }
            details.extend(own);
        }
        details.sort_by_key(|detail| detail.change.seq);
        Ok(details)
    }

    /// Like [`Self::changes`], but without the values before, which cost a query per user, unless
    /// the operator is one of a tenant. Also returns the last entry that was read.
    pub async fn new_values(&self, after: i64, limit: u32) -> Result<(Vec<DetailedChange>, i64)> {
        let changes = self.repository.changes(after, None, limit).await?;
        let last = changes.last().map_or(after, |change| change.seq);
        if self.operator.tenant.is_none() {
            let values = changes.into_iter().map(super::read_change);
            return Ok((values.collect::<Result<_>>()?, last));
        }
        let tenant = self.operator.tenant;
        let mut own = self.repository.changes(after, tenant, limit).await?;
        own.retain(|change| change.seq <= last);
        Ok((self.details(own).await?, last))
    }

    /// Undoes a change as a new change of the operator, and returns the profile.
    ///
    /// Fields that an identity provider owns are restored as well.
    pub async fn undo(&self, stores: &UndoStores<'_>, undo: &Undo) -> Result<Profile, AdminError> {
        let missing = || AdminError::Undo(UndoRejection::NoSuchChange(undo.seq));
        let entry = self.repository.find_change(undo.seq).await?;
        let entry = entry.ok_or_else(missing)?;
        let id = entry.profile_id;
        let mut provenance = self.provenance.clone();
        provenance.undoes = Some(entry.version);
        for _ in 0..REPLACE_ATTEMPTS {
            let before = match self.find_user(&ProfileRef::Id(id)).await {
                Ok(profile) => profile,
                Err(Error::NotFound) => return Err(missing()),
                Err(error) => return Err(error.into()),
            };
            let changes = self.changes_of(id).await?;
            let restored = plan_undo(&changes, undo).map_err(AdminError::Undo)?;
            let restored = match restored.first().and_then(Restored::of_account) {
                Some((account, _)) => {
                    let account = account.to_owned();
                    restore_override(&before, &account, &restored, stores, &provenance).await
                }
                None => self.restore(&before, &restored, stores, &provenance).await,
            };
            if let Some(profile) = restored? {
                return Ok(profile);
            }
        }
        Err(Error::Unavailable(None).into())
    }

    /// Restores values of the profile; returns `None` if it does not have the revision of `before`.
    async fn restore(
        &self,
        before: &Profile,
        restored: &[Restored],
        stores: &UndoStores<'_>,
        provenance: &Provenance,
    ) -> Result<Option<Profile>, AdminError> {
        let mut after = before.clone();
        let mut identities: Identities = Default::default();
        for value in restored {
            value.apply(&mut after, &mut identities)?;
        }
        self.check_entries(before, &after).await?;
        if after.avatar != before.avatar
            && let Some(Avatar::Stored(image)) = &after.avatar
            && !stores.images.reuse(image, provenance.at()).await?
        {
            return Err(removed("avatar"));
        }
        let files = (stores.files_of)(before);
        for (kind, key) in (stores.files_of)(&after) {
            if !files.contains(&(kind, key.clone()))
                && stores.blobs.open(kind, &key).await?.is_none()
            {
                return Err(removed("resume"));
            }
        }
        let replacement = Replacement::new(before, after, identities, provenance.clone());
        match replacement {
            Some(replacement) => Ok(self.repository.replace(&replacement).await?),
            // A forced undo may have nothing to change.
            None => Ok(Some(before.clone())),
        }
    }
}

/// Restores the overrides of an account; returns `None` if the profile has changed.
async fn restore_override(
    before: &Profile,
    account: &str,
    restored: &[Restored],
    stores: &UndoStores<'_>,
    provenance: &Provenance,
) -> Result<Option<Profile>, AdminError> {
    let fields = restored.iter().filter_map(|restored| {
        let (own, field) = restored.of_account()?;
        (own == account).then_some((field, restored.value.as_ref()))
    });
    let patch = override_patch(&fields.collect::<Vec<_>>())?;
    if let Edit::Set(Avatar::Stored(image)) = &patch.avatar
        && !stores.images.reuse(image, provenance.at()).await?
    {
        return Err(removed("avatar"));
    }
    let update = OverrideUpdate {
        who: ProfileRef::Id(before.id),
        account: account.to_owned(),
        tenant: None,
        patch,
        expected: Some(before.revision()),
        must_differ: false,
        upload: None,
        max_accounts: u32::MAX,
        provenance: provenance.clone(),
    };
    match stores.overrides.update_override(update).await {
        Ok(Some((profile, _))) => Ok(Some(profile)),
        Ok(None) => Err(AdminError::Undo(UndoRejection::Suspended)),
        Err(Error::VersionMismatch) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn removed(field: &str) -> AdminError {
    AdminError::Undo(UndoRejection::FileRemoved(field.to_owned()))
}
