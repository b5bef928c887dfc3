//! The SQLite store.

mod erase;
pub(crate) mod error;
pub(crate) mod file;
mod migrate;
mod update;

use std::{
    fmt,
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use diesel::{
    RunQueryDsl,
    deserialize::QueryableByName,
    sqlite::{Sqlite as Backend, SqliteConnection},
};
use jiff::Timestamp;
use manyface_core::{
    AdminRepository, Avatar, Change, Error, Identity, PatchDocument, Profile, ProfileAbsence,
    ProfileId, ProfileRef, ProfileRepository, ProfileUpdate, Provenance, Replacement, Result,
    Retention, SignedDuration, TenantId, TrimmedHistory, Upload, UserOrder, UserPage, UserQuery,
    Username,
};

use self::{
    error::classify,
    file::Opener,
    update::{check_username, set_username},
};
use crate::{
    OpenError, StoreSettings,
    batch::Threads,
    database::{Database, Decoded, FromRow, Repository, unreadable},
    history,
    id_cache::IdCache,
    migration::{self, LayoutError},
    profiles::{self, ChainedRow, ProfileRow},
    sql::Statement,
    tenants, uploads, usernames,
};

/// The number of history entries that are removed in one transaction.
const TRIM_CHUNK: usize = 100;

/// A SQLite file and the threads that access it.
pub(crate) struct Sqlite {
    threads: Threads,
    ids: IdCache,
    opener: Opener,
    /// How long a released user name stays reserved.
    pub(crate) username_rest: SignedDuration,
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sqlite").finish_non_exhaustive()
    }
}

impl Sqlite {
    pub(crate) fn open(path: &Path, settings: &StoreSettings) -> Result<Self, OpenError> {
        let opener = Opener::new(path, settings.busy_timeout_ms).map_err(|source| {
            let path = PathBuf::from(path);
            OpenError::File { path, source }
        })?;
        let threads = Threads::start(&opener, settings).map_err(OpenError::Thread)?;
        Ok(Self {
            threads,
            ids: IdCache::new(),
            opener,
            username_rest: settings.username_rest,
        })
    }

    /// Reads the profile that `who` names, by its cached id if there is one. If `tenant` is given,
    /// the profile must belong to it.
    async fn find_profile(
        &self,
        who: &ProfileRef,
        tenant: Option<TenantId>,
    ) -> Result<Option<Profile>> {
        let find = |who: ProfileRef| {
            let find = match tenant {
                None => profiles::find(&who),
                Some(tenant) => profiles::find_in(tenant, &who),
            };
            self.threads
                .read(move |database| first_profile(database, find))
        };
        self.ids.find(who, find).await
    }

    /// Runs `work` on a read-only connection.
    pub(crate) async fn read_transaction<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut SqliteConnection) -> Result<T> + Send + 'static,
    {
        self.threads.read(work).await
    }

    /// Runs `work` as the only writer, and returns after its commit. If it fails, its writes are
    /// rolled back.
    pub(crate) async fn transaction<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut SqliteConnection) -> Result<T> + Send + 'static,
    {
        self.threads.write(work).await
    }
}

impl Database for Sqlite {
    async fn read<T: FromRow>(&self, statement: Statement) -> Result<Vec<T>> {
        self.read_transaction(move |database| rows(database, statement))
            .await
    }

    async fn write<T: FromRow>(&self, statement: Statement) -> Result<Vec<T>> {
        self.transaction(move |database| rows(database, statement))
            .await
    }

