//! Profiles in PostgreSQL.

mod connector;
pub(crate) mod error_class;
mod migrate;
pub(crate) mod pool;
mod repository;
mod setup;
mod tls;

use std::{fmt, sync::Arc, time::Duration};

use diesel::{QueryResult, deserialize::QueryableByName, pg::Pg};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use manyface_core::{
    Error, Field, Profile, ProfileRef, ProfileUpdate, Result, SignedDuration, TenantId,
    check_update,
};
use tokio::time::{Instant, sleep, timeout};

use crate::{
    StoreSettings,
    batch::{BatchItem, Batcher, BatcherConfig, Outcome},
    catalogue,
    database::{Database, FromRow, Read},
    database_url::Server,
    id_cache::IdCache,
    profiles::{self, ProfileRow, many::Lookup},
    sql::Statement,
    uploads,
};

pub(crate) use self::error_class::Effect;
pub use self::tls::TlsError;
use self::{
    error_class::{DbErrorClass, classify, pause},
    pool::ConnectionPool,
};

/// How often a statement is sent that others get in the way of: see [`crate::batch`].
pub(crate) const ATTEMPTS: u32 = 8;

/// Profiles in PostgreSQL.
///
/// Reads and updates go through two batchers; everything else, and what a batcher could not run,
/// through a pool.
pub(crate) struct Postgres {
    config: BatcherConfig,
    ids: Arc<IdCache>,
    /// How long a user name rests.
    pub(crate) username_rest: SignedDuration,
    reads: Batcher<Lookup>,
    updates: Batcher<ProfileUpdate>,
}

impl fmt::Debug for Postgres {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Postgres").finish_non_exhaustive()
    }
}

impl Postgres {
    pub(crate) fn open(server: &Server, settings: &StoreSettings) -> Result<Self, TlsError> {
        let config = BatcherConfig {
            pool: Arc::new(ConnectionPool::open(server, settings)?),
            // The server ends the statement itself, unless it cannot be reached any more.
            timeout: settings.statement_timeout() + Duration::from_secs(1),
            queue: settings.queue.get(),
        };
        let rest = settings.username_rest;
        Ok(Self::on(config, Arc::new(IdCache::new()), rest))
    }

    /// Returns the same store with separate batchers and the same pool.
    pub(crate) fn another(&self) -> Self {
        let ids = Arc::clone(&self.ids);
        Self::on(self.config.clone(), ids, self.username_rest)
    }

    fn on(config: BatcherConfig, ids: Arc<IdCache>, username_rest: SignedDuration) -> Self {
        Self {
            ids,
            username_rest,
            reads: Batcher::new(config.clone()),
            updates: Batcher::new(config.clone()),
            config,
        }
    }

    /// Reads the profile that `who` names, of `tenant` where that matters, with what else is to be
    /// read.
    async fn find_by(
        &self,
        who: ProfileRef,
        tenant: Option<TenantId>,
    ) -> Result<Option<Box<Profile>>> {
        let lookup = Arc::new(Lookup { who, tenant });
        match self.reads.submit(Arc::clone(&lookup)).await? {
            Outcome::Done(found) => found,
            // Rare, and large: without the box, each request would move its state about.
            Outcome::Alone => {
                let found = Box::pin(self.one(Effect::Read, &lookup.one())).await?;
                Ok(found.map(Box::new))
            }
        }
    }

    /// Like [`Postgres::find_by`], by its id if that is cached.
    async fn find_by_cached_id(
        &self,
        who: &ProfileRef,
        tenant: Option<TenantId>,
    ) -> Result<Option<Profile>> {
        if contains_nul(who) {
            return Ok(None);
        }
        let find = |who| self.find_by(who, tenant);
        let found = self.ids.find(who, find).await?;
        Ok(found.map(|profile| *profile))
    }

