//! A task that sends the waiting requests in one statement over its own PostgreSQL connection.

use std::{
    collections::VecDeque,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use diesel::QueryResult;
use diesel_async::{AsyncPgConnection, RunQueryDsl, pooled_connection::PoolableConnection};
use manyface_core::{Error, Result};
use tokio::{
    runtime::{self, Handle},
    sync::{mpsc, oneshot},
    task::yield_now,
    time::{Instant, timeout, timeout_at},
};

use super::{
    item::BatchItem,
    pending::{Outcome, Pending, expire, next_batch, unavailable},
};
use crate::{
    QueueMetrics, StoreMetrics,
    postgres::{
        error_class::{DbErrorClass, Effect, classify},
        pool::ConnectionPool,
    },
    profiles::{IndexedRow, ProfileRow},
};

/// The maximum number of requests from which a batch is chosen.
const MAX_PENDING: usize = 1_024;
/// The maximum number of yields while a batch fills.
const MAX_YIELDS: usize = 4;

/// The settings of a batcher.
#[derive(Clone)]
pub(crate) struct BatcherConfig {
    pub(crate) pool: Arc<ConnectionPool>,
    /// The maximum time of a statement. After it, the connection is closed.
    pub(crate) timeout: Duration,
    /// The maximum number of waiting requests.
    pub(crate) queue: usize,
    pub(crate) metrics: Arc<StoreMetrics>,
}

/// A queue of requests and the task that sends them: see [`crate::batch`].
///
/// The first request starts the task, in its own runtime.
pub(crate) struct Batcher<W> {
    config: BatcherConfig,
    task: Mutex<Option<Task<W>>>,
}

/// The sender to the task of a batcher.
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

impl BatcherConfig {
    fn queue_metrics(&self, effect: Effect) -> &QueueMetrics {
        match effect {
            Effect::Read => &self.metrics.reads,
            Effect::Write => &self.metrics.writes,
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

    /// Queues `work` for the next batch, and returns its outcome.
    pub(crate) async fn submit(&self, work: Arc<W>) -> Result<Outcome> {
        let _pending = self.config.queue_metrics(W::EFFECT).pending.count();
        let outcome = self.submit_and_wait(work).await;
        match &outcome {
            Ok(Outcome::Done(done)) => self.config.metrics.count_error(done),
            Ok(Outcome::NotRun) => {}
            Err(_) => self.config.metrics.count_error(&outcome),
        }
        outcome
    }

    async fn submit_and_wait(&self, work: Arc<W>) -> Result<Outcome> {
        let (response, outcome) = oneshot::channel();
        let job = Pending {
            work,
            since: Instant::now(),
            response,
        };
        let here = Handle::current().id();
        let Task { runtime, sender } = self.task(here);
        if sender.try_send(job).is_err() {
            return Err(unavailable("too many requests are waiting"));
        }
        // The task rejects expired requests itself, unless its runtime is stalled. Requests of that
        // runtime are stalled with it; those of another runtime must time out.
        let outcome = if runtime == here {
            outcome.await
        } else {
            let max_wait = self.config.pool.acquire_timeout() + self.config.timeout;
            let received = timeout(max_wait, outcome).await;
            received.map_err(|_| unavailable("the runtime of the connection is stalled"))?
        };
        outcome.map_err(|_| unavailable("the task that served the request has ended"))
    }

    /// Returns the task, and starts it in the current runtime `here` if none is running.
    fn task(&self, here: runtime::Id) -> Task<W> {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        match &*task {
            Some(task) if !task.sender.is_closed() => task.clone(),
            Some(_) | None => {
                let (sender, queue) = mpsc::channel(self.config.queue);
                tokio::spawn(serve(self.config.clone(), queue));
                let runtime = here;
                task.insert(Task { runtime, sender }).clone()
            }
        }
    }
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
        // After a batch of several requests, yield so that ready handlers can submit theirs. After
        // a single request there is probably nothing to wait for, and a yield costs a system call.
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
        let now = Instant::now();
        let metrics = config.queue_metrics(W::EFFECT);
        metrics.record_batch(batch.iter().map(|job| now - job.since));
        // One timer for all waiting requests: a timer for each added 1 % to the cost of a read.
        let mut due = expire(&mut waiting, max_wait, now);
        let mut serving = pin!(serve_batch(&config, &mut connection, batch));
        while timeout_at(due, &mut serving).await.is_err() {
            drain(&mut queue, &mut waiting);
            due = expire(&mut waiting, max_wait, Instant::now());
        }
    }
}

/// Moves the queued requests to `waiting`.
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
    let mut rows: Vec<Option<IndexedRow>> = Vec::new();
    rows.resize_with(batch.len(), || None);
    match run(config, connection, &batch).await {
        Ok(found) => {
            for row in found {
                let index = row.index;
                if let Some(slot) = rows.get_mut(index) {
                    *slot = Some(row);
                }
            }
            for (job, row) in batch.into_iter().zip(rows) {
                let profile = row.map(|row| row.profile).transpose();
                // The receiver may be gone.
                let _ = job
                    .response
                    .send(Outcome::Done(profile.map_err(Error::Storage)));
            }
        }
        // One of the requests caused the error. Run alone, each can fail only for itself.
        Err(BatchError::RolledBack) if batch.len() > 1 => {
            for job in batch {
                Box::pin(serve_batch(config, connection, vec![job])).await;
            }
        }
        Err(error) => {
            for job in batch {
                let _ = job.response.send(error.outcome(W::EFFECT));
            }
        }
    }
}

/// Why a batch was not run.
enum BatchError {
    /// The batch was not sent.
    NotSent,
    /// The batch was rolled back because one of its requests failed.
    RolledBack,
    /// The batch was rolled back because a resource of the database is exhausted.
    ResourceExhausted(String),
    /// The connection was lost, so the outcome is unknown.
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
            Self::NotSent | Self::RolledBack | Self::ConnectionLost(_) => Outcome::NotRun,
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

/// Sends the batch. After [`BatchError::ConnectionLost`], the next batch opens a new connection.
async fn run<W: BatchItem>(
    config: &BatcherConfig,
    connection: &mut Option<AsyncPgConnection>,
    batch: &[Pending<W>],
) -> Result<Vec<IndexedRow>, BatchError> {
    if connection
        .as_mut()
        .is_some_and(PoolableConnection::is_broken)
    {
        *connection = None;
    }
    let open = if let Some(open) = connection {
        open
    } else {
        let connected = Box::pin(config.pool.connect_for_batches()).await;
        connection.insert(connected.map_err(|_| BatchError::NotSent)?)
    };
    let begun = Instant::now();
    let loaded = timeout(config.timeout, load(open, batch)).await;
    let error = match loaded {
        Ok(Ok(rows)) => return Ok(rows),
        Ok(Err(error)) => classify(error, open, begun.elapsed(), config.timeout)
            .await
            .into(),
        Err(elapsed) => BatchError::ConnectionLost(elapsed.to_string()),
    };
    if matches!(error, BatchError::ConnectionLost(_)) {
        *connection = None;
    }
    Err(error)
}

async fn load<W: BatchItem>(
    connection: &mut AsyncPgConnection,
    batch: &[Pending<W>],
) -> QueryResult<Vec<IndexedRow>> {
    if let [job] = batch {
        let rows: Vec<ProfileRow> = job.work.single_statement().load(connection).await?;
        let with_index = |row: ProfileRow| IndexedRow {
            index: 0,
            profile: row.0.map(Box::new),
        };
        return Ok(rows.into_iter().map(with_index).collect());
    }
    let work: Vec<&W> = batch.iter().map(|job| &*job.work).collect();
    W::load(connection, &work).await
}
