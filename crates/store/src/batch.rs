//! Batches of concurrent requests.
//!
//! On PostgreSQL, a [`Batcher`] is a task with one connection that sends up to 64 waiting requests
//! in one statement over arrays. On SQLite, the writer thread of [`Threads`] runs up to 64 waiting
//! jobs in one transaction. The next batch collects requests while the previous one is being
//! committed. A single request is sent at once, as a separate statement.
//!
//! # Contract
//!
//! - A write is run at most once, and a request fails only for its own reason. If one request fails
//!   its batch, the batch is rolled back and each of its requests is run alone.
//! - A result is sent after the write is durable.
//! - Updates of one profile keep their order: a batch contains at most one of them.
//! - A request that was abandoned, or that has waited longer than `acquire_timeout_ms`, is not run.
//!   At most `queue` requests wait; further ones are rejected at once with
//!   [`Unavailable`](manyface_core::Error::Unavailable).
//! - If the connection is lost while a batch runs, its reads are run again, each alone. Its updates
//!   fail with [`Unavailable`](manyface_core::Error::Unavailable), because they may have been
//!   committed.
//!
//! # Retries and time limits
//!
//! SQLite statements are never retried. On PostgreSQL:
//!
//! - A statement that is rolled back by a deadlock or a serialization failure is sent up to 8
//!   times, with pauses of 2 ms, 4 ms, … (at most half a second in total). A read is sent once more
//!   after its connection was lost.
//! - An update that matched no row, although the read that followed finds nothing wrong with it, is
//!   sent up to 8 times, but not after the statement timeout has passed. An update therefore takes
//!   at most `acquire_timeout_ms` in the queue plus twice the statement timeout.
//! - With policies, `core` reads, decides and writes to the revision that it read. It repeats all
//!   three up to 8 times if that revision has changed, which means that another write has
//!   succeeded.

mod batcher;
mod item;
mod job;
mod pending;
mod threads;
mod writer;

pub(crate) use self::{
    batcher::{Batcher, BatcherConfig},
    item::BatchItem,
    job::JobOutcome,
    pending::Outcome,
    threads::Threads,
};
