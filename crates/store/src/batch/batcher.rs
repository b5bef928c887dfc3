//! One connection to PostgreSQL that serves, in one statement, all that waits for it.

use std::{
    collections::VecDeque,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use diesel::QueryResult;
use diesel_async::{AsyncPgConnection, RunQueryDsl, pooled_connection::PoolableConnection};
use manyface_core::{Error, Profile, ProfileRef, ProfileUpdate, Result, SignedDuration};
use tokio::{
    runtime::{self, Handle},
    sync::{mpsc, oneshot},
    task::yield_now,
    time::{Instant, timeout, timeout_at},
};

use super::pending::{Pending, expire, next_batch};
use crate::{
    postgres::{
        error_class::{DbErrorClass, Effect, classify},
        pool::ConnectionPool,
    },
    profiles::{self, PlacedRow, ProfileRow, many},
    sql::Statement,
};

/// The most requests that are searched for a batch.
const MAX_PENDING: usize = 1_024;
/// How often, at the most, the task yields to let a batch fill.
const MAX_YIELDS: usize = 4;

/// A request that can be sent with others of its kind.
pub(crate) trait BatchItem: Send + Sync + 'static {
    /// Whether it may be sent again if it is unknown whether it was done.
    const EFFECT: Effect;

    /// The statement for this one alone.
    fn one(&self) -> Statement;

    /// Runs all of these, which are in the order of their profiles, in one statement.
    fn load(
        connection: &mut AsyncPgConnection,
        work: &[&Self],
    ) -> impl Future<Output = QueryResult<Vec<PlacedRow>>> + Send;

    /// The profile it is about.
    fn profile(&self) -> &ProfileRef;
}

/// One statement changes a row once, so no two updates of one profile are in one batch. If two name
/// it in different ways, a row is returned for only one of them.
impl BatchItem for ProfileUpdate {
    const EFFECT: Effect = Effect::Write;

    fn one(&self) -> Statement {
        // Updates of user names are never batched: how long names rest does not matter.
        profiles::update(self, SignedDuration::ZERO)
    }

    async fn load(
        connection: &mut AsyncPgConnection,
        work: &[&Self],
    ) -> QueryResult<Vec<PlacedRow>> {
        many::update(work).load(connection).await
    }

    fn profile(&self) -> &ProfileRef {
        &self.who
    }
}

/// The result of a request.
pub(crate) enum Outcome {
    /// It was run, and this is the row that it returned, if any.
    Done(Result<Option<Box<Profile>>>),
    /// It was not run, for a reason that lies in its batch: it may be run alone.
    Alone,
}

/// The settings of a batcher.
#[derive(Clone)]
pub(crate) struct BatcherConfig {
    pub(crate) pool: Arc<ConnectionPool>,
    /// How long a statement may take before its connection is closed.
    pub(crate) timeout: Duration,
    /// How many requests may wait.
    pub(crate) queue: usize,
}

/// See [`crate::batch`]. Its task is started by the first request, in the runtime of that request.
pub(crate) struct Batcher<W> {
    config: BatcherConfig,
    task: Mutex<Option<Task<W>>>,
}

/// How requests reach the task of a batcher.
struct Task<W> {
    runtime: runtime::Id,
    sender: mpsc::Sender<Pending<W>>,
}

impl<W> Clone for Task<W> {
    fn clone(&self) -> Self {
        Self {
            runtime: self.runtime,
            sender: self.sender.clone(),
        }
    }
}

impl<W: BatchItem> Batcher<W> {
    pub(crate) fn new(config: BatcherConfig) -> Self {
        Self {
            config,
            task: Mutex::new(None),
        }
    }

    /// Runs `work` together with what else waits.
    pub(crate) async fn submit(&self, work: Arc<W>) -> Result<Outcome> {
        let (response, outcome) = oneshot::channel();
        let job = Pending {
            work,
            since: Instant::now(),
            response,
        };
        let here = Handle::current().id();
        let Task { runtime, sender } = self.task(here);
        if sender.try_send(job).is_err() {
            return Err(unavailable("too many requests wait"));
        }
        // The task rejects requests that wait too long, unless its runtime is held up: then all of
        // this runtime is, but requests of another runtime must not wait for it.
        let outcome = if runtime == here {
            outcome.await
        } else {
            let most = self.config.pool.acquire_timeout() + self.config.timeout;
            let received = timeout(most, outcome).await;
            received.map_err(|_| unavailable("the runtime of the connection is held up"))?
        };
        outcome.map_err(|_| unavailable("the task that served the request has ended"))
    }

    /// Returns the task, and starts it `here` if necessary.
    fn task(&self, here: runtime::Id) -> Task<W> {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        match &*task {
            Some(task) if !task.sender.is_closed() => task.clone(),
            // It has not been started, or its runtime has ended.
            Some(_) | None => {
                let (sender, queue) = mpsc::channel(self.config.queue);
                tokio::spawn(serve(self.config.clone(), queue));
                let runtime = here;
                task.insert(Task { runtime, sender }).clone()
            }
        }
    }
}

pub(super) fn unavailable(cause: &str) -> Error {
    Error::Unavailable(Some(cause.into()))
}

