//! One connection that serves, in one statement, all that waits for it.
//!
//! While a statement is under way, requests gather; then all of them travel in the next one. Nobody
//! waits for a batch to fill: alone, a request is sent at once, as a statement of its own.

mod lookup;
mod waiting;

use std::{
    collections::VecDeque,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use diesel::QueryResult;
use diesel_async::{AsyncPgConnection, RunQueryDsl, pooled_connection::PoolableConnection};
use manyface_core::{Error, Profile, ProfileRef, ProfileUpdate, Result};
use tokio::{
    runtime::{self, Handle},
    sync::{mpsc, oneshot},
    task::yield_now,
    time::{Instant, timeout, timeout_at},
};

use super::{
    Effect,
    connector::Link,
    fault::{Fault, fault},
    session::Sessions,
};
use crate::{
    profiles::{self, PlacedRow, ProfileRow, many},
    sql::Statement,
};
pub(crate) use lookup::Lookup;
use waiting::{Job, refuse_late, take};

/// The most requests that are looked through for those.
const WINDOW: usize = 1_024;
/// In how many turns of the runtime a batch gathers, at the most.
const TURNS: usize = 4;

/// A kind of request that can travel with others of its kind.
pub(crate) trait Work: Send + Sync + 'static {
    /// Whether it may be sent again when nobody can tell whether it was done.
    const EFFECT: Effect;

    /// The statement for this one alone.
    fn one(&self) -> Statement;

    /// Does all of these, which stand in the order of their profiles, in one statement.
    fn load(
        session: &mut AsyncPgConnection,
        work: &[&Self],
    ) -> impl Future<Output = QueryResult<Vec<PlacedRow>>> + Send;

    /// The profile it is about.
    fn profile(&self) -> &ProfileRef;
}

/// One statement changes a row once, so no two updates of one profile travel together. Two that
/// name it in two ways are found out later: only one of them is answered with a row.
impl Work for ProfileUpdate {
    const EFFECT: Effect = Effect::Write;

    fn one(&self) -> Statement {
        // Updates of user names do not travel with others: how long these rest does not matter.
        profiles::update(self, 0)
    }

    async fn load(session: &mut AsyncPgConnection, work: &[&Self]) -> QueryResult<Vec<PlacedRow>> {
        many::update(work).load(session).await
    }

    fn profile(&self) -> &ProfileRef {
        &self.who
    }
}

/// What became of a request.
pub(super) enum Outcome {
    /// It was done, and this is the row that it answered, if any.
    Done(Result<Option<Box<Profile>>>),
    /// It was not done, through no fault of its own: it may go alone.
    Alone,
}

/// What a lane needs to serve.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) sessions: Arc<Sessions>,
    /// How long a statement may take before its connection is given up.
    pub(super) patience: Duration,
    /// How many requests may wait.
    pub(super) queue: usize,
}

/// A lane; its task is started by the first request, in the runtime of that request.
pub(super) struct Lane<W> {
    line: Line,
    task: Mutex<Option<Task<W>>>,
}

/// The task of a lane, as those see it who ask.
struct Task<W> {
    runtime: runtime::Id,
    sender: mpsc::Sender<Job<W>>,
}

impl<W> Clone for Task<W> {
    fn clone(&self) -> Self {
        Self {
            runtime: self.runtime,
            sender: self.sender.clone(),
        }
    }
}

impl<W: Work> Lane<W> {
    pub(super) fn new(line: Line) -> Self {
        Self {
            line,
            task: Mutex::new(None),
        }
    }

    /// Does `work` together with what else waits.
    pub(super) async fn ask(&self, work: Arc<W>) -> Result<Outcome> {
        let (answer, outcome) = oneshot::channel();
        let job = Job {
            work,
            since: Instant::now(),
            answer,
        };
        let here = Handle::current().id();
        let Task { runtime, sender } = self.task(here);
        if sender.try_send(job).is_err() {
            return Err(unavailable("too many requests wait"));
        }
        // The task sees to it that nobody waits too long, unless it is held up itself: then all
        // others of its runtime are, too, but those of another are to be told.
        let outcome = if runtime == here {
            outcome.await
        } else {
            let most = self.line.sessions.acquire_timeout() + self.line.patience;
            let told = timeout(most, outcome).await;
            told.map_err(|_| unavailable("the runtime of the connection is held up"))?
        };
        outcome.map_err(|_| unavailable("the task that served the request has ended"))
    }

    /// The task, started `here` where there is none.
    fn task(&self, here: runtime::Id) -> Task<W> {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        match &*task {
            Some(task) if !task.sender.is_closed() => task.clone(),
            // There is none yet, or the runtime that it ran in has ended.
            Some(_) | None => {
                let (sender, queue) = mpsc::channel(self.line.queue);
                tokio::spawn(serve(self.line.clone(), queue));
                let runtime = here;
                task.insert(Task { runtime, sender }).clone()
            }
        }
    }
}

fn unavailable(cause: &str) -> Error {
    Error::Unavailable(Some(cause.into()))
}

