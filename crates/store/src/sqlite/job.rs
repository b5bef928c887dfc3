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

    /// Does it.
    fn run(&mut self, database: &mut SqliteConnection) -> Ending;

    /// Makes `error` its answer, whatever it would have been, unless the job has panicked.
    fn fail(&mut self, error: Error);

    /// Tells who waits.
    fn answer(self: Box<Self>);
}

/// How a job has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// What it did is to be kept.
    Good,
    /// What it did is to be undone.
    Bad,
    /// Nobody knows what it did, nor what state its connection is in.
    Panic,
}

/// A job with an answer of type `T`.
pub(super) struct Task<T, W> {
    work: Option<W>,
    outcome: Option<Result<T>>,
    has_panicked: bool,
    deadline: Instant,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, W> Task<T, W> {
    pub(super) fn new(work: W, deadline: Instant) -> (Self, oneshot::Receiver<Result<T>>) {
        let (reply, receiver) = oneshot::channel();
        let task = Self {
            work: Some(work),
            outcome: None,
            has_panicked: false,
            deadline,
            reply,
        };
        (task, receiver)
    }
}

impl<T, W> Job for Task<T, W>
where
    T: Send,
    W: FnOnce(&mut SqliteConnection) -> Result<T> + Send,
{
    fn deadline(&self) -> Instant {
        self.deadline
    }

    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(&mut self, database: &mut SqliteConnection) -> Ending {
        let work = self.work.take();
        let run = || work.map(|work| work(database));
        let Ok(outcome) = catch_unwind(AssertUnwindSafe(run)) else {
            self.has_panicked = true;
            self.outcome = Some(Err(Error::Storage("a statement panicked".into())));
            return Ending::Panic;
        };
        let is_good = matches!(outcome, Some(Ok(_)));
        self.outcome = outcome;
        if is_good { Ending::Good } else { Ending::Bad }
    }

    fn fail(&mut self, error: Error) {
        if !self.has_panicked {
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
        Error::NotFound
        | Error::Invalid(_)
        | Error::Taken(_)
        | Error::Managed { .. }
        | Error::Forbidden(_)
        | Error::VersionMismatch
        | Error::Unavailable(_) => Error::Unavailable(Some(text)),
    }
}
