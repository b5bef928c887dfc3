//! Profiles in SQLite.

mod accounts;
mod batch;
mod erase;
mod fault;
mod file;
mod images;
mod job;
mod migrate;
mod tenants;
mod threads;
mod update;
mod upload;
mod usernames;

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
    Absence, Change, Error, Identity, Json, PatchDocument, Profile, ProfileId, ProfileRef,
    ProfileUpdate, Profiles, Provenance, Registry, Result, Retention, TenantId, TrimmedHistory,
    Username, facts_document,
};

use self::{fault::fault, file::Opener, threads::Threads};
use crate::{
    OpenError, StoreSettings,
    aliases::Aliases,
    migration::{self, LayoutError},
    row::{ChainedRow, ChangeRow, ProfileRow, TextRow},
    statement::{self, Statement},
    trimmed,
};

/// How many entries of histories are removed in one transaction.
const TRIMMED: usize = 100;

/// Profiles in a SQLite file, reached through threads of its own.
pub(crate) struct Sqlite {
    threads: Threads,
    aliases: Aliases,
    opener: Opener,
    /// How long a user name rests, in microseconds.
    username_rest: i64,
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
            aliases: Aliases::new(),
            opener,
            username_rest: settings.username_rest(),
        })
    }

    /// Reads the profile that `who` names, of `tenant` where that matters, by an alias where there
    /// is one.
    async fn find_as(&self, who: &ProfileRef, tenant: Option<TenantId>) -> Result<Option<Profile>> {
        let find = |who: ProfileRef| {
            let find = match tenant {
                None => statement::find(&who),
                Some(tenant) => statement::find_in(tenant, &who),
            };
            self.threads.read(move |database| one(database, find))
        };
        self.aliases.find(who, find).await
    }

    /// Runs a statement on a connection that cannot write, and answers its rows.
    pub(crate) async fn read_rows<T>(&self, statement: Statement) -> Result<Vec<T>>
    where
        T: QueryableByName<Backend> + Send + 'static,
    {
        let work = move |database: &mut SqliteConnection| load(database, statement);
        self.threads.read(work).await
    }

    /// Runs a statement that writes, and answers its rows when it is on the disk.
    pub(crate) async fn write_rows<T>(&self, statement: Statement) -> Result<Vec<T>>
    where
        T: QueryableByName<Backend> + Send + 'static,
    {
        let work = move |database: &mut SqliteConnection| load(database, statement);
        self.threads.write(work).await
    }
}

#[async_trait]
impl Profiles for Sqlite {
    async fn find(&self, who: &ProfileRef) -> Result<Option<Profile>> {
        self.find_as(who, None).await
    }

    async fn find_in(&self, tenant: TenantId, who: &ProfileRef) -> Result<Option<Profile>> {
        self.find_as(who, Some(tenant)).await
    }

    async fn username_holders(&self, name: &Username) -> Result<Vec<ProfileId>> {
        let holders = statement::username_holders(name, self.username_rest);
        let rows: Vec<TextRow> = self.read_rows(holders).await?;
        rows.into_iter().map(TextRow::profile_id).collect()
    }

    async fn explain_absence(
        &self,
        who: &ProfileRef,
        claimed: Option<TenantId>,
    ) -> Result<Option<Absence>> {
        Absence::explain(self, who, claimed).await
    }

    async fn update(&self, update: ProfileUpdate) -> Result<Option<Profile>> {
        let who = update.who.clone();
        let alias = self.aliases.get(&who);
        let rest = self.username_rest;
        let work =
            move |database: &mut SqliteConnection| update::run(database, alias, update, rest);
        let updated = self.threads.write_tidily(work).await?;
        self.aliases.learn(&who, updated.as_ref());
        Ok(updated)
    }
}

#[async_trait]
impl Registry for Sqlite {
    async fn add(
        &self,
        profile: &Profile,
        identities: &[Identity],
        provenance: &Provenance,
    ) -> Result<()> {
        let (profile, provenance) = (profile.clone(), provenance.clone());
        let identities = identities.to_vec();
        let rest = self.username_rest;
        let work = move |database: &mut SqliteConnection| {
            usernames::check(database, None, &profile.username, rest)?;
            let add = statement::add(&profile, &identities, &provenance, rest);
            execute(database, add)?;
            usernames::claim(database, profile.id, &profile.username)?;
            execute(database, statement::link_external_ids(&profile))?;
            execute(
                database,
                statement::link_identities(profile.id, &identities),
            )?;
            let nothing = PatchDocument::from_stored("{}".to_owned());
            record(database, &profile, &nothing, &provenance, None)
        };
        self.threads.write(work).await
    }

    async fn inspect(&self, who: &ProfileRef) -> Result<Option<Profile>> {
        let inspect = statement::inspect(who);
        let work = move |database: &mut SqliteConnection| one(database, inspect);
        self.threads.read(work).await
    }