    async fn write_locked<T: FromRow>(
        &self,
        _: Statement,
        statements: Vec<Statement>,
    ) -> Result<Vec<T>> {
        self.transaction(move |database| last_rows(database, statements))
            .await
    }
}

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
            check_username(database, None, &profile.username, rest)?;
            let add = profiles::add(&profile, &identities, &provenance, rest);
            execute(database, add)?;
            set_username(database, profile.id, &profile.username)?;
            execute(database, profiles::add_external_ids(&profile))?;
            execute(database, profiles::add_identities(profile.id, &identities))?;
            let no_changes = PatchDocument::from_stored("{}".to_owned());
            record(database, &profile, &no_changes, &provenance, None)
        };
        self.0.threads.write(work).await
    }

    async fn inspect(&self, who: &ProfileRef) -> Result<Option<Profile>> {
        let inspect = profiles::inspect(who);
        let work = move |database: &mut SqliteConnection| first_profile(database, inspect);
        self.0.threads.read(work).await
    }

    async fn remove(&self, who: &ProfileRef) -> Result<bool> {
        let who = who.clone();
        let rest = self.0.username_rest;
        let work = move |database: &mut SqliteConnection| {
            execute(database, usernames::purge_released(rest))?;
            let Some(profile) = first_profile(database, profiles::inspect(&who))? else {
                return Ok(false);
            };
            execute(database, history::archive(profile.id))?;
            let removed: Vec<()> = last_rows(database, profiles::removal(profile.id))?;
            Ok(!removed.is_empty())
        };
        let is_removed = self.0.threads.write(work).await?;
        if is_removed {
            self.0.empty_log().await;
        }
        Ok(is_removed)
    }

    async fn list(&self, after: Option<ProfileId>, limit: u32) -> Result<Vec<Profile>> {
        let list = profiles::list(after, limit);
        let rows: Vec<ProfileRow> = self
            .0
            .read_transaction(|database| load(database, list))
            .await?;
        rows.into_iter().map(ProfileRow::read).collect()
    }

    async fn search(&self, query: &UserQuery) -> Result<UserPage> {
        let query = query.clone();
        let work = move |database: &mut SqliteConnection| {
            let before: Vec<String> = match query.order {
                UserOrder::ChangedSince(since) if query.after.is_none() => {
                    rows(database, profiles::before(since))?
                }
                UserOrder::ChangedSince(_)
                | UserOrder::Id
                | UserOrder::Username(_)
                | UserOrder::Email(_) => Vec::new(),
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
        let work = move |database: &mut SqliteConnection| {
            let found: Vec<String> = rows(database, migration::layout())?;
            if !found.iter().any(|text| text == migration::TABLE) {
                return Ok(Err(LayoutError::Missing));
            }
            let applied: Vec<String> = rows(database, migration::applied())?;
            migration::check::<Backend>(&migration::SQLITE, applied.into_iter())
        };
        self.0.threads.read(work).await?.map_err(Error::from)
    }
}

/// Runs a statement, and returns its rows.
pub(crate) fn load<T>(database: &mut SqliteConnection, statement: Statement) -> Result<Vec<T>>
where
    T: QueryableByName<Backend> + 'static,
{
    statement.load(database).map_err(classify)
}

/// Like [`load`], for rows that are read by column name.
pub(crate) fn rows<T: FromRow>(
    database: &mut SqliteConnection,
    statement: Statement,
) -> Result<Vec<T>> {
    load(database, statement).map(Decoded::into_values)
}

/// Runs statements, and returns the rows of the last one.
pub(crate) fn last_rows<T: FromRow>(
    database: &mut SqliteConnection,
    mut statements: Vec<Statement>,
) -> Result<Vec<T>> {
    let last = statements.pop();
    for statement in statements {
        execute(database, statement)?;
    }
    last.map_or(Ok(Vec::new()), |last| rows(database, last))
}

fn first_profile(database: &mut SqliteConnection, statement: Statement) -> Result<Option<Profile>> {
    let rows: Vec<ProfileRow> = load(database, statement)?;
    rows.into_iter().next().map(ProfileRow::read).transpose()
}

pub(crate) fn first_chained(
    database: &mut SqliteConnection,
    find: Statement,
) -> Result<Option<ChainedRow>> {
    let rows: Vec<ChainedRow> = load(database, find)?;
    Ok(rows.into_iter().next())
}

pub(crate) fn execute(database: &mut SqliteConnection, statement: Statement) -> Result<()> {
    statement.execute(database).map(|_| ()).map_err(classify)
}

fn record(
    database: &mut SqliteConnection,
    profile: &Profile,
    patch: &PatchDocument,
    provenance: &Provenance,
    previous: Option<i64>,
) -> Result<()> {
    execute(
        database,
        history::record(profile, patch, provenance, previous),
    )
}

/// Checks that the upload `id` may replace the avatar `current`.
pub(crate) fn check_upload(
    database: &mut SqliteConnection,
    id: Option<&str>,
    current: Option<&Avatar>,
) -> Result<()> {
    let Some(id) = id else {
        return Ok(());
    };
    let found: Vec<Upload> = rows(database, uploads::find(id))?;
    manyface_core::check_upload(found.first(), current)
}

/// Marks the upload `id` as used.
pub(crate) fn use_upload(database: &mut SqliteConnection, id: Option<&str>) -> Result<()> {
    match id {
        Some(id) => execute(database, uploads::mark_used(id)),
        None => Ok(()),
    }
}
