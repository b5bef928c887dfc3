//! Streamed bodies of requests and responses.

use bytes::Bytes;
use tokio::sync::mpsc;

use super::{AdminProblem, slots::Slot};

/// The number of chunks that wait for the receiver.
const PENDING: usize = 2;

/// The media type of streamed bodies: one JSON object per line.
pub(crate) const NDJSON: &str = "application/x-ndjson";

/// A part of a streamed body.
#[derive(Debug)]
pub(crate) enum Chunk {
    Data(Bytes),
    /// The body is complete. A body without it is incomplete.
    End,
    Failed(AdminProblem),
}

/// The sender of a body. A send waits until the receiver has read earlier chunks.
pub(crate) type ChunkSender = mpsc::Sender<Chunk>;

/// The chunks of a body, in order.
#[derive(Debug)]
pub(crate) struct Chunks {
    /// A chunk that was received already.
    first: Option<Chunk>,
    receiver: mpsc::Receiver<Chunk>,
}

impl Chunks {
    /// Creates an empty body with its sender.
    pub(crate) fn channel() -> (ChunkSender, Self) {
        let (sender, receiver) = mpsc::channel(PENDING);
        let first = None;
        (sender, Self { first, receiver })
    }

    /// Waits for the first chunk. Returns an error if the sender failed before it sent anything.
    pub(crate) async fn started(mut self) -> Result<Self, AdminProblem> {
        match self.next().await {
            Err(problem) => Err(problem),
            Ok(data) => {
                self.first = Some(data.map_or(Chunk::End, Chunk::Data));
                Ok(self)
            }
        }
    }

    /// Returns the next chunk; `None` at the end of the complete body.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, AdminProblem> {
        let next = match self.first.take() {
            Some(first) => Some(first),
            None => self.receiver.recv().await,
        };
        match next {
            Some(Chunk::Data(data)) => Ok(Some(data)),
            Some(Chunk::End) => Ok(None),
            Some(Chunk::Failed(problem)) => Err(problem),
            None => Err(AdminProblem::internal("the stream has stopped".to_owned())),
        }
    }
}

/// The streamed body of a request.
pub(crate) struct Input {
    pub(crate) chunks: Chunks,
    /// Released when the operation ends.
    pub(crate) slot: Slot,
}
