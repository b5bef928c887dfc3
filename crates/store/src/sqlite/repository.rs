//! The ports of the core on SQLite.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use diesel::{RunQueryDsl, sqlite::SqliteConnection};
use jiff::Timestamp;
use manyface_core::{
    AdminRepository, Change, Erasure, ErasureReceipt, Error, Identity, Profile, ProfileAbsence,
    ProfileId, ProfileRef, ProfileRepository, ProfileUpdate, Provenance, Replacement, Result,
    Retention, TenantId, TrimmedHistory, UserPage, UserQuery, Username, creation_document,
};
use uuid::Uuid;

use super::{
    Sqlite,
    error::classify,
    execute, first_profile, last_rows, load, record, rows,
    update::{self, check_username, set_username},
};
use crate::{
    database::{Database, Repository, unreadable},
    erasures, history,
    profiles::{self, removal},
    tenants, usernames,
};

/// The number of history entries that are removed in one transaction.
const TRIM_CHUNK: usize = 100;

/// The number of attempts to empty the log while readers use it, and the pause between them.
const EMPTY_LOG_ATTEMPTS: u32 = 3;
const EMPTY_LOG_PAUSE: Duration = Duration::from_millis(50);

#[async_trait]
impl ProfileRepository for Repository<Sqlite> {
    async fn find(&self, who: &ProfileRef) -> Result<Option<Profile>> {
        self.0.find_profile(who, None).await
    }

    async fn find_in(&self, tenant: TenantId, who: &ProfileRef) -> Result<Option<Profile>> {
        self.0.find_profile(who, Some(tenant)).await
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

    async fn update(&self, update: ProfileUpdate) -> Result<Option<Profile>> {
        let who = update.who.clone();
        let id = self.0.ids.get(&who);
        let rest = self.0.username_rest;
        let work = move |database: &mut SqliteConnection| update::run(database, id, update, rest);
        let updated = self.0.threads.write_without_savepoint(work).await?;
        self.0.ids.set(&who, updated.as_ref());
        Ok(updated)
    }
}

#[async_trait]
impl AdminRepository for Repository<Sqlite> {
    async fn add(
        &self,
        profile: &Profile,
        identities: &[Identity],
        provenance: &Provenance,
    ) -> Result<()> {
        let (profile, provenance) = (profile.clone(), provenance.clone());
        let identities = identities.to_vec();
        let rest = self.0.username_rest;
        let work = move |database: &mut SqliteConnection| {
            check_username(database, Some(profile.id), &profile.username, rest)?;
            let add = profiles::add(&profile, &identities, &provenance, rest);
            execute(database, add)?;
            set_username(database, profile.id, &profile.username)?;
            execute(database, profiles::add_external_ids(&profile))?;
            execute(database, profiles::add_identities(profile.id, &identities))?;
            let document = creation_document(&profile, &identities, &BTreeMap::new());
            record(database, &profile, &document, &provenance, None)
        };
        self.0.threads.write(work).await
    }

    async fn inspect(&self, who: &ProfileRef) -> Result<Option<Profile>> {
        let inspect = profiles::inspect(who);
        let work = move |database: &mut SqliteConnection| first_profile(database, inspect);
        self.0.threads.read(work).await
    }