async fn serve<W: BatchItem>(config: BatcherConfig, mut queue: mpsc::Receiver<Pending<W>>) {
    let max_wait = config.pool.acquire_timeout();
    let mut waiting = VecDeque::new();
    let mut connection = None;
    let mut last = 0;
    loop {
        if waiting.is_empty() {
            match queue.recv().await {
                Some(job) => waiting.push_back(job),
                None => return,
            }
        }
        drain(&mut queue, &mut waiting);
        // If the last batch had many, the handlers that are ready run first, and a few more yields
        // let the next requests of others arrive. If it had one, there is nothing to wait for, and
        // a yield costs a system call.
        let yields = if last > 1 { MAX_YIELDS } else { 0 };
        for _ in 0..yields {
            yield_now().await;
            drain(&mut queue, &mut waiting);
            if waiting.len() >= last {
                break;
            }
        }
        let batch = next_batch(&mut waiting);
        last = batch.len();
        if batch.is_empty() {
            continue;
        }
        // One timer for all that wait: one for each took a hundredth of what a read costs.
        let mut due = expire(&mut waiting, max_wait, Instant::now());
        let mut serving = pin!(serve_batch(&config, &mut connection, batch));
        while timeout_at(due, &mut serving).await.is_err() {
            drain(&mut queue, &mut waiting);
            due = expire(&mut waiting, max_wait, Instant::now());
        }
    }
}

/// Moves what has arrived from the queue to what waits.
fn drain<W>(queue: &mut mpsc::Receiver<Pending<W>>, waiting: &mut VecDeque<Pending<W>>) {
    while waiting.len() < MAX_PENDING {
        match queue.try_recv() {
            Ok(job) => waiting.push_back(job),
            Err(_) => break,
        }
    }
}

async fn serve_batch<W: BatchItem>(
    config: &BatcherConfig,
    connection: &mut Option<AsyncPgConnection>,
    batch: Vec<Pending<W>>,
) {
    let mut rows: Vec<Option<PlacedRow>> = Vec::new();
    rows.resize_with(batch.len(), || None);
    match run(config, connection, &batch).await {
        Ok(found) => {
            for row in found {
                let place = row.place;
                if let Some(slot) = rows.get_mut(place) {
                    *slot = Some(row);
                }
            }
            for (job, row) in batch.into_iter().zip(rows) {
                let profile = row.map(|row| row.profile).transpose();
                // The request may have been abandoned.
                let _ = job
                    .response
                    .send(Outcome::Done(profile.map_err(Error::Storage)));
            }
        }
        // One of them is the cause: alone, each can fail only for itself.
        Err(BatchError::RolledBack) if batch.len() > 1 => {
            for job in batch {
                Box::pin(serve_batch(config, connection, vec![job])).await;
            }
        }
        Err(trouble) => {
            for job in batch {
                let _ = job.response.send(trouble.outcome(W::EFFECT));
            }
        }
    }
}

/// Why a batch was not run.
enum BatchError {
    /// It was not sent.
    NotSent,
    /// It was rolled back because one of its requests failed.
    RolledBack,
    /// It was rolled back because the database is short of something.
    ResourceExhausted(String),
    /// It is unknown whether it was run.
    ConnectionLost(String),
}

impl BatchError {
    fn outcome(&self, effect: Effect) -> Outcome {
        let unavailable = |cause: &String| {
            let cause = cause.clone().into();
            Outcome::Done(Err(Error::Unavailable(Some(cause))))
        };
        match self {
            Self::ResourceExhausted(cause) => unavailable(cause),
            Self::ConnectionLost(cause) if effect == Effect::Write => unavailable(cause),
            Self::NotSent | Self::RolledBack | Self::ConnectionLost(_) => Outcome::Alone,
        }
    }
}

impl From<DbErrorClass> for BatchError {
    fn from(class: DbErrorClass) -> Self {
        match class {
            DbErrorClass::Final(Error::Unavailable(cause)) => {
                Self::ResourceExhausted(cause.map(|cause| cause.to_string()).unwrap_or_default())
            }
            DbErrorClass::Final(_) | DbErrorClass::Conflict | DbErrorClass::LockTimeout(_) => {
                Self::RolledBack
            }
            DbErrorClass::ConnectionLost(cause) => Self::ConnectionLost(cause.to_string()),
        }
    }
}

/// Sends the batch. After [`BatchError::ConnectionLost`], the next batch makes another connection.
async fn run<W: BatchItem>(
    config: &BatcherConfig,
    connection: &mut Option<AsyncPgConnection>,
    batch: &[Pending<W>],
) -> Result<Vec<PlacedRow>, BatchError> {
    if connection
        .as_mut()
        .is_some_and(PoolableConnection::is_broken)
    {
        *connection = None;
    }
    let open = if let Some(open) = connection {
        open
    } else {
        let made = Box::pin(config.pool.connect_for_many()).await;
        connection.insert(made.map_err(|_| BatchError::NotSent)?)
    };
    let begun = Instant::now();
    let loaded = timeout(config.timeout, load(open, batch)).await;
    let trouble = match loaded {
        Ok(Ok(rows)) => return Ok(rows),
        Ok(Err(error)) => classify(error, open, begun.elapsed(), config.timeout)
            .await
            .into(),
        Err(elapsed) => BatchError::ConnectionLost(elapsed.to_string()),
    };
    if matches!(trouble, BatchError::ConnectionLost(_)) {
        *connection = None;
    }
    Err(trouble)
}

async fn load<W: BatchItem>(
    connection: &mut AsyncPgConnection,
    batch: &[Pending<W>],
) -> QueryResult<Vec<PlacedRow>> {
    if let [job] = batch {
        let rows: Vec<ProfileRow> = job.work.one().load(connection).await?;
        let placed = |row: ProfileRow| PlacedRow {
            place: 0,
            profile: row.0.map(Box::new),
        };
        return Ok(rows.into_iter().map(placed).collect());
    }
    let work: Vec<&W> = batch.iter().map(|job| &*job.work).collect();
    W::load(connection, &work).await
}
