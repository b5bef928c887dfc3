//! The threads that use SQLite: one writer and several readers.
//!
//! SQLite blocks its caller, so no async worker ever calls it.

use std::{
    io, iter,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use diesel::sqlite::SqliteConnection;
use manyface_core::{Error, Result};
use tokio::{
    sync::mpsc::{self, Receiver, Sender},
    time::Instant,
};

use super::{
    job::{Ending, Job, JobOutcome, Task, copy_error},
    writer::Writer,
};
use crate::{
    QueueMetrics, StoreMetrics, StoreSettings,
    sqlite::file::{Opener, Purpose},
};

/// The maximum number of jobs in a transaction.
const MAX_BATCH: usize = 64;

/// The threads of one store. Dropping it waits until the queued jobs are done.
pub(crate) struct Threads {
    writes: Option<Sender<Box<dyn Job>>>,
    reads: Option<Sender<Box<dyn Job>>>,
    handles: Vec<JoinHandle<()>>,
    max_wait: Duration,
    metrics: Arc<StoreMetrics>,
}

impl Threads {
    pub(crate) fn start(opener: &Opener, settings: &StoreSettings) -> io::Result<Self> {
        let (writes, write_queue) = mpsc::channel(settings.queue.get());
        let (reads, read_queue) = mpsc::channel(settings.queue.get());
        let mut threads = Self {
            writes: Some(writes),
            reads: Some(reads),
            handles: Vec::new(),
            max_wait: settings.acquire_timeout(),
            metrics: Arc::default(),
        };
        let max_wait = threads.max_wait;
        let connection = Writer::new(opener.clone());
        let metrics = Arc::clone(&threads.metrics);
        threads.spawn("sqlite-writer", move || {
            write_all(
                write_queue,
                connection,
                &Waits {
                    queue: &metrics.writes,
                    max_wait,
                },
            );
        })?;
        let read_queue = Arc::new(Mutex::new(read_queue));
        for _ in 0..settings.readers.get() {
            let (queue, opener) = (Arc::clone(&read_queue), opener.clone());
            let metrics = Arc::clone(&threads.metrics);
            threads.spawn("sqlite-reader", move || {
                read_all(
                    &queue,
                    &opener,
                    &Waits {
                        queue: &metrics.reads,
                        max_wait,
                    },
                );
            })?;
        }
        Ok(threads)
    }

    fn spawn(&mut self, name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let thread = thread::Builder::new().name(name.to_owned());
        self.handles.push(thread.spawn(work)?);
        Ok(())
    }

    pub(crate) fn metrics(&self) -> &StoreMetrics {
        &self.metrics
    }

    /// Runs `work` in a shared transaction, and returns its result after the commit.
    pub(crate) async fn write<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut SqliteConnection) -> Result<T> + Send + 'static,
    {
        let work = |database: &mut SqliteConnection| work(database).into();
        self.run(self.write_queue(), work, true).await
    }

    /// Like [`Threads::write`], for work that undoes its own writes if it fails, or reports that it
    /// did not.
    pub(crate) async fn write_without_savepoint<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut SqliteConnection) -> JobOutcome<T> + Send + 'static,
    {
        self.run(self.write_queue(), work, false).await
    }

    /// Runs `work` on a read-only connection.
    pub(crate) async fn read<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut SqliteConnection) -> Result<T> + Send + 'static,
    {
        let work = |database: &mut SqliteConnection| work(database).into();
        self.run((self.reads.as_ref(), &self.metrics.reads), work, false)
            .await
    }

    fn write_queue(&self) -> Queue<'_> {
        (self.writes.as_ref(), &self.metrics.writes)
    }

    async fn run<T, W>(&self, queue: Queue<'_>, work: W, needs_savepoint: bool) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut SqliteConnection) -> JobOutcome<T> + Send + 'static,
    {
        let (sender, metrics) = queue;
        let _pending = metrics.pending.count();
        let result = self.run_in(sender, work, needs_savepoint).await;
        self.metrics.count_error(&result);
        result
    }

    async fn run_in<T, W>(
        &self,
        queue: Option<&Sender<Box<dyn Job>>>,
        work: W,
        needs_savepoint: bool,
    ) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut SqliteConnection) -> JobOutcome<T> + Send + 'static,
    {
        let deadline = Instant::now() + self.max_wait;
        let (task, response) = Task::new(work, needs_savepoint, deadline);
        let queue = queue.ok_or(Error::Unavailable(None))?;
        if queue.try_send(Box::new(task)).is_err() {
            let cause = "too many requests are waiting for SQLite";
            return Err(Error::Unavailable(Some(cause.into())));
        }
        let response = response.await;
        response.unwrap_or_else(|closed| Err(Error::Unavailable(Some(closed.into()))))
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        drop((self.writes.take(), self.reads.take()));
        for handle in self.handles.drain(..) {
            // Panics of jobs are caught. A panic of the thread itself has ended it.
            let _ = handle.join();
        }
    }
}

/// A queue and its measurements.
type Queue<'a> = (Option<&'a Sender<Box<dyn Job>>>, &'a QueueMetrics);