    async fn remove(&self, who: &ProfileRef) -> Result<bool> {
        let who = who.clone();
        let rest = self.username_rest;
        let work = move |database: &mut SqliteConnection| {
            execute(database, statement::purge_usernames(rest))?;
            let Some(profile) = one(database, statement::inspect(&who))? else {
                return Ok(false);
            };
            execute(database, statement::erase(profile.id))?;
            execute(database, statement::bury(profile.id))?;
            execute(database, statement::forget_entries(profile.id))?;
            execute(database, statement::release_usernames(profile.id))?;
            execute(database, statement::forget_image_uploads(profile.id))?;
            let remove = statement::remove(&ProfileRef::Id(profile.id));
            let removed: Vec<TextRow> = load(database, remove)?;
            Ok(!removed.is_empty())
        };
        let is_removed = self.threads.write(work).await?;
        if is_removed {
            self.empty_log().await;
        }
        Ok(is_removed)
    }

    async fn list(&self, after: Option<ProfileId>, limit: u32) -> Result<Vec<Profile>> {
        let rows: Vec<ProfileRow> = self.read_rows(statement::list(after, limit)).await?;
        rows.into_iter().map(ProfileRow::read).collect()
    }

    async fn set_facts(
        &self,
        who: &ProfileRef,
        dialect: &str,
        facts: Option<&Json>,
        provenance: &Provenance,
    ) -> Result<Option<Profile>> {
        let (who, dialect, facts) = (who.clone(), dialect.to_owned(), facts.cloned());
        let provenance = provenance.clone();
        let work = move |database: &mut SqliteConnection| {
            let find = statement::find_with_last_change(&who);
            let Some(row) = chained(database, find)? else {
                return Ok(None);
            };
            let mut profile = row.profile.read()?;
            if profile.facts.get(&dialect) == facts.as_ref() {
                return Ok(Some(profile));
            }
            match facts {
                Some(facts) => profile.facts.insert(dialect, facts),
                None => profile.facts.remove(&dialect),
            };
            let write = statement::replace_facts(&who, &profile, &provenance);
            let written = one(database, write)?;
            if let Some(profile) = &written {
                record(
                    database,
                    profile,
                    &facts_document(&profile.facts),
                    &provenance,
                    row.last_change,
                )?;
            }
            Ok(written)
        };
        self.threads.write(work).await
    }

    async fn history(&self, id: ProfileId, limit: u32) -> Result<Vec<Change>> {
        let rows: Vec<ChangeRow> = self.read_rows(statement::history(id, limit)).await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    async fn trim_history(&self, retention: &Retention, after: i64) -> Result<TrimmedHistory> {
        let due = self.read_rows(statement::due_history(retention, after));
        let (mut trimmed, due): (_, Option<Vec<i64>>) = trimmed::read(&due.await?)?;
        // Few at a time, so that other writes come in between.
        let mut due = due.unwrap_or_default();
        due.sort_unstable();
        for some in due.chunks(TRIMMED) {
            let some = some.to_vec();
            let work = move |database: &mut SqliteConnection| {
                some.into_iter().try_fold(0, |removed, seq| {
                    let remove = statement::remove_change(seq);
                    let count = remove.execute(database).map_err(fault)?;
                    Ok(removed + count as u64)
                })
            };
            trimmed.removed += self.threads.write(work).await?;
        }
        Ok(trimmed)
    }

    async fn default_tenant(&self, candidate: TenantId, at: Timestamp) -> Result<TenantId> {
        let work = move |database: &mut SqliteConnection| {
            execute(database, statement::add_default_tenant(candidate, at))?;
            let found: Vec<TextRow> = load(database, statement::default_tenant())?;
            let text = found.into_iter().next().map(|row| row.0);
            let text = text.ok_or_else(|| Error::Storage("there is no default tenant".into()))?;
            text.parse().map_err(|e| Error::Storage(Box::new(e)))
        };
        self.threads.write(work).await
    }

    async fn check(&self) -> Result<()> {
        let work = move |database: &mut SqliteConnection| {
            let there: Vec<TextRow> = load(database, statement::layout())?;
            if !there.iter().any(|TextRow(text)| text == migration::TABLE) {
                return Ok(Err(LayoutError::Missing));
            }
            let applied: Vec<TextRow> = load(database, statement::migrations())?;
            let applied = applied.into_iter().map(|row| row.0);
            migration::check::<Backend>(&migration::SQLITE, applied)
        };
        self.threads.read(work).await?.map_err(Error::from)
    }
}

fn load<T>(database: &mut SqliteConnection, statement: Statement) -> Result<Vec<T>>
where
    T: QueryableByName<Backend> + 'static,
{
    statement.load(database).map_err(fault)
}

fn one(database: &mut SqliteConnection, statement: Statement) -> Result<Option<Profile>> {
    let rows: Vec<ProfileRow> = load(database, statement)?;
    rows.into_iter().next().map(ProfileRow::read).transpose()
}

fn chained(database: &mut SqliteConnection, find: Statement) -> Result<Option<ChainedRow>> {
    let rows: Vec<ChainedRow> = load(database, find)?;
    Ok(rows.into_iter().next())
}

fn execute(database: &mut SqliteConnection, statement: Statement) -> Result<()> {
    statement.execute(database).map(|_| ()).map_err(fault)
}

fn record(
    database: &mut SqliteConnection,
    profile: &Profile,
    patch: &PatchDocument,
    provenance: &Provenance,
    previous: Option<i64>,
) -> Result<()> {
    let record = statement::record(profile.id, profile.version, patch, provenance, previous);
    execute(database, record)
}