    async fn erase(&self, erasure: &Erasure) -> Result<bool> {
        let erasure = erasure.clone();
        let rest = self.0.username_rest;
        let work = move |database: &mut SqliteConnection| {
            execute(database, usernames::purge_released(rest))?;
            let Some(profile) = first_profile(database, profiles::inspect(&erasure.who))? else {
                return Ok(false);
            };
            if erasure.tenant.is_some_and(|own| own != profile.tenant_id) {
                return Ok(false);
            }
            // The transaction excludes other writers.
            if erasure
                .expected
                .is_some_and(|expected| expected != profile.revision())
            {
                return Err(Error::VersionMismatch);
            }
            let identities: Vec<Identity> = rows(database, profiles::identities(profile.id))?;
            for statement in removal::record(&profile, identities.len(), &erasure) {
                execute(database, statement)?;
            }
            execute(database, erasures::link(profile.id))?;
            execute(database, history::archive(profile.id))?;
            let removed: Vec<()> = last_rows(database, removal::statements(profile.id))?;
            Ok(!removed.is_empty())
        };
        let is_removed = self.0.threads.write(work).await?;
        if is_removed {
            self.0.empty_log().await;
        }
        Ok(is_removed)
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
        let query = query.clone();
        let work = move |database: &mut SqliteConnection| {
            let before: Vec<String> = match profiles::before(&query) {
                Some(before) => rows(database, before)?,
                None => Vec::new(),
            };
            let before = before.first().map_or("", String::as_str);
            let found = load(database, profiles::search(&query, before))?;
            profiles::page(&query, found)
        };
        self.0.threads.read(work).await
    }

    async fn identities(&self, id: ProfileId) -> Result<Vec<Identity>> {
        self.0.read(profiles::identities(id)).await
    }

    async fn replace(&self, replacement: &Replacement) -> Result<Option<Profile>> {
        let removed = replacement.removed_identities.clone();
        let replacement = replacement.clone();
        let rest = self.0.username_rest;
        let work =
            move |database: &mut SqliteConnection| update::replace(database, &replacement, rest);
        let replaced = self.0.threads.write(work).await?;
        self.0.ids.forget(&removed);
        Ok(replaced)
    }

    async fn history(&self, id: ProfileId, limit: u32) -> Result<Vec<Change>> {
        self.0.read(history::list(id, limit)).await
    }

    async fn find_change(&self, seq: i64) -> Result<Option<Change>> {
        self.0.read_one(history::find(seq)).await
    }

    /// The order of numbers is that of the commits, because there is one writer.
    async fn changes(
        &self,
        after: i64,
        tenant: Option<TenantId>,
        limit: u32,
    ) -> Result<Vec<Change>> {
        let feed = history::feed(after, i64::MAX, tenant, limit);
        self.0.read(feed).await
    }

    async fn trim_history(&self, retention: &Retention, after: i64) -> Result<TrimmedHistory> {
        let due = self.0.read(history::trim(retention, after));
        let (mut trimmed, due): (_, Option<Vec<i64>>) = history::read_trimmed(&due.await?)?;
        // In small chunks, so that other writes can interleave.
        let mut due = due.unwrap_or_default();
        due.sort_unstable();
        for chunk in due.chunks(TRIM_CHUNK) {
            let chunk = chunk.to_vec();
            let work = move |database: &mut SqliteConnection| {
                chunk.into_iter().try_fold(0, |removed, seq| {
                    let remove = history::remove(seq);
                    let count = remove.execute(database).map_err(classify)?;
                    Ok(removed + count as u64)
                })
            };
            trimmed.removed += self.0.threads.write(work).await?;
        }
        Ok(trimmed)
    }

    async fn default_tenant(&self, candidate: TenantId, at: Timestamp) -> Result<TenantId> {
        let work = move |database: &mut SqliteConnection| {
            execute(database, tenants::add_default(candidate, at))?;
            let found = rows(database, tenants::find_default())?;
            let found = found.into_iter().next();
            found.ok_or_else(|| unreadable("there is no default tenant"))
        };
        self.0.threads.write(work).await
    }

    async fn check(&self) -> Result<()> {
        self.0.check_layout().await?.map_err(Error::from)
    }
}

impl Sqlite {
    /// Empties the write-ahead log, which still contains the old pages. If readers keep it in use,
    /// it is overwritten later, at the latest when the last connection closes.
    async fn empty_log(&self) {
        for _ in 0..EMPTY_LOG_ATTEMPTS {
            let opener = self.opener.clone();
            let emptied = tokio::task::spawn_blocking(move || opener.empty_log()).await;
            if matches!(emptied, Ok(Ok(true))) {
                return;
            }
            tokio::time::sleep(EMPTY_LOG_PAUSE).await;
        }
    }
}
