//! Something to be done on a connection, for somebody who waits.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::sqlite::SqliteConnection;
use manyface_core::{BoxError, Error, Result};
use tokio::{sync::oneshot, time::Instant};

/// Something to be done on a connection, whatever its answer.
pub(super) trait Job: Send {
    /// When it must have begun.
    fn deadline(&self) -> Instant;

    /// Whether nobody waits for it any more.
    fn is_abandoned(&self) -> bool;

    /// Whether what it leaves behind when it fails has to be undone.
    fn needs_savepoint(&self) -> bool;

    /// Does it.
    fn run(&mut self, database: &mut SqliteConnection) -> Ending;

    /// Makes `error` its answer, whatever it would have been, unless the job itself was the cause.
    fn fail(&mut self, error: Error);

    /// Tells who waits.
    fn answer(self: Box<Self>);
}

/// How a job has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// What it did is to be kept.
    Good,
    /// It has failed, and what it did is to be undone.
    Bad,
    /// Its transaction is lost: nobody knows what it did, nor what state its connection is in.
    Lost,
}

/// What became of some work.
pub(super) enum Done<T> {
    /// It was done.
    Well(T),
    /// It failed.
    Badly(Error),
    /// It failed half-way, and nothing will undo that half but the end of its transaction.
    HalfWay(Error),
}

impl<T> From<Result<T>> for Done<T> {
    fn from(result: Result<T>) -> Self {
        match result {
            Ok(answer) => Self::Well(answer),
            Err(error) => Self::Badly(error),
        }
    }
}

/// A job with an answer of type `T`.
pub(super) struct Task<T, W> {
    work: Option<W>,
    outcome: Option<Result<T>>,
    needs_savepoint: bool,
    is_lost: bool,
    deadline: Instant,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, W> Task<T, W> {
    pub(super) fn new(
        work: W,
        needs_savepoint: bool,
        deadline: Instant,
    ) -> (Self, oneshot::Receiver<Result<T>>) {
        let (reply, receiver) = oneshot::channel();
        let task = Self {
            work: Some(work),
            outcome: None,
            needs_savepoint,
            is_lost: false,
            deadline,
            reply,
        };
        (task, receiver)
    }
}

impl<T, W> Job for Task<T, W>
where
    T: Send,
    W: FnOnce(&mut SqliteConnection) -> Done<T> + Send,
{
    fn deadline(&self) -> Instant {
        self.deadline
    }

    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn needs_savepoint(&self) -> bool {
        self.needs_savepoint
    }

    fn run(&mut self, database: &mut SqliteConnection) -> Ending {
        let Some(work) = self.work.take() else {
            return Ending::Bad;
        };
        let done = catch_unwind(AssertUnwindSafe(|| work(database)));
        let panicked = |_| Done::HalfWay(Error::Storage("a statement panicked".into()));
        let (outcome, ending) = match done.unwrap_or_else(panicked) {
            Done::Well(answer) => (Ok(answer), Ending::Good),
            Done::Badly(error) => (Err(error), Ending::Bad),
            Done::HalfWay(error) => (Err(error), Ending::Lost),
        };
        self.is_lost = ending == Ending::Lost;
        self.outcome = Some(outcome);
        ending
    }

    fn fail(&mut self, error: Error) {
        if !self.is_lost {
            self.outcome = Some(Err(error));
        }
    }

    fn answer(self: Box<Self>) {
        let outcome = self.outcome.unwrap_or(Err(Error::Unavailable(None)));
        // Who has gone away in the meantime is not told.
        let _ = self.reply.send(outcome);
    }
}

/// A cause that several jobs are told of.
pub(super) fn shared(cause: &Error) -> Error {
    let mut text = cause.to_string();
    if let Some(source) = std::error::Error::source(cause) {
        text = format!("{text}: {source}");
    }
    let text: BoxError = text.into();
    match cause {
        Error::Storage(_) => Error::Storage(text),
        Error::Unauthenticated
        | Error::NotFound
        | Error::Invalid(_)
        | Error::Taken(_)
        | Error::Managed { .. }
        | Error::Forbidden(_)
        | Error::VersionMismatch
        | Error::QuotaExceeded { .. }
        | Error::Unavailable(_) => Error::Unavailable(Some(text)),
    }
}
