//! How much memory bodies may take together.

use std::{sync::Arc, time::Duration};

use manyface_dialect::Refusal;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bodies up to this many bytes are not counted: there are no more of them than connections.
const SMALL: usize = 64 * 1024;
/// What is counted in.
const UNIT: usize = 1024;
/// How long a large body may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(2);

/// How much memory the large bodies of all requests may take together. A body that finds no room
/// waits, unread, and is then turned away: 503.
#[derive(Debug)]
pub struct BodyMemory(Arc<Semaphore>);

/// Room for one body, until the request is answered.
#[derive(Debug)]
pub(crate) struct Room(
    #[expect(dead_code, reason = "it is held, not read")] Option<OwnedSemaphorePermit>,
);

impl BodyMemory {
    /// Room for `bytes`.
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes / UNIT)))
    }

    /// Room for a body of up to `bytes`.
    pub(crate) async fn room(&self, bytes: usize) -> Result<Room, Refusal> {
        if bytes <= SMALL {
            return Ok(Room(None));
        }
        let units = u32::try_from(bytes.div_ceil(UNIT)).map_err(|_| Refusal::Overloaded)?;
        let room = Arc::clone(&self.0).acquire_many_owned(units);
        match tokio::time::timeout(PATIENCE, room).await {
            Ok(Ok(room)) => Ok(Room(Some(room))),
            Ok(Err(_)) | Err(_) => Err(Refusal::Overloaded),
        }
    }
}

impl Default for BodyMemory {
    /// 64 MiB: some forty pictures of the largest kind.
    fn default() -> Self {
        Self::new(64 * 1024 * 1024)
    }
}