    /// Makes `update`, with what else is to be made; `None` where it names no profile.
    async fn update_by(&self, update: &mut Arc<ProfileUpdate>) -> Result<Option<Box<Profile>>> {
        // A user name or an entry may be taken, and a statement that fails for that fails for all
        // in it. An update with an upload has a separate statement.
        let patch = &update.patch;
        let mut is_alone =
            patch.username.is_some() || !patch.new_entries.is_empty() || update.upload.is_some();
        let begun = Instant::now();
        for _ in 0..ATTEMPTS {
            let outcome = if is_alone {
                Outcome::Alone
            } else {
                self.updates.submit(Arc::clone(update)).await?
            };
            let written = match outcome {
                Outcome::Done(written) => written?,
                Outcome::Alone => {
                    let write = profiles::update(update, self.username_rest);
                    match Box::pin(self.one(Effect::Write, &write)).await {
                        Err(Error::Taken(Field::CatalogueEntry)) => {
                            if Box::pin(self.settle_entries(update)).await? {
                                continue;
                            }
                            return Ok(None);
                        }
                        written => written?.map(Box::new),
                    }
                }
            };
            if written.is_some() {
                return Ok(written);
            }
            let found = self.find_by(update.who.clone(), update.tenant);
            let Some(profile) = Box::pin(found).await? else {
                return Ok(None);
            };
            match check_update(&profile, update) {
                // It could be written now: the profile has changed in between, or another update in
                // the same statement had it under another name.
                Ok(true) => {
                    Box::pin(self.check_guards(&profile, update)).await?;
                    if begun.elapsed() > self.config.timeout {
                        break;
                    }
                    is_alone = true;
                }
                Ok(false) => return Ok(Some(profile)),
                Err(Error::NotFound) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Err(Error::Unavailable(None))
    }

    /// Lets an update refer to the entries that were added meanwhile, and gives the others new ids.
    /// Returns whether the update's profile exists.
    async fn settle_entries(&self, update: &mut Arc<ProfileUpdate>) -> Result<bool> {
        let found = self.find_by(update.who.clone(), update.tenant).await?;
        let Some(profile) = found else {
            return Ok(false);
        };
        self.use_settled_entries(&profile, update).await?;
        Ok(true)
    }

    /// Explains why the statement did not write an update that `profile` admits: its upload or its
    /// new entries do not fit. Those that exist by now are not new.
    async fn check_guards(&self, profile: &Profile, update: &mut Arc<ProfileUpdate>) -> Result<()> {
        uploads::check_usable(self, update.upload.as_deref(), profile.avatar.as_ref()).await?;
        if update.entry_room().is_some() {
            self.use_settled_entries(profile, update).await?;
        }
        let Some(room) = update.entry_room() else {
            return Ok(());
        };
        let surplus = catalogue::surplus(profile.id, room);
        catalogue::check_room(room, &self.read(surplus).await?)
    }

    async fn use_settled_entries(
        &self,
        profile: &Profile,
        update: &mut Arc<ProfileUpdate>,
    ) -> Result<()> {
        let patch = &mut Arc::make_mut(update).patch;
        let find = catalogue::find_new_entries(profile.tenant_id, patch);
        catalogue::use_found_entries(patch, &self.read(find).await?);
        // One of the ids may have been the cause.
        let ids: Vec<_> = patch.new_entries.iter().map(|new| new.id).collect();
        patch.renumber_new_entries(|id| ids.contains(&id));
        Ok(())
    }

    /// Runs a statement that returns at most one profile.
    async fn one(&self, effect: Effect, statement: &Statement) -> Result<Option<Profile>> {
        let rows: Vec<ProfileRow> = self.run(effect, statement).await?;
        rows.into_iter().next().map(ProfileRow::read).transpose()
    }

    /// Runs one statement, on its own a transaction, and returns its rows.
    pub(crate) async fn run<T>(&self, effect: Effect, statement: &Statement) -> Result<Vec<T>>
    where
        T: QueryableByName<Pg> + Send + 'static,
    {
        self.run_locked(effect, None, std::slice::from_ref(statement))
            .await
    }

    /// Runs statements, after `lock` in one transaction, and returns the rows of the last one; or one
    /// statement without a lock.
    ///
    /// A read that finds its connection dead is sent once more, over another one.
    pub(crate) async fn run_locked<T>(
        &self,
        effect: Effect,
        lock: Option<&Statement>,
        statements: &[Statement],
    ) -> Result<Vec<T>>
    where
        T: QueryableByName<Pg> + Send + 'static,
    {
        let mut is_second = false;
        for attempt in 0..ATTEMPTS {
            let mut connection = self.config.pool.acquire().await?;
            let begun = Instant::now();
            let rows = load(&mut connection, lock, statements);
            let rows = timeout(self.config.timeout, rows).await;
            let class = match rows {
                Ok(Ok(rows)) => {
                    connection.release();
                    return Ok(rows);
                }
                Ok(Err(error)) => {
                    classify(error, &mut connection, begun.elapsed(), self.config.timeout).await
                }
                Err(elapsed) => DbErrorClass::ConnectionLost(elapsed.into()),
            };
            match class {
                DbErrorClass::Final(error) => {
                    connection.release();
                    return Err(error);
                }
                DbErrorClass::LockTimeout(cause) => {
                    connection.release();
                    return Err(Error::Unavailable(Some(cause)));
                }
                DbErrorClass::Conflict => {
                    connection.release();
                    sleep(pause(attempt)).await;
                }
                DbErrorClass::ConnectionLost(cause) => {
                    drop(connection);
                    self.config.pool.forget_idle();
                    if effect == Effect::Write || is_second {
                        return Err(Error::Unavailable(Some(cause)));
                    }
                    is_second = true;
                }
            }
        }
        Err(Error::Unavailable(None))
    }
}

/// Runs statements, after `lock` in a transaction if that is given, and returns the rows of the last.
async fn load<T>(
    connection: &mut AsyncPgConnection,
    lock: Option<&Statement>,
    statements: &[Statement],
) -> QueryResult<Vec<T>>
where
    T: QueryableByName<Pg> + Send + 'static,
{
    let Some((last, before)) = statements.split_last() else {
        return Ok(Vec::new());
    };
    let Some(lock) = lock else {
        return last.load(connection).await;
    };
    let run = async |connection: &mut AsyncPgConnection| {
        for statement in [lock].into_iter().chain(before) {
            statement.load::<Read<()>>(connection).await?;
        }
        last.load(connection).await
    };
    connection.transaction(run).await
}

/// Whether no stored text can be equal to one in `who`: PostgreSQL has no U+0000.
fn contains_nul(who: &ProfileRef) -> bool {
    let texts: [&str; 2] = match who {
        ProfileRef::Id(_) => ["", ""],
        ProfileRef::External { dialect, id } => [dialect, id],
        ProfileRef::Identity { issuer, subject } => [issuer, subject],
        ProfileRef::Username(key) => [key, ""],
    };
    texts.iter().any(|text| text.contains('\0'))
}

impl Database for Postgres {
    async fn read<T: FromRow>(&self, statement: Statement) -> Result<Vec<T>> {
        if statement.contains_nul() {
            return Ok(Vec::new());
        }
        Ok(Read::all(self.run(Effect::Read, &statement).await?))
    }

    async fn write<T: FromRow>(&self, statement: Statement) -> Result<Vec<T>> {
        Ok(Read::all(self.run(Effect::Write, &statement).await?))
    }

    async fn write_locked<T: FromRow>(
        &self,
        lock: Statement,
        statements: Vec<Statement>,
    ) -> Result<Vec<T>> {
        let rows = self.run_locked(Effect::Write, Some(&lock), &statements);
        rows.await.map(Read::all)
    }
}
