//! The decoder threads and their queue.

use std::{
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use jiff::{SignedDuration, Timestamp};
use manyface_core::{Creator, Error, Result};
use tokio::sync::oneshot;

use crate::{
    ImageQueueStatus, MediaSettings, Rejection,
    dimensions::dimensions,
    fair_queue::{Demand, FairQueue, QueueFull, QueueLimits, Ticket},
    pipeline::{Prepared, prepare},
    rejection::{MAX_FILE, MAX_PIXELS},
};

/// The maximum number of bytes of all files in the queue or being decoded.
const MAX_BYTES: usize = 8 * MAX_FILE;
/// The maximum number of bytes of one owner's files in the queue or being decoded.
const MAX_BYTES_PER_OWNER: usize = 2 * MAX_FILE;
/// The maximum cost of a small image, in pixels plus bytes. Small images have a separate thread.
const MAX_SMALL_COST: u64 = 2 * 1024 * 1024;
/// The minimum time between two log entries about rejections.
const REPORT_INTERVAL: SignedDuration = SignedDuration::from_secs(60);

/// Threads that decode images, at a lower priority than those that serve requests. They end after
/// the last clone is dropped and the queue is empty.
#[derive(Clone, Debug)]
pub(crate) struct Decoders(Arc<CloseOnDrop>);

/// Closes the queue when the last [`Decoders`] is dropped.
#[derive(Debug)]
struct CloseOnDrop(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    queue: FairQueue<Job>,
    is_closed: bool,
    /// The number of files that were rejected since the last report.
    rejected: u64,
    reported_at: Option<Timestamp>,
    all_accepted: u64,
    all_rejected: u64,
}

#[derive(Debug)]
struct Job {
    file: Vec<u8>,
    done: oneshot::Sender<Result<Prepared, Rejection>>,
}

impl Decoders {
    /// Starts the threads: `settings.decoders` for all images, and one for small images only, so
    /// that these do not wait for a large image.
    pub(crate) fn start(settings: &MediaSettings) -> io::Result<Self> {
        let queue = FairQueue::new(QueueLimits {
            waiting: settings.queue.get(),
            per_owner: settings.queue_per_user.get(),
            bytes: MAX_BYTES,
            bytes_per_owner: MAX_BYTES_PER_OWNER,
        });
        let state = State {
            queue,
            is_closed: false,
            rejected: 0,
            reported_at: None,
            all_accepted: 0,
            all_rejected: 0,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            changed: Condvar::new(),
        });
        let decoders = CloseOnDrop(Arc::clone(&shared));
        for number in 0..=settings.decoders.get() {
            let shared = Arc::clone(&shared);
            let max_cost = if number == 0 {
                MAX_SMALL_COST
            } else {
                u64::MAX
            };
            let thread = thread::Builder::new().name("image-decoder".to_owned());
            thread.spawn(move || decode_all(&shared, max_cost))?;
        }
        Ok(Self(Arc::new(decoders)))
    }

    /// Returns the state of the queue.
    pub(crate) fn status(&self) -> ImageQueueStatus {
        let state = self.0.0.lock();
        ImageQueueStatus {
            waiting: state.queue.waiting(),
            bytes: state.queue.bytes(),
            accepted: state.all_accepted,
            rejected: state.all_rejected,
        }
    }

    /// Checks a file of `owner` and creates all its sizes.
    ///
    /// Returns [`Error::Unavailable`] if the queue or the owner's share of it is full. If the future
    /// is dropped, its place in the queue is freed.
    pub(crate) async fn prepare(
        &self,
        file: Vec<u8>,
        owner: &Creator,
        now: Timestamp,
    ) -> Result<Prepared> {
        if file.len() > MAX_FILE {
            return Err(Rejection::TooLong.into());
        }
        let demand = Demand {
            cost: cost(&file),
            bytes: file.len(),
        };
        let (done, result) = oneshot::channel();
        let shared = &self.0.0;
        let pushed = shared.lock().push(owner, demand, Job { file, done }, now);
        // Clients can cause this, so it has no cause that would be logged.
        let ticket = pushed.map_err(|QueueFull| Error::Unavailable(None))?;
        shared.changed.notify_all();
        let _place = QueuePlace { shared, ticket };
        match result.await {
            Ok(prepared) => Ok(prepared?),
            Err(ended) => Err(Error::Unavailable(Some(ended.into()))),
        }
    }
}

/// Returns the cost of decoding a file: its pixels and bytes.
fn cost(file: &[u8]) -> u64 {
    let pixels = dimensions(file).map(|(width, height)| u64::from(width) * u64::from(height));
    // A file with an unknown header is either rejected soon or large.
    let pixels = pixels.unwrap_or(MAX_PIXELS).min(MAX_PIXELS);
    pixels + file.len() as u64
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn push(
        &mut self,
        owner: &Creator,
        demand: Demand,
        job: Job,
        now: Timestamp,
    ) -> Result<Ticket, QueueFull> {
        let pushed = self.queue.push(owner, demand, job);
        if pushed.is_ok() {
            self.all_accepted += 1;
        } else {
            self.rejected += 1;
            self.all_rejected += 1;
            let is_due = |at| now.duration_since(at) >= REPORT_INTERVAL;
            if self.reported_at.is_none_or(is_due) {
                let rejected = self.rejected;
                tracing::info!(rejected, "image queue full: uploads rejected with 503");
                self.rejected = 0;
                self.reported_at = Some(now);
            }
        }
        pushed
    }
}

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.0.lock().is_closed = true;
        self.0.changed.notify_all();
    }
}

/// A place in the queue, which is freed on drop.
struct QueuePlace<'a> {
    shared: &'a Shared,
    ticket: Ticket,
}

impl Drop for QueuePlace<'_> {
    fn drop(&mut self) {
        self.shared.lock().queue.cancel(self.ticket);
    }
}

fn decode_all(shared: &Shared, max_cost: u64) {
    lower_priority();
    let mut state = shared.lock();
    loop {
        if let Some(item) = state.queue.take(max_cost) {
            drop(state);
            let (Job { file, done }, item) = item.split();
            let prepared = prepare(&file);
            drop(file);
            state = shared.lock();
            state.queue.release(&item);
            let _ = done.send(prepared);
        } else if state.is_closed {
            return;
        } else {
            let changed = shared.changed.wait(state);
            state = changed.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Lowers the priority of the thread. Only Linux has a priority per thread; elsewhere it applies to
/// the whole process.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, 10) {
        tracing::debug!(%error, "cannot lower the priority of an image decoder");
    }
}
