//! Requests that wait at the same time are sent together.
//!
//! On PostgreSQL a [`Batcher`] is a task with a connection, which takes what waits (up to 64
//! requests) into one statement over arrays; on SQLite [`Threads`] has a thread that takes what
//! waits (up to 64 jobs) into one transaction. While one batch is made durable, the next one
//! gathers. A single request is sent at once, as a separate statement.
//!
//! # Contract
//!
//! - A request is run at most once, except reads, and fails only for its own reason. If a batch
//!   fails for one of its requests, each is run again alone: nothing of the batch was written.
//! - A result is sent when what was written is durable.
//! - Updates of one profile keep their order: no two of them are in one batch.
//! - A request that is abandoned, or that has waited longer than `acquire_timeout_ms`, is not begun.
//!   At most `queue` requests wait; more are rejected at once with
//!   [`Unavailable`](manyface_core::Error::Unavailable).
//! - If a connection is lost while a batch runs, its reads are run again alone, and its updates are
//!   [`Unavailable`](manyface_core::Error::Unavailable), because it is unknown whether they were
//!   written.
//!
//! # Attempts and time
//!
//! On SQLite nothing is tried again. On PostgreSQL:
//!
//! - A statement that is rolled back by a deadlock or a serialization failure is sent again, up to
//!   8 times in all, after pauses of 2 ms, 4 ms, … (at most half a second in all); a read whose
//!   connection was lost, once.
//! - An update that found the profile changed between its statement and the read that explains it
//!   is tried up to 8 times, and not again once the time that a statement may take is over. So an
//!   update takes at most `acquire_timeout_ms` in the queue, and twice the time of a statement.
//! - With policies, `core` reads, decides and writes to the revision that it read, and repeats all
//!   three up to 8 times if that revision has changed. Each repetition means that another write has
//!   succeeded.

mod batcher;
mod job;
mod lookup;
mod pending;
mod threads;
mod writer;

pub(crate) use self::{
    batcher::{BatchItem, Batcher, BatcherConfig, Outcome},
    job::Done,
    threads::Threads,
};