async fn serve<W: Work>(line: Line, mut queue: mpsc::Receiver<Job<W>>) {
    let patience = line.sessions.acquire_timeout();
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
        gather(&mut queue, &mut waiting);
        // Where many travelled together last time, the handlers that are ready in this turn of the
        // runtime have their say first, and a few turns more let others' successors arrive. Where
        // one travelled alone, there is nobody to wait for, and a turn costs a system call.
        let turns = if last > 1 { TURNS } else { 0 };
        for _ in 0..turns {
            yield_now().await;
            gather(&mut queue, &mut waiting);
            if waiting.len() >= last {
                break;
            }
        }
        let batch = take(&mut waiting);
        last = batch.len();
        if batch.is_empty() {
            continue;
        }
        // One timer for all that wait: one for each was a hundredth of what a read costs.
        let mut due = refuse_late(&mut waiting, patience, Instant::now());
        let mut answering = pin!(answer(&line, &mut connection, batch));
        while timeout_at(due, &mut answering).await.is_err() {
            gather(&mut queue, &mut waiting);
            due = refuse_late(&mut waiting, patience, Instant::now());
        }
    }
}

/// Takes in what has arrived.
fn gather<W>(queue: &mut mpsc::Receiver<Job<W>>, waiting: &mut VecDeque<Job<W>>) {
    while waiting.len() < WINDOW {
        match queue.try_recv() {
            Ok(job) => waiting.push_back(job),
            Err(_) => break,
        }
    }
}

async fn answer<W: Work>(line: &Line, connection: &mut Option<Link>, batch: Vec<Job<W>>) {
    let mut rows: Vec<Option<PlacedRow>> = Vec::new();
    rows.resize_with(batch.len(), || None);
    match run(line, connection, &batch).await {
        Ok(found) => {
            for row in found {
                let place = row.place;
                if let Some(slot) = rows.get_mut(place) {
                    *slot = Some(row);
                }
            }
            for (job, row) in batch.into_iter().zip(rows) {
                let profile = row.map(|row| row.profile).transpose();
                // Whoever asked may have gone.
                let _ = job
                    .answer
                    .send(Outcome::Done(profile.map_err(Error::Storage)));
            }
        }
        // One of them did it: here, each can fail only for itself.
        Err(Trouble::Poison) if batch.len() > 1 => {
            for job in batch {
                Box::pin(answer(line, connection, vec![job])).await;
            }
        }
        Err(trouble) => {
            for job in batch {
                let _ = job.answer.send(trouble.outcome(W::EFFECT));
            }
        }
    }
}

/// Why a batch was not done.
enum Trouble {
    /// It was not sent.
    Unsent,
    /// It was undone for one request's sake.
    Poison,
    /// It was undone because the database can do nothing now.
    Shortage(String),
    /// Nobody can tell whether it was done.
    Lost(String),
}

impl Trouble {
    fn outcome(&self, effect: Effect) -> Outcome {
        let unavailable = |cause: &String| {
            let cause = cause.clone().into();
            Outcome::Done(Err(Error::Unavailable(Some(cause))))
        };
        match self {
            Self::Shortage(cause) => unavailable(cause),
            Self::Lost(cause) if effect == Effect::Write => unavailable(cause),
            Self::Unsent | Self::Poison | Self::Lost(_) => Outcome::Alone,
        }
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Answer(Error::Unavailable(cause)) => {
                Self::Shortage(cause.map(|cause| cause.to_string()).unwrap_or_default())
            }
            Fault::Answer(_) | Fault::Collision | Fault::Locked(_) => Self::Poison,
            Fault::Lost(cause) => Self::Lost(cause.to_string()),
        }
    }
}

/// Sends the batch. After [`Trouble::Lost`] there is no connection; the next batch makes another.
async fn run<W: Work>(
    line: &Line,
    connection: &mut Option<Link>,
    batch: &[Job<W>],
) -> Result<Vec<PlacedRow>, Trouble> {
    if connection.as_mut().is_some_and(|link| link.is_broken()) {
        *connection = None;
    }
    let session = if let Some(session) = connection {
        session
    } else {
        let made = Box::pin(line.sessions.connect_for_many()).await;
        connection.insert(made.map_err(|_| Trouble::Unsent)?)
    };
    let begun = Instant::now();
    let loaded = timeout(line.patience, load(session, batch)).await;
    let trouble = match loaded {
        Ok(Ok(rows)) => return Ok(rows),
        Ok(Err(error)) => fault(error, session, begun.elapsed(), line.patience)
            .await
            .into(),
        Err(elapsed) => Trouble::Lost(elapsed.to_string()),
    };
    if matches!(trouble, Trouble::Lost(_)) {
        *connection = None;
    }
    Err(trouble)
}

async fn load<W: Work>(
    session: &mut AsyncPgConnection,
    batch: &[Job<W>],
) -> QueryResult<Vec<PlacedRow>> {
    if let [job] = batch {
        let rows: Vec<ProfileRow> = job.work.one().load(session).await?;
        let placed = |row: ProfileRow| PlacedRow {
            place: 0,
            profile: row.0.map(Box::new),
        };
        return Ok(rows.into_iter().map(placed).collect());
    }
    let work: Vec<&W> = batch.iter().map(|job| &*job.work).collect();
    W::load(session, &work).await
}
