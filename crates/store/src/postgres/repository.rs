//! The ports of the core on PostgreSQL.

use std::{mem, sync::Arc};

use async_trait::async_trait;
use jiff::Timestamp;
use manyface_core::{
    AdminRepository, Change, Erasure, ErasureReceipt, Error, Identity, Profile, ProfileAbsence,
    ProfileId, ProfileRef, ProfileRepository, ProfileUpdate, Provenance, Replacement, Result,
    Retention, TenantId, TrimmedHistory, UserPage, UserQuery, Username,
};
use uuid::Uuid;

use super::{ATTEMPTS, Effect, Lock, Postgres, contains_nul};
use crate::{
    database::{Database, Decoded, Repository},
    erasures, history,
    profiles::{self, ChainedRow, removal},
    tenants, usernames,
};

#[async_trait]
impl ProfileRepository for Repository<Postgres> {
    async fn find(&self, who: &ProfileRef) -> Result<Option<Profile>> {
        self.0.find_by_cached_id(who, None).await
    }

    async fn find_in(&self, tenant: TenantId, who: &ProfileRef) -> Result<Option<Profile>> {
        self.0.find_by_cached_id(who, Some(tenant)).await
    }

    async fn username_holders(&self, name: &Username) -> Result<Vec<ProfileId>> {
        let holders = usernames::holders(name, self.0.username_rest);
        self.0.read(holders).await
    }

    async fn explain_absence(
        &self,
        who: &ProfileRef,
        claimed: Option<TenantId>,
    ) -> Result<Option<ProfileAbsence>> {
        ProfileAbsence::explain(self, who, claimed).await
    }

    async fn update(&self, mut update: ProfileUpdate) -> Result<Option<Profile>> {
        if contains_nul(&update.who) {
            return Ok(None);
        }
        if let Some(id) = self.0.ids.get(&update.who) {
            let who = mem::replace(&mut update.who, id);
            let mut by_id = Arc::new(update);
            let updated = self.0.update_profile(&mut by_id).await?;
            if let Some(profile) = updated {
                return Ok(Some(*profile));
            }
            update = ProfileUpdate {
                who,
                ..Arc::unwrap_or_clone(by_id)
            };
        }
        let mut update = Arc::new(update);
        let updated = self.0.update_profile(&mut update).await?;
        self.0.ids.set(&update.who, updated.as_deref());
        Ok(updated.map(|profile| *profile))
    }
}

#[async_trait]
impl AdminRepository for Repository<Postgres> {
    async fn add(
        &self,
        profile: &Profile,
        identities: &[Identity],
        provenance: &Provenance,
    ) -> Result<()> {
        let add = profiles::add(profile, identities, provenance, self.0.username_rest);
        let added = self.0.count(add).await?;
        debug_assert_eq!(added, 1);
        Ok(())
    }

    async fn inspect(&self, who: &ProfileRef) -> Result<Option<Profile>> {
        if contains_nul(who) {
            return Ok(None);
        }
        self.0.run_one(Effect::Read, &profiles::inspect(who)).await
    }

    async fn erase(&self, erasure: &Erasure) -> Result<bool> {
        let Some(profile) = self.inspect(&erasure.who).await? else {
            return Ok(false);
        };
        let id = profile.id;
        let identities = self.identities(id).await?.len();
        let lock = removal::lock(id, erasure);
        let record = removal::record(&profile, identities, erasure).into_iter();
        let statements: Vec<_> = record.chain(removal::statements(id)).collect();
        let lock = Lock {
            statement: &lock,
            is_condition: true,
        };
        let removed = self.0.run_locked(Effect::Write, Some(lock), &statements);
        let removed: Vec<Decoded<()>> = removed.await?;
        if removed.is_empty() {
            let found = self.inspect(&ProfileRef::Id(id)).await?;
            let found = found.filter(|profile| {
                erasure
                    .expected
                    .is_some_and(|expected| expected != profile.revision())
            });
            return found.map_or(Ok(false), |_| Err(Error::VersionMismatch));
        }
        let purge = usernames::purge_released(self.0.username_rest);
        self.0.count(purge).await?;
        Ok(true)
    }

    async fn erasures(
        &self,
        tenant: Option<TenantId>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<ErasureReceipt>> {
        self.0.read(erasures::list(tenant, after, limit)).await
    }

    async fn search(&self, query: &UserQuery) -> Result<UserPage> {
        let before: Option<String> = match profiles::before(query) {
            Some(before) => self.0.read_one(before).await?,
            None => None,
        };
        let before = before.unwrap_or_default();
        let search = profiles::search(query, &before);
        let rows: Vec<ChainedRow> = self.0.run(Effect::Read, &search).await?;
        profiles::page(query, rows)
    }

    async fn identities(&self, id: ProfileId) -> Result<Vec<Identity>> {
        self.0.read(profiles::identities(id)).await
    }

    async fn replace(&self, replacement: &Replacement) -> Result<Option<Profile>> {
        let replace = profiles::replace(replacement, self.0.username_rest);
        let replaced = self.0.run_one(Effect::Write, &replace).await?;
        self.0.ids.forget(&replacement.removed_identities);
        Ok(replaced)
    }

    async fn history(&self, id: ProfileId, limit: u32) -> Result<Vec<Change>> {
        self.0.read(history::list(id, limit)).await
    }

    async fn find_change(&self, seq: i64) -> Result<Option<Change>> {
        self.0.read_one(history::find(seq)).await
    }

    async fn changes(
        &self,
        after: i64,
        tenant: Option<TenantId>,
        limit: u32,
    ) -> Result<Vec<Change>> {
        let last = self.0.last_final_change(after).await?;
        if last <= after {
            return Ok(Vec::new());
        }
        let feed = history::feed(after, last, tenant, limit);
        self.0.read(feed).await
    }

    async fn trim_history(&self, retention: &Retention, after: i64) -> Result<TrimmedHistory> {
        let rows = self.0.write(history::trim(retention, after)).await?;
        let (mut trimmed, removed) = history::read_trimmed(&rows)?;
        trimmed.removed = removed;
        if removed >= history::BATCH.into() {
            // The entry may have more old predecessors.
            trimmed.last = Some(after);
        }
        Ok(trimmed)
    }

    async fn default_tenant(&self, candidate: TenantId, at: Timestamp) -> Result<TenantId> {
        for _ in 0..ATTEMPTS {
            if let Some(id) = self.0.read_one(tenants::find_default()).await? {
                return Ok(id);
            }
            self.0.count(tenants::add_default(candidate, at)).await?;
        }
        Err(Error::Unavailable(None))
    }

    async fn check(&self) -> Result<()> {
        self.0.check_layout().await?.map_err(Error::from)
    }
}
