//! How much memory bodies may take together.

use std::{sync::Arc, time::Duration};

use manyface_dialect::Refusal;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bodies up to this many bytes are not counted: there are no more of them than connections.
const SMALL: usize = 64 * 1024;
/// What is counted in.
const UNIT: usize = 1024;
/// How many large bodies may wait: what waits unread takes memory of its own.
const WAITING: usize = 64;
/// How long a large body may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(2);

/// How much memory the large bodies of all requests may take together. A body that finds no room
/// waits, unread, and is then turned away: 503.
#[derive(Debug)]
pub struct BodyMemory {
    units: u32,
    free: Arc<Semaphore>,
    waiting: Semaphore,
}

/// Room for one body, until the request is answered.
#[derive(Debug)]
pub(crate) struct Room(
    #[expect(dead_code, reason = "it is held, not read")] Option<OwnedSemaphorePermit>,
);

impl BodyMemory {
    /// Room for `bytes`, and for one body at the least.
    pub fn new(bytes: usize) -> Self {
        let most = Semaphore::MAX_PERMITS.min(u32::MAX as usize);
        let units = (bytes / UNIT).clamp(1, most);
        Self {
            units: u32::try_from(units).unwrap_or(u32::MAX),
            free: Arc::new(Semaphore::new(units)),
            waiting: Semaphore::new(WAITING),
        }
    }

    /// Room for a body of up to `bytes`.
    pub(crate) async fn room(&self, bytes: usize) -> Result<Room, Refusal> {
        if bytes <= SMALL {
            return Ok(Room(None));
        }
        let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX);
        let _place = self
            .waiting
            .try_acquire()
            .map_err(|_| Refusal::Overloaded)?;
        let room = Arc::clone(&self.free).acquire_many_owned(units.min(self.units));
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

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[actix_web::test]
    async fn large_bodies_wait_for_each_other_and_small_ones_do_not() {
        let memory = BodyMemory::new(200 * UNIT);
        let one = memory.room(100 * UNIT).await.unwrap();
        let other = memory.room(100 * UNIT).await.unwrap();
        assert!(memory.room(65 * UNIT).now_or_never().is_none());
        assert!(memory.room(SMALL).await.is_ok());
        drop(one);
        let third = memory.room(65 * UNIT).now_or_never();
        assert!(matches!(third, Some(Ok(_))));
        drop((other, third));
        // One that is larger than all the room there is gets all of it.
        let largest = memory.room(1_000 * UNIT).await.unwrap();
        assert!(memory.room(65 * UNIT).now_or_never().is_none());
        drop(largest);
        assert!(memory.room(65 * UNIT).await.is_ok());
    }

    #[actix_web::test]
    async fn who_waits_too_long_is_turned_away() {
        let memory = BodyMemory::new(0);
        let _all = memory.room(100 * UNIT).await.unwrap();
        let refused = memory.room(100 * UNIT).await;
        assert_eq!(refused.err(), Some(Refusal::Overloaded));
    }
}
