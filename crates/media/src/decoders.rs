//! The threads that decode pictures, and the queue before them.

use std::{
    io,
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use manyface_core::{Error, Result};
use tokio::sync::{
    mpsc::{self, Receiver, Sender},
    oneshot,
};

use crate::{
    Rejection,
    pipeline::{Prepared, prepare},
};

/// Threads that decode pictures, at a lower priority than those that serve. They end when this is
/// dropped and the queue is empty.
#[derive(Clone, Debug)]
pub(crate) struct Decoders(Sender<Job>);

#[derive(Debug)]
struct Job {
    file: Vec<u8>,
    answer: oneshot::Sender<Result<Prepared, Rejection>>,
}

impl Decoders {
    /// `threads` of them, with room for `queue` files that wait.
    pub(crate) fn start(threads: NonZeroUsize, queue: NonZeroUsize) -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel(queue.get());
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..threads.get() {
            let receiver = Arc::clone(&receiver);
            let thread = thread::Builder::new().name("picture-decoder".to_owned());
            thread.spawn(move || decode_all(&receiver))?;
        }
        Ok(Self(sender))
    }

    /// Checks a file and makes all forms of it. A full queue is [`Error::Unavailable`].
    pub(crate) async fn prepare(&self, file: Vec<u8>) -> Result<Prepared> {
        let (answer, answered) = oneshot::channel();
        if self.0.try_send(Job { file, answer }).is_err() {
            return Err(Error::Unavailable(Some("too many pictures wait".into())));
        }
        match answered.await {
            Ok(prepared) => Ok(prepared?),
            Err(ended) => Err(Error::Unavailable(Some(ended.into()))),
        }
    }
}

fn decode_all(queue: &Mutex<Receiver<Job>>) {
    yield_to_others();
    loop {
        let job = queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .blocking_recv();
        let Some(Job { file, answer }) = job else {
            return;
        };
        // Nobody waits for it any more: the client has gone.
        if !answer.is_closed() {
            let _ = answer.send(prepare(&file));
        }
    }
}

/// Lets threads that serve run first. Linux has a priority for each thread; elsewhere it would be
/// the whole process's.
fn yield_to_others() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, 10) {
        tracing::debug!(%error, "pictures are decoded at normal priority");
    }
}
