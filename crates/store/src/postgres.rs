//! The PostgreSQL store.

mod connector;
pub(crate) mod error_class;
mod feed;
mod migrate;
pub(crate) mod pool;
mod repository;
mod setup;
mod tls;
mod transaction;

use std::{fmt, sync::Arc, time::Duration};

use diesel::{deserialize::QueryableByName, pg::Pg};
use manyface_core::{
    Error, Field, Profile, ProfileRef, ProfileUpdate, Result, SignedDuration, TenantId,
    check_update,
};
use tokio::time::{Instant, sleep, timeout};

use crate::{
    PoolStatus, StoreMetrics, StoreSettings,
    batch::{BatchItem, Batcher, BatcherConfig, Outcome},
    catalogue,
    database::{Database, Decoded, FromRow},
    database_url::Server,
    id_cache::IdCache,
    profiles::{self, ProfileRow, many::Lookup},
    sql::Statement,
    uploads,
};

pub use self::tls::TlsError;
pub(crate) use self::{error_class::Effect, transaction::Lock};
use self::{
    error_class::{DbErrorClass, classify, pause},
    feed::Feed,
    pool::ConnectionPool,
    transaction::load,
};

/// The maximum number of attempts if other transactions interfere: see [`crate::batch`].
pub(crate) const ATTEMPTS: u32 = 8;

