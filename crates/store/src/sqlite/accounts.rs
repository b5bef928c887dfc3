//! What accounts show of users, their keys and uploads, in SQLite.

use async_trait::async_trait;
use diesel::sqlite::SqliteConnection;
use jiff::Timestamp;
use manyface_core::{
    ApiKey, ApiKeys, Error, InAccount, OverrideUpdate, Overrides, ProfileId, ProfileOverride,
    ProfileRef, Quota, Result, TenantId, Upload, UploadState, Uploads, adds_override,
    override_verdict,
};

use super::{
    Sqlite, chained, execute, load, record,
    upload::{check_upload, use_upload},
};
use crate::{
    row::{AccountRow, ApiKeyRow, InAccountRow, OverrideRow, TextRow, UploadRow},
    statement::{self, Statement},
    uploads::why_not_added,
};

#[async_trait]
impl Overrides for Sqlite {
    async fn find_override(
        &self,
        tenant: Option<TenantId>,
        who: &ProfileRef,
        account: &str,
    ) -> Result<Option<InAccount>> {
        let find = statement::find_override(tenant, who, account);
        let rows: Vec<InAccountRow> = self.read_rows(find).await?;
        rows.into_iter().next().map(InAccountRow::read).transpose()
    }

    async fn update_override(&self, update: OverrideUpdate) -> Result<Option<InAccount>> {
        let work = move |database: &mut SqliteConnection| {
            let find = statement::find_to_update(update.tenant, &update.who);
            let Some(row) = chained(database, find)? else {
                return Ok(None);
            };
            let mut profile = row.profile.read()?;
            let find = statement::own_override(profile.id, &update.account);
            let found: Vec<OverrideRow> = load(database, find)?;
            let mut shown = found
                .into_iter()
                .next()
                .map_or_else(ProfileOverride::default, |row| row.0);
            // Nobody else writes until this is done.
            match override_verdict(&profile, &shown, &update) {
                Ok(true) => {}
                Ok(false) => return Ok(Some((profile, shown))),
                Err(Error::NotFound) => return Ok(None),
                Err(error) => return Err(error),
            }
            check_upload(database, update.upload.as_deref(), shown.avatar.as_ref())?;
            if adds_override(&shown, &update) {
                let own = statement::overrides_of(profile.id);
                let own: Vec<AccountRow> = load(database, own)?;
                if own.len() >= update.most as usize {
                    return Err(Quota::Overrides.exceeded());
                }
            }
            use_upload(database, update.upload.as_deref())?;
            execute(database, statement::touch(profile.id, &update.provenance))?;
            profile.version += 1;
            profile.updated_at = update.provenance.at();
            let history = update.history();
            record(
                database,
                &profile,
                &history,
                &update.provenance,
                row.last_change,
            )?;
            let put = statement::put_override(profile.id, &update);
            update.patch.apply(&mut shown);
            let write = if shown.is_empty() {
                statement::remove_override(profile.id, &update.account)
            } else {
                put
            };
            execute(database, write)?;
            Ok(Some((profile, shown)))
        };
        self.threads.write(work).await
    }

    async fn overrides_of(&self, id: ProfileId) -> Result<Vec<(String, ProfileOverride)>> {
        let rows: Vec<AccountRow> = self.read_rows(statement::overrides_of(id)).await?;
        Ok(rows.into_iter().map(|row| (row.0, row.1)).collect())
    }
}

#[async_trait]
impl Uploads for Sqlite {
    async fn add(&self, upload: &Upload, most: u32) -> Result<()> {
        if self.any(statement::add_upload(upload, most)).await? {
            return Ok(());
        }
        let rows = self.read_rows(statement::open_uploads(upload)).await?;
        Err(why_not_added(upload, rows))
    }

    async fn find(&self, id: &str) -> Result<Option<Upload>> {
        let rows: Vec<UploadRow> = self.read_rows(statement::find_upload(id)).await?;
        Ok(rows.into_iter().next().map(|row| row.0))
    }

    async fn advance(&self, id: &str, state: &UploadState) -> Result<bool> {
        self.any(statement::advance_upload(id, state)).await
    }

    async fn forget_expired(&self, instant: Timestamp, limit: u32) -> Result<u32> {
        let forget = statement::forget_uploads(instant, limit);
        let rows: Vec<TextRow> = self.write_rows(forget).await?;
        Ok(u32::try_from(rows.len()).unwrap_or(limit))
    }
}

#[async_trait]
impl ApiKeys for Sqlite {
    async fn find(&self, dialect: &str, digest: &[u8; 32]) -> Result<Option<ApiKey>> {
        let rows: Vec<ApiKeyRow> = self
            .read_rows(statement::find_api_key(dialect, digest))
            .await?;
        Ok(rows.into_iter().next().map(|row| row.0))
    }

    async fn add(&self, key: &ApiKey, digest: &[u8; 32]) -> Result<()> {
        let added = self.any(statement::add_api_key(key, digest)).await;
        added.map(|_| ())
    }

    async fn list(&self) -> Result<Vec<ApiKey>> {
        let rows: Vec<ApiKeyRow> = self.read_rows(statement::list_api_keys()).await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    async fn revoke(&self, id: &str, at: Timestamp) -> Result<bool> {
        self.any(statement::revoke_api_key(id, at)).await
    }
}

impl Sqlite {
    /// Runs a statement that writes; whether it answers any name.
    async fn any(&self, statement: Statement) -> Result<bool> {
        let rows: Vec<TextRow> = self.write_rows(statement).await?;
        Ok(!rows.is_empty())
    }

    /// The secret of this name: `candidate`, where there was none before.
    pub(crate) async fn secret(&self, name: &str, candidate: &[u8; 32]) -> Result<[u8; 32]> {
        self.any(statement::add_secret(name, candidate)).await?;
        let rows: Vec<TextRow> = self.read_rows(statement::find_secret(name)).await?;
        let found = rows.first().and_then(|row| statement::secret_bytes(&row.0));
        found.ok_or_else(|| Error::Storage("a secret is not one".into()))
    }
}
