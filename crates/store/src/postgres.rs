//! Profiles in PostgreSQL.

mod accounts;
mod connector;
mod entries;
mod fault;
mod images;
mod lane;
mod many;
mod migrate;
mod session;
mod setup;
mod tenants;
mod tls;
mod unix;

use std::{fmt, mem, sync::Arc, time::Duration};

use async_trait::async_trait;
use diesel::{deserialize::QueryableByName, pg::Pg};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use manyface_core::{
    Absence, Change, Error, Field, Identity, Json, Profile, ProfileId, ProfileRef, ProfileUpdate,
    Profiles, Provenance, Registry, Result, Retention, TenantId, TrimmedHistory, Username, verdict,
};
use tokio::time::{Instant, sleep, timeout};

use crate::{
    StoreSettings,
    aliases::Aliases,
    database_url::Server,
    row::{ChangeRow, ProfileRow, TextRow},
    statement::{self, Statement},
    trimmed,
};

pub use self::tls::TlsError;
use self::{
    fault::{Fault, fault, pause},
    lane::{Lane, Line, Lookup, Outcome, Work},
    session::Sessions,
};

/// How often a statement is tried that met others on its way.
const ATTEMPTS: u32 = 8;

/// Profiles in PostgreSQL.
///
/// Reads and updates go through two lanes, which coalesce them; everything else, and what a lane
/// could not do, through a pool.
pub(crate) struct Postgres {
    line: Line,
    aliases: Arc<Aliases>,
    /// How long a user name rests, in microseconds.
    username_rest: i64,
    reads: Lane<Lookup>,
    updates: Lane<ProfileUpdate>,
}

/// Whether a statement may be sent again when nobody can tell whether it was run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Read,
    Write,
}

impl fmt::Debug for Postgres {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Postgres").finish_non_exhaustive()
    }
}

impl Postgres {
    pub(crate) fn open(server: &Server, settings: &StoreSettings) -> Result<Self, TlsError> {
        let line = Line {
            sessions: Arc::new(Sessions::open(server, settings)?),
            // The server ends the statement itself, unless it cannot be reached any more.
            patience: settings.statement_timeout() + Duration::from_secs(1),
            queue: settings.queue.get(),
        };
        let rest = settings.username_rest();
        Ok(Self::on(line, Arc::new(Aliases::new()), rest))
    }

    /// The same store, with lanes of its own and the same pool.
    pub(crate) fn another(&self) -> Self {
        let aliases = Arc::clone(&self.aliases);
        Self::on(self.line.clone(), aliases, self.username_rest)
    }

