//! Work for a thread of SQLite, and its result.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::sqlite::SqliteConnection;
use manyface_core::{BoxError, Error, Result};
use tokio::{sync::oneshot, time::Instant};

/// [`Task`], whatever the type of its result.
pub(crate) trait Job: Send {
    /// Returns when it must have begun.
    fn deadline(&self) -> Instant;

    /// Returns whether its result is no longer wanted.
    fn is_abandoned(&self) -> bool;

    /// Returns whether what it wrote must be undone if it fails.
    fn needs_savepoint(&self) -> bool;

    /// Runs it.
    fn run(&mut self, database: &mut SqliteConnection) -> Ending;

    /// Makes `error` its result, unless the job itself was the cause.
    fn fail(&mut self, error: Error);

    /// Sends the result.
    fn reply(self: Box<Self>);
}

/// How a job has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Its writes are committed.
    Commit,
    /// It has failed, and what it wrote must be undone.
    RollBack,
    /// The whole transaction must be abandoned: the state of the connection is unknown.
    Abandon,
}

/// The result of work that undoes itself if it fails, or says that it did not.
pub(crate) enum Done<T> {
    /// It succeeded.
    Ok(T),
    /// It failed and wrote nothing.
    Failed(Error),
    /// It failed after it wrote something: the whole transaction must be abandoned.
    FailedPartway(Error),
}

impl<T> From<Result<T>> for Done<T> {
    fn from(result: Result<T>) -> Self {
        match result {
            Ok(value) => Self::Ok(value),
            Err(error) => Self::Failed(error),
        }
    }
}

/// A job with a result of type `T`.
pub(crate) struct Task<T, W> {
    work: Option<W>,
    outcome: Option<Result<T>>,
    needs_savepoint: bool,
    is_lost: bool,
    deadline: Instant,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, W> Task<T, W> {
    pub(crate) fn new(
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
            return Ending::RollBack;
        };
        let done = catch_unwind(AssertUnwindSafe(|| work(database)));
        let panicked = |_| Done::FailedPartway(Error::Storage("a statement panicked".into()));
        let (outcome, ending) = match done.unwrap_or_else(panicked) {
            Done::Ok(value) => (Ok(value), Ending::Commit),
            Done::Failed(error) => (Err(error), Ending::RollBack),
            Done::FailedPartway(error) => (Err(error), Ending::Abandon),
        };
        self.is_lost = ending == Ending::Abandon;
        self.outcome = Some(outcome);
        ending
    }

    fn fail(&mut self, error: Error) {
        if !self.is_lost {
            self.outcome = Some(Err(error));
        }
    }

    fn reply(self: Box<Self>) {
        let outcome = self.outcome.unwrap_or(Err(Error::Unavailable(None)));
        // The request may have been abandoned.
        let _ = self.reply.send(outcome);
    }
}

/// Copies an error that is the result of several jobs.
pub(crate) fn shared(cause: &Error) -> Error {
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