/// A PostgreSQL store.
///
/// Reads and updates go through two batchers. Other statements, and those that a batcher could not
/// run, go through a pool.
pub(crate) struct Postgres {
    config: BatcherConfig,
    ids: Arc<IdCache>,
    /// The reservation period of released user names.
    pub(crate) username_rest: SignedDuration,
    /// The end of the feed of changes as this process has seen it.
    feed: Arc<Feed>,
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
            // The server ends the statement itself, unless the connection is lost.
            timeout: settings.statement_timeout() + Duration::from_secs(1),
            queue: settings.queue.get(),
            metrics: Arc::default(),
        };
        let rest = settings.username_rest;
        let feed = Arc::default();
        Ok(Self::with_config(
            config,
            Arc::new(IdCache::new()),
            rest,
            feed,
        ))
    }

    pub(crate) fn metrics(&self) -> &StoreMetrics {
        &self.config.metrics
    }

    pub(crate) fn pool_status(&self) -> PoolStatus {
        self.config.pool.status()
    }

    /// Returns this store with separate batchers and the same pool.
    pub(crate) fn with_new_batchers(&self) -> Self {
        let ids = Arc::clone(&self.ids);
        let feed = Arc::clone(&self.feed);
        Self::with_config(self.config.clone(), ids, self.username_rest, feed)
    }

    fn with_config(
        config: BatcherConfig,
        ids: Arc<IdCache>,
        username_rest: SignedDuration,
        feed: Arc<Feed>,
    ) -> Self {
        Self {
            ids,
            username_rest,
            feed,
            reads: Batcher::new(config.clone()),
            updates: Batcher::new(config.clone()),
            config,
        }
    }

    /// Reads the profile that `who` names, in a batch. If `tenant` is given, the profile must
    /// belong to it.
    async fn find_profile(
        &self,
        who: ProfileRef,
        tenant: Option<TenantId>,
    ) -> Result<Option<Box<Profile>>> {
        let lookup = Arc::new(Lookup { who, tenant });
        match self.reads.submit(Arc::clone(&lookup)).await? {
            Outcome::Done(found) => found,
            // Boxed because it is rare, and would enlarge the future of every request.
            Outcome::NotRun => {
                let found =
                    Box::pin(self.run_one(Effect::Read, &lookup.single_statement())).await?;
                Ok(found.map(Box::new))
            }
        }
    }

    /// Like [`Postgres::find_profile`], by the cached id if there is one.
    async fn find_by_cached_id(
        &self,
        who: &ProfileRef,
        tenant: Option<TenantId>,
    ) -> Result<Option<Profile>> {
        if contains_nul(who) {
            return Ok(None);
        }
        let find = |who| self.find_profile(who, tenant);
        let found = self.ids.find(who, find).await?;
        Ok(found.map(|profile| *profile))
    }

    /// Makes `update`, in a batch if possible. Returns `None` if the profile does not exist.
    async fn update_profile(
        &self,
        update: &mut Arc<ProfileUpdate>,
    ) -> Result<Option<Box<Profile>>> {
        // A user name or an entry may be taken, which would fail the whole batch. Uploads need a
        // separate statement.
        let patch = &update.patch;
        let mut is_single =
            patch.username.is_some() || !patch.new_entries.is_empty() || update.upload.is_some();
        let begun = Instant::now();
        for _ in 0..ATTEMPTS {
            let outcome = if is_single {
                Outcome::NotRun
            } else {
                self.updates.submit(Arc::clone(update)).await?
            };
            let written = match outcome {
                Outcome::Done(written) => written?,
                Outcome::NotRun => {
                    let write = profiles::update(update, self.username_rest);
                    match Box::pin(self.run_one(Effect::Write, &write)).await {
                        Err(Error::Taken(Field::CatalogueEntry)) => {
                            if Box::pin(self.refresh_new_entries(update)).await? {
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
            let found = self.find_profile(update.who.clone(), update.tenant);
            let Some(profile) = Box::pin(found).await? else {
                return Ok(None);
            };
            match check_update(&profile, update) {
                // It would succeed now. Either the profile has changed, or another update in the
                // batch named the same profile in another way.
                Ok(true) => {
                    Box::pin(self.check_guards(&profile, update)).await?;
                    if begun.elapsed() > self.config.timeout {
                        break;
                    }
                    is_single = true;
                }
                Ok(false) => return Ok(Some(profile)),
                Err(Error::NotFound) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Err(Error::Unavailable(None))
    }

    /// Replaces new entries that exist by now, and gives the others new ids. Returns whether the
    /// profile exists.
    async fn refresh_new_entries(&self, update: &mut Arc<ProfileUpdate>) -> Result<bool> {
        let found = self.find_profile(update.who.clone(), update.tenant).await?;
        let Some(profile) = found else {
            return Ok(false);
        };
        self.replace_existing_entries(&profile, update).await?;
        Ok(true)
    }

    /// Returns an error if the upload or the new entries are the reason why `update` was not
    /// written. New entries that exist by now are replaced first.
    async fn check_guards(&self, profile: &Profile, update: &mut Arc<ProfileUpdate>) -> Result<()> {
        uploads::check_usable(self, update.upload.as_deref(), profile.avatar.as_ref()).await?;
        if update.entry_room().is_some() {
            self.replace_existing_entries(profile, update).await?;
        }
        let Some(room) = update.entry_room() else {
            return Ok(());
        };
        let surplus = catalogue::surplus(profile.id, room);
        catalogue::check_room(room, &self.read(surplus).await?)
    }

    async fn replace_existing_entries(
        &self,
        profile: &Profile,
        update: &mut Arc<ProfileUpdate>,
    ) -> Result<()> {
        let patch = &mut Arc::make_mut(update).patch;
        let find = catalogue::find_new_entries(profile.tenant_id, patch);
        catalogue::use_found_entries(patch, &self.read(find).await?);
        // One of the ids may have been taken.
        let ids: Vec<_> = patch.new_entries.iter().map(|new| new.id).collect();
        patch.renumber_new_entries(|id| ids.contains(&id));
        Ok(())
    }

    /// Runs a statement that returns at most one profile.
    async fn run_one(&self, effect: Effect, statement: &Statement) -> Result<Option<Profile>> {
        let rows: Vec<ProfileRow> = self.run(effect, statement).await?;
        rows.into_iter().next().map(ProfileRow::read).transpose()
    }

    /// Runs one statement as a transaction, and returns its rows.
    pub(crate) async fn run<T>(&self, effect: Effect, statement: &Statement) -> Result<Vec<T>>
    where
        T: QueryableByName<Pg> + Send + 'static,
    {
        self.run_locked(effect, None, std::slice::from_ref(statement))
            .await
    }

    /// Runs `lock` and then the statements in one transaction, or one statement without `lock`.
    /// Returns the rows of the last statement, or none if the lock is a condition and has no row.
    ///
    /// A read whose connection was lost is sent once more, over another one.
    pub(crate) async fn run_locked<T>(
        &self,
        effect: Effect,
        lock: Option<Lock<'_>>,
        statements: &[Statement],
    ) -> Result<Vec<T>>
    where
        T: QueryableByName<Pg> + Send + 'static,
    {
        let rows = self.run_with_retries(effect, lock, statements).await;
        self.config.metrics.count_error(&rows);
        rows
    }

    async fn run_with_retries<T>(
        &self,
        effect: Effect,
        lock: Option<Lock<'_>>,
        statements: &[Statement],
    ) -> Result<Vec<T>>
    where
        T: QueryableByName<Pg> + Send + 'static,
    {
        let mut is_resent = false;
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
                    self.config.pool.close_idle();
                    if effect == Effect::Write || is_resent {
                        return Err(Error::Unavailable(Some(cause)));
                    }
                    is_resent = true;
                }
            }
        }
        Err(Error::Unavailable(None))
    }
}

/// Returns whether `who` contains U+0000, which PostgreSQL cannot store, so that no profile
/// matches.
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
        Ok(Decoded::into_values(
            self.run(Effect::Read, &statement).await?,
        ))
    }

    async fn write<T: FromRow>(&self, statement: Statement) -> Result<Vec<T>> {
        Ok(Decoded::into_values(
            self.run(Effect::Write, &statement).await?,
        ))
    }

    async fn write_locked<T: FromRow>(
        &self,
        lock: Statement,
        statements: Vec<Statement>,
    ) -> Result<Vec<T>> {
        let lock = Lock {
            statement: &lock,
            is_condition: false,
        };
        let rows = self.run_locked(Effect::Write, Some(lock), &statements);
        rows.await.map(Decoded::into_values)
    }
}