    fn on(line: Line, aliases: Arc<Aliases>, username_rest: i64) -> Self {
        Self {
            aliases,
            username_rest,
            reads: Lane::new(line.clone()),
            updates: Lane::new(line.clone()),
            line,
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
        match self.reads.ask(Arc::clone(&lookup)).await? {
            Outcome::Done(found) => found,
            // Rare, and large: without the box, each request would move its state about.
            Outcome::Alone => {
                let found = Box::pin(self.one(Effect::Read, &lookup.one())).await?;
                Ok(found.map(Box::new))
            }
        }
    }

    /// As [`Postgres::find_by`], by an alias where there is one.
    async fn find_as(&self, who: &ProfileRef, tenant: Option<TenantId>) -> Result<Option<Profile>> {
        if is_unspeakable(who) {
            return Ok(None);
        }
        let find = |who| self.find_by(who, tenant);
        let found = self.aliases.find(who, find).await?;
        Ok(found.map(|profile| *profile))
    }

    /// Makes `update`, with what else is to be made; `None` where it names no profile.
    async fn update_by(&self, update: &mut Arc<ProfileUpdate>) -> Result<Option<Box<Profile>>> {
        // A user name or an entry may be taken, and a statement that fails for that fails for all
        // in it. What uses an upload has a statement of its own.
        let patch = &update.patch;
        let mut is_alone =
            patch.username.is_some() || !patch.new_entries.is_empty() || update.upload.is_some();
        for _ in 0..ATTEMPTS {
            let outcome = if is_alone {
                Outcome::Alone
            } else {
                self.updates.ask(Arc::clone(update)).await?
            };
            let written = match outcome {
                Outcome::Done(written) => written?,
                Outcome::Alone => {
                    let write = statement::update(update, self.username_rest);
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
            match verdict(&profile, update) {
                // It could be written now: the profile has changed in between, or another update in
                // the same statement had it under another name.
                Ok(true) => {
                    Box::pin(self.check_guards(&profile, update)).await?;
                    is_alone = true;
                }
                Ok(false) => return Ok(Some(profile)),
                Err(Error::NotFound) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Err(Error::Unavailable(None))
    }

    /// Runs a statement of its own that answers at most one profile.
    async fn one(&self, effect: Effect, statement: &Statement) -> Result<Option<Profile>> {
        let rows: Vec<ProfileRow> = self.run(effect, statement).await?;
        rows.into_iter().next().map(ProfileRow::read).transpose()
    }

    /// Runs one statement, on its own a transaction, and answers its rows.
    ///
    /// A read that finds its connection dead is sent once more, over another one.
    pub(crate) async fn run<T>(&self, effect: Effect, statement: &Statement) -> Result<Vec<T>>
    where
        T: QueryableByName<Pg> + Send + 'static,
    {
        let mut is_second = false;
        for attempt in 0..ATTEMPTS {
            let mut session = self.line.sessions.acquire().await?;
            let begun = Instant::now();
            let rows = timeout(self.line.patience, statement.load::<T>(&mut session)).await;
            let fault = match rows {
                Ok(Ok(rows)) => {
                    session.release();
                    return Ok(rows);
                }
                Ok(Err(error)) => {
                    fault(error, &mut session, begun.elapsed(), self.line.patience).await
                }
                Err(elapsed) => Fault::Lost(elapsed.into()),
            };
            match fault {
                Fault::Answer(error) => {
                    session.release();
                    return Err(error);
                }
                Fault::Locked(cause) => {
                    session.release();
                    return Err(Error::Unavailable(Some(cause)));
                }
                Fault::Collision => {
                    session.release();
                    sleep(pause(attempt)).await;
                }
                Fault::Lost(cause) => {
                    drop(session);
                    self.line.sessions.forget_idle();
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

/// Whether no stored text can be equal to one in `who`: PostgreSQL has no U+0000.
fn is_unspeakable(who: &ProfileRef) -> bool {
    let texts: [&str; 2] = match who {
        ProfileRef::Id(_) => ["", ""],
        ProfileRef::External { dialect, id } => [dialect, id],
        ProfileRef::Identity { issuer, subject } => [issuer, subject],
        ProfileRef::Username(key) => [key, ""],
    };
    texts.iter().any(|text| text.contains('\0'))
}

#[async_trait]
impl Profiles for Postgres {
    async fn find(&self, who: &ProfileRef) -> Result<Option<Profile>> {
        self.find_as(who, None).await
    }

    async fn find_in(&self, tenant: TenantId, who: &ProfileRef) -> Result<Option<Profile>> {
        self.find_as(who, Some(tenant)).await
    }

    async fn username_holders(&self, name: &Username) -> Result<Vec<ProfileId>> {
        let holders = statement::username_holders(name, self.username_rest);
        let rows: Vec<TextRow> = self.run(Effect::Read, &holders).await?;
        rows.into_iter().map(TextRow::profile_id).collect()
    }

    async fn explain_absence(
        &self,
        who: &ProfileRef,
        claimed: Option<TenantId>,
    ) -> Result<Option<Absence>> {
        Absence::explain(self, who, claimed).await
    }

    async fn update(&self, mut update: ProfileUpdate) -> Result<Option<Profile>> {
        if is_unspeakable(&update.who) {
            return Ok(None);
        }
        if let Some(id) = self.aliases.get(&update.who) {
            let alias = mem::replace(&mut update.who, id);
            let mut by_id = Arc::new(update);
            let updated = self.update_by(&mut by_id).await?;
            if let Some(profile) = updated {
                return Ok(Some(*profile));
            }
            update = ProfileUpdate {
                who: alias,
                ..Arc::unwrap_or_clone(by_id)
            };
        }
        let mut update = Arc::new(update);
        let updated = self.update_by(&mut update).await?;
        self.aliases.learn(&update.who, updated.as_deref());
        Ok(updated.map(|profile| *profile))
    }
}

#[async_trait]
impl Registry for Postgres {
    async fn add(
        &self,
        profile: &Profile,
        identities: &[Identity],
        provenance: &Provenance,
    ) -> Result<()> {
        let add = statement::add(profile, identities, provenance, self.username_rest);
        let added: Vec<TextRow> = self.run(Effect::Write, &add).await?;
        debug_assert_eq!(added.len(), 1);
        Ok(())
    }

    async fn inspect(&self, who: &ProfileRef) -> Result<Option<Profile>> {
        if is_unspeakable(who) {
            return Ok(None);
        }
        self.one(Effect::Read, &statement::inspect(who)).await
    }

    async fn remove(&self, who: &ProfileRef) -> Result<bool> {
        if is_unspeakable(who) {
            return Ok(false);
        }
        let removed: Vec<TextRow> = self.run(Effect::Write, &statement::remove(who)).await?;
        let purge = statement::purge_usernames(self.username_rest);
        let _: Vec<TextRow> = self.run(Effect::Write, &purge).await?;
        Ok(!removed.is_empty())
    }

    async fn list(&self, after: Option<ProfileId>, limit: u32) -> Result<Vec<Profile>> {
        let list = statement::list(after, limit);
        let rows: Vec<ProfileRow> = self.run(Effect::Read, &list).await?;
        rows.into_iter().map(ProfileRow::read).collect()
    }

    async fn set_facts(
        &self,
        who: &ProfileRef,
        dialect: &str,
        facts: Option<&Json>,
        provenance: &Provenance,
    ) -> Result<Option<Profile>> {
        for _ in 0..ATTEMPTS {
            let Some(mut profile) = self.inspect(who).await? else {
                return Ok(None);
            };
            if profile.facts.get(dialect) == facts {
                return Ok(Some(profile));
            }
            match facts {
                Some(facts) => profile.facts.insert(dialect.to_owned(), facts.clone()),
                None => profile.facts.remove(dialect),
            };
            let write = statement::replace_facts(who, &profile, provenance);
            let rows: Vec<ProfileRow> = self.run(Effect::Write, &write).await?;
            if let Some(row) = rows.into_iter().next() {
                return row.read().map(Some);
            }
        }
        Err(Error::Unavailable(None))
    }

    async fn history(&self, id: ProfileId, limit: u32) -> Result<Vec<Change>> {
        let history = statement::history(id, limit);
        let rows: Vec<ChangeRow> = self.run(Effect::Read, &history).await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    async fn trim_history(&self, retention: &Retention, after: i64) -> Result<TrimmedHistory> {
        let trim = statement::trim_history(retention, after);
        let rows: Vec<TextRow> = self.run(Effect::Write, &trim).await?;
        let (mut trimmed, removed) = trimmed::read(&rows)?;
        trimmed.removed = removed;
        if removed >= statement::BATCH.into() {
            // There may be more of these.
            trimmed.last = Some(after);
        }
        Ok(trimmed)
    }

    async fn default_tenant(&self, candidate: TenantId, at: Timestamp) -> Result<TenantId> {
        for _ in 0..ATTEMPTS {
            let find = statement::default_tenant();
            let found: Vec<TextRow> = self.run(Effect::Read, &find).await?;
            if let Some(row) = found.into_iter().next() {
                return row.0.parse().map_err(|e| Error::Storage(Box::new(e)));
            }
            let add = statement::add_default_tenant(candidate, at);
            let _: Vec<TextRow> = self.run(Effect::Write, &add).await?;
        }
        Err(Error::Unavailable(None))
    }

    async fn check(&self) -> Result<()> {
        self.check_layout().await?.map_err(Error::from)
    }
}