/// Measures how long jobs waited.
struct Waits<'a> {
    queue: &'a QueueMetrics,
    max_wait: Duration,
}

impl Waits<'_> {
    fn record(&self, deadlines: impl ExactSizeIterator<Item = Instant>) {
        let now = Instant::now();
        let waited = |deadline: Instant| {
            let left = deadline.saturating_duration_since(now);
            self.max_wait.saturating_sub(left)
        };
        self.queue.record_batch(deadlines.map(waited));
    }
}

fn write_all(mut queue: Receiver<Box<dyn Job>>, mut writer: Writer, waits: &Waits<'_>) {
    let mut waiting = Vec::with_capacity(MAX_BATCH);
    while queue.blocking_recv_many(&mut waiting, MAX_BATCH) > 0 {
        let jobs: Vec<_> = waiting.drain(..).filter_map(unexpired).collect();
        if !jobs.is_empty() {
            waits.record(jobs.iter().map(|job| job.deadline()));
            writer.run(jobs);
        }
    }
}

fn read_all(queue: &Mutex<Receiver<Box<dyn Job>>>, opener: &Opener, waits: &Waits<'_>) {
    let mut connection = None;
    loop {
        // The thread that holds the lock waits for the next job, and the others for the lock.
        let next = queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .blocking_recv();
        let Some(job) = next else {
            return;
        };
        if let Some(job) = unexpired(job) {
            waits.record(iter::once(job.deadline()));
            read_one(job, &mut connection, opener);
        }
    }
}

fn read_one(mut job: Box<dyn Job>, connection: &mut Option<SqliteConnection>, opener: &Opener) {
    let open = match connection.take() {
        Some(connection) => Ok(connection),
        None => opener.connect(Purpose::Read),
    };
    match open {
        // After a failure the state of the connection is unknown, so the next job opens another
        // one.
        Ok(mut database) => match job.run(&mut database) {
            Ending::Commit => *connection = Some(database),
            Ending::RollBack | Ending::Abandon => {}
        },
        Err(error) => job.fail(copy_error(&error)),
    }
    job.reply();
}

/// Returns the job, unless it was abandoned or has expired. An expired job is rejected.
fn unexpired(mut job: Box<dyn Job>) -> Option<Box<dyn Job>> {
    if job.is_abandoned() {
        return None;
    }
    if job.deadline() < Instant::now() {
        let cause = "the request waited too long for SQLite";
        job.fail(Error::Unavailable(Some(cause.into())));
        job.reply();
        return None;
    }
    Some(job)
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection;
    use manyface_testing::TempDir;

    use super::*;

    fn threads(directory: &TempDir) -> Threads {
        let path = directory.path().join("a.db");
        let opener = Opener::new(&path, 1_000).unwrap();
        Threads::start(&opener, &StoreSettings::default()).unwrap()
    }

    fn execute(statement: &'static str) -> impl FnOnce(&mut SqliteConnection) -> Result<()> {
        |database| {
            let done = database.batch_execute(statement);
            done.map_err(|error| Error::Storage(error.into()))
        }
    }

    #[tokio::test]
    async fn a_panic_fails_its_own_job_and_ends_no_thread() {
        let directory = TempDir::new().unwrap();
        let threads = threads(&directory);
        let created = threads.write(execute("CREATE TABLE a (b UNIQUE)")).await;
        created.unwrap();
        for _ in 0..3 {
            let panicked = threads.write::<(), _>(|database| {
                database.batch_execute("INSERT INTO a VALUES (1)").unwrap();
                panic!("test panic")
            });
            assert!(matches!(panicked.await, Err(Error::Storage(_))));
            let panicked = threads.read::<(), _>(|_| panic!("test panic"));
            assert!(matches!(panicked.await, Err(Error::Storage(_))));
        }
        // Succeeds only if the failed jobs left no row.
        let again = threads.write(execute("INSERT INTO a VALUES (1)")).await;
        again.unwrap();
    }

    #[tokio::test]
    async fn a_failed_job_is_rolled_back_and_fails_no_other_job() {
        let directory = TempDir::new().unwrap();
        let threads = threads(&directory);
        let table = "CREATE TABLE a (b UNIQUE); INSERT INTO a VALUES (1)";
        threads.write(execute(table)).await.unwrap();
        let bad = threads.write(execute(
            "INSERT INTO a VALUES (2); INSERT INTO a VALUES (1)",
        ));
        let good = threads.write(execute("INSERT INTO a VALUES (3)"));
        let (bad, good) = futures_util::future::join(bad, good).await;
        assert!(bad.is_err());
        good.unwrap();
        // Succeeds only if the first job was rolled back; the next one fails only if the second job
        // was not.
        threads
            .write(execute("INSERT INTO a VALUES (2)"))
            .await
            .unwrap();
        assert!(
            threads
                .write(execute("INSERT INTO a VALUES (3)"))
                .await
                .is_err()
        );
    }

    #[tokio::test]
    async fn a_reader_cannot_write() {
        let directory = TempDir::new().unwrap();
        let rejected = threads(&directory)
            .read(execute("CREATE TABLE a (b)"))
            .await;
        assert!(rejected.is_err());
    }
}
