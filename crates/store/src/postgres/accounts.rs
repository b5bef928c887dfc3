//! What accounts show of users, their keys and uploads, in PostgreSQL.

use async_trait::async_trait;
use jiff::Timestamp;
use manyface_core::{
    ApiKey, ApiKeys, Avatar, Error, InAccount, OverrideUpdate, Overrides, ProfileId,
    ProfileOverride, ProfileRef, Quota, Result, TenantId, Upload, UploadState, Uploads,
    adds_override, check_upload, override_verdict,
};

use super::{ATTEMPTS, Effect, Postgres, is_unspeakable};
use crate::{
    row::{AccountRow, ApiKeyRow, InAccountRow, TextRow, UploadRow},
    statement::{self, Statement},
    uploads::why_not_added,
};

#[async_trait]
impl Overrides for Postgres {
    async fn find_override(
        &self,
        tenant: Option<TenantId>,
        who: &ProfileRef,
        account: &str,
    ) -> Result<Option<InAccount>> {
        if is_unspeakable(who) || account.contains('\0') {
            return Ok(None);
        }
        let find = statement::find_override(tenant, who, account);
        let rows: Vec<InAccountRow> = self.run(Effect::Read, &find).await?;
        rows.into_iter().next().map(InAccountRow::read).transpose()
    }

    async fn update_override(&self, update: OverrideUpdate) -> Result<Option<InAccount>> {
        if is_unspeakable(&update.who) || update.account.contains('\0') {
            return Ok(None);
        }
        for _ in 0..ATTEMPTS {
            let write = statement::update_override(&update);
            let rows: Vec<InAccountRow> = self.run(Effect::Write, &write).await?;
            if let Some(row) = rows.into_iter().next() {
                return row.read().map(Some);
            }
            let found = self.find_override(update.tenant, &update.who, &update.account);
            let Some((profile, shown)) = found.await? else {
                return Ok(None);
            };
            match override_verdict(&profile, &shown, &update) {
                // It could be written now: something has changed in between.
                Ok(true) => {
                    self.check_upload(update.upload.as_deref(), shown.avatar.as_ref())
                        .await?;
                    let own = self.overrides_of(profile.id).await?;
                    if adds_override(&shown, &update) && own.len() >= update.most as usize {
                        return Err(Quota::Overrides.exceeded());
                    }
                }
                Ok(false) => return Ok(Some((profile, shown))),
                Err(Error::NotFound) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Err(Error::Unavailable(None))
    }

    async fn overrides_of(&self, id: ProfileId) -> Result<Vec<(String, ProfileOverride)>> {
        let list = statement::overrides_of(id);
        let rows: Vec<AccountRow> = self.run(Effect::Read, &list).await?;
        Ok(rows.into_iter().map(|row| (row.0, row.1)).collect())
    }
}

#[async_trait]
impl Uploads for Postgres {
    async fn add(&self, upload: &Upload, most: u32) -> Result<()> {
        let add = statement::add_upload(upload, most);
        if self.any(Effect::Write, add).await? {
            return Ok(());
        }
        let open = statement::open_uploads(upload);
        let rows: Vec<TextRow> = self.run(Effect::Read, &open).await?;
        Err(why_not_added(upload, rows))
    }

    async fn find(&self, id: &str) -> Result<Option<Upload>> {
        if id.contains('\0') {
            return Ok(None);
        }
        let find = statement::find_upload(id);
        let rows: Vec<UploadRow> = self.run(Effect::Read, &find).await?;
        Ok(rows.into_iter().next().map(|row| row.0))
    }

    async fn advance(&self, id: &str, state: &UploadState) -> Result<bool> {
        self.any(Effect::Write, statement::advance_upload(id, state))
            .await
    }

    async fn forget_expired(&self, instant: Timestamp, limit: u32) -> Result<u32> {
        let forget = statement::forget_uploads(instant, limit);
        let rows: Vec<TextRow> = self.run(Effect::Write, &forget).await?;
        Ok(u32::try_from(rows.len()).unwrap_or(limit))
    }
}

#[async_trait]
impl ApiKeys for Postgres {
    async fn find(&self, dialect: &str, digest: &[u8; 32]) -> Result<Option<ApiKey>> {
        let find = statement::find_api_key(dialect, digest);
        let rows: Vec<ApiKeyRow> = self.run(Effect::Read, &find).await?;
        Ok(rows.into_iter().next().map(|row| row.0))
    }

    async fn add(&self, key: &ApiKey, digest: &[u8; 32]) -> Result<()> {
        let added = self.any(Effect::Write, statement::add_api_key(key, digest));
        added.await.map(|_| ())
    }

    async fn list(&self) -> Result<Vec<ApiKey>> {
        let rows: Vec<ApiKeyRow> = self.run(Effect::Read, &statement::list_api_keys()).await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    async fn revoke(&self, id: &str, at: Timestamp) -> Result<bool> {
        self.any(Effect::Write, statement::revoke_api_key(id, at))
            .await
    }
}

impl Postgres {
    /// Checks that the upload `id` may be made the avatar of who shows `current`.
    pub(super) async fn check_upload(
        &self,
        id: Option<&str>,
        current: Option<&Avatar>,
    ) -> Result<()> {
        let Some(id) = id else {
            return Ok(());
        };
        let upload = Uploads::find(self, id).await?;
        check_upload(upload.as_ref(), current)
    }

    /// Runs a statement; whether it answers any row.
    async fn any(&self, effect: Effect, statement: Statement) -> Result<bool> {
        let rows: Vec<TextRow> = self.run(effect, &statement).await?;
        Ok(!rows.is_empty())
    }

    /// The secret of this name: `candidate`, where there was none before.
    pub(crate) async fn secret(&self, name: &str, candidate: &[u8; 32]) -> Result<[u8; 32]> {
        self.any(Effect::Write, statement::add_secret(name, candidate))
            .await?;
        let find = statement::find_secret(name);
        let rows: Vec<TextRow> = self.run(Effect::Read, &find).await?;
        let found = rows.first().and_then(|row| statement::secret_bytes(&row.0));
        found.ok_or_else(|| Error::Storage("a secret is not one".into()))
    }
}
