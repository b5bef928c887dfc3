//! Jobs of the SQLite threads, and their results.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::sqlite::SqliteConnection;
use manyface_core::{BoxError, Error, Result};
use tokio::{sync::oneshot, time::Instant};

/// A [`Task`] with any result type.
pub(crate) trait Job: Send {
    /// Returns the time by which the job must have started.
    fn deadline(&self) -> Instant;

    /// Returns whether the caller has dropped the receiver of the result.
    fn is_abandoned(&self) -> bool;

    /// Returns whether the job needs a savepoint to undo its writes if it fails.
    fn needs_savepoint(&self) -> bool;

    /// Runs the job.
    fn run(&mut self, database: &mut SqliteConnection) -> Ending;

    /// Sets `error` as the result, unless the job itself caused it.
    fn fail(&mut self, error: Error);

    /// Sends the result.
    fn reply(self: Box<Self>);
}

/// What happens to the writes of a finished job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// They are committed.
    Commit,
    /// They are rolled back.
    RollBack,
    /// The whole transaction is rolled back, because the state of the connection is unknown.
    Abandon,
}

/// The result of a job that cleans up after its own failure, or reports that it could not.
pub(crate) enum JobOutcome<T> {
    /// It succeeded.
    Ok(T),
    /// It failed without writing anything.
    Failed(Error),
    /// It failed after writing, so the whole transaction must be rolled back.
    FailedPartway(Error),
}

impl<T> From<Result<T>> for JobOutcome<T> {
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
    failed_partway: bool,
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
            failed_partway: false,
            deadline,
            reply,
        };
        (task, receiver)
    }
}

impl<T, W> Job for Task<T, W>
where
    T: Send,
    W: FnOnce(&mut SqliteConnection) -> JobOutcome<T> + Send,
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
        let panicked = |_| JobOutcome::FailedPartway(Error::Storage("a statement panicked".into()));
        let (outcome, ending) = match done.unwrap_or_else(panicked) {
            JobOutcome::Ok(value) => (Ok(value), Ending::Commit),
            JobOutcome::Failed(error) => (Err(error), Ending::RollBack),
            JobOutcome::FailedPartway(error) => (Err(error), Ending::Abandon),
        };
        self.failed_partway = ending == Ending::Abandon;
        self.outcome = Some(outcome);
        ending
    }

    fn fail(&mut self, error: Error) {
        if !self.failed_partway {
            self.outcome = Some(Err(error));
        }
    }

    fn reply(self: Box<Self>) {
        let outcome = self.outcome.unwrap_or(Err(Error::Unavailable(None)));
        // The receiver may be gone.
        let _ = self.reply.send(outcome);
    }
}

/// Copies `cause` for one of several jobs that failed with it.
pub(crate) fn copy_error(cause: &Error) -> Error {
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
