//! The memory limit of large bodies.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use manyface_core::{Creator, Subject};
use manyface_dialect::Problem;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// No memory became free before the timeout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl From<Full> for Problem {
    fn from(_: Full) -> Self {
        Self::Unavailable(None)
    }
}

/// The size in bytes up to which a body is not counted. The number of connections bounds such
/// bodies.
pub(crate) const SMALL: usize = 64 * 1024;
/// The unit of accounting, in bytes.
const UNIT: usize = 1024;
/// The maximum number of waiting bodies. A waiting body occupies memory, too.
const MAX_WAITING: usize = 256;
/// The maximum number of waiting bodies per owner.
const MAX_WAITING_OF_ONE: usize = 16;
/// The maximum time in seconds for transferring the held bytes while other bodies wait.
const MAX_SECONDS: usize = 60;
/// The time after which a waiting body is rejected.
const WAIT: Duration = Duration::from_secs(2);
/// The number of owners among which all memory is divided.
const SHARES: usize = 4;

/// A memory limit shared by all large request bodies, or by all large response bodies.
///
/// Memory is reserved for the bytes that arrived, not for the announced length. A body without
/// memory waits for two seconds and is then rejected (503). One owner gets at most a quarter.
#[derive(Debug)]
pub struct BodyMemory {
    free: Arc<Semaphore>,
    share: usize,
    shares: Mutex<HashMap<Owner, Arc<Share>>>,
    /// The number of bodies that wait for memory of other owners.
    waiting: AtomicUsize,
}

/// The owner to whose share a body is charged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    /// The caller. All callers without a credential share one.
    Subject(Subject),
    /// The creator of an upload, for requests that a signature authenticates.
    Creator(Creator),
}

/// The share of one owner.
#[derive(Debug)]
struct Share {
    free: Arc<Semaphore>,
    /// The number of the owner's waiting bodies.
    waiting: AtomicUsize,
}

/// The memory reserved for one body; released on drop.
#[derive(Debug)]
pub(crate) struct Room {
    memory: Arc<BodyMemory>,
    owner: Owner,
    held: Option<Held>,
    /// The owner's share, from the first reservation on.
    share: Option<Arc<Share>>,
}

#[derive(Debug)]
struct Held {
    units: usize,
    of_share: OwnedSemaphorePermit,
    of_all: OwnedSemaphorePermit,
}

impl BodyMemory {
    /// Creates a limit of `bytes`, but of at least one unit.
    pub fn new(bytes: usize) -> Self {
        let units = (bytes / UNIT).clamp(1, Semaphore::MAX_PERMITS.min(u32::MAX as usize));
        Self {
            free: Arc::new(Semaphore::new(units)),
            share: (units / SHARES).max(1),
            shares: Mutex::default(),
            waiting: AtomicUsize::new(0),
        }
    }

    /// Returns an empty reservation for a body of `owner`.
    pub(crate) fn room(self: &Arc<Self>, owner: Owner) -> Room {
        Room {
            memory: Arc::clone(self),
            owner,
            held: None,
            share: None,
        }
    }

    fn share_of(&self, owner: &Owner) -> Arc<Share> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        let share = shares.entry(owner.clone()).or_insert_with(|| {
            Arc::new(Share {
                free: Arc::new(Semaphore::new(self.share)),
                waiting: AtomicUsize::new(0),
            })
        });
        Arc::clone(share)
    }

    async fn take(&self, share: &Share, units: usize) -> Result<Held, Full> {
        let count = u32::try_from(units).unwrap_or(u32::MAX);
        let of_share = || Arc::clone(&share.free);
        let of_all = || Arc::clone(&self.free);
        // Free memory is taken at once, ahead of the queue.
        if let Ok(of_share) = of_share().try_acquire_many_owned(count)
            && let Ok(of_all) = of_all().try_acquire_many_owned(count)
        {
            return Ok(Held {
                units,
                of_share,
                of_all,
            });
        }
        let _waiting = Waiting::enter(&share.waiting, MAX_WAITING_OF_ONE)?;
        let permits = async {
            // Acquire the share first, so that an owner at its limit holds no common memory while
            // waiting.
            let of_share = of_share().acquire_many_owned(count).await;
            let waiting = Waiting::enter(&self.waiting, MAX_WAITING)?;
            let of_all = of_all().acquire_many_owned(count).await;
            drop(waiting);
            Ok(Held {
                units,
                of_share: of_share.map_err(|_| Full)?,
                of_all: of_all.map_err(|_| Full)?,
            })
        };
        let taken = tokio::time::timeout(WAIT, permits).await;
        taken.unwrap_or(Err(Full))
    }
}

impl Room {
    /// Grows the reservation to a body of `bytes`; waits if no memory is free.
    pub(crate) async fn grow_to(&mut self, bytes: usize) -> Result<(), Full> {
        if bytes <= SMALL {
            return Ok(());
        }
        let held = self.held.as_ref().map_or(0, |held| held.units);
        // Grow in steps, not for each segment. A body larger than its owner's share counts as the
        // whole share.
        let units = bytes.div_ceil(UNIT).next_multiple_of(SMALL / UNIT);
        let wanted = units.min(self.memory.share).saturating_sub(held);
        if wanted == 0 {
            return Ok(());
        }
        let share = self
            .share
            .get_or_insert_with(|| self.memory.share_of(&self.owner));
        let more = self.memory.take(share, wanted).await?;
        match &mut self.held {
            None => self.held = Some(more),
            Some(held) => {
                held.units += more.units;
                held.of_share.merge(more.of_share);
                held.of_all.merge(more.of_all);
            }
        }
        Ok(())
    }

    /// Returns the minimum rate, in bytes per second, while other bodies wait for this memory:
    /// bodies of any owner for common memory, or of the same owner for its share.
    pub(crate) fn required_rate(&self) -> Option<usize> {
        let (held, share) = (self.held.as_ref()?, self.share.as_ref()?);
        let waiting = [&self.memory.waiting, &share.waiting];
        let is_wanted = waiting
            .iter()
            .any(|count| count.load(Ordering::Relaxed) > 0);
        is_wanted.then_some((held.units * UNIT / MAX_SECONDS).max(1))
    }

    /// Returns whether memory is reserved.
    pub(crate) fn is_counted(&self) -> bool {
        self.held.is_some()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.held = None;
        if self.share.take().is_none() {
            return;
        }
        let shares = self.memory.shares.lock();
        let mut shares = shares.unwrap_or_else(PoisonError::into_inner);
        // Remove an idle owner.
        let is_idle = |share: &Arc<Share>| Arc::strong_count(share) == 1;
        if shares.get(&self.owner).is_some_and(is_idle) {
            shares.remove(&self.owner);
        }
    }
}

/// Decrements the counter of waiting bodies on drop, also on cancellation.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    /// Increments `count`, or fails if it has reached `max`.
    fn enter(count: &'a AtomicUsize, max: usize) -> Result<Self, Full> {
        let before = count.fetch_add(1, Ordering::Relaxed);
        let waiting = Self(count);
        if before < max { Ok(waiting) } else { Err(Full) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Default for BodyMemory {
    /// Returns a limit of 64 MiB, about forty images of maximum size.
    fn default() -> Self {
        Self::new(64 * 1024 * 1024)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use manyface_core::ProfileRef;

    fn user(name: &str) -> Owner {
        let name = ProfileRef::Username(name.to_owned());
        Owner::Subject(Subject::User(name))
    }

    fn try_grow(room: &mut Room, bytes: usize) -> Option<Result<(), Full>> {
        room.grow_to(bytes).now_or_never()
    }

    #[actix_web::test]
    async fn each_owner_gets_at_most_its_share() {
        let memory = Arc::new(BodyMemory::new(16 * SMALL));
        let mut ada = memory.room(user("ada"));
        assert_eq!(try_grow(&mut ada, 4 * SMALL), Some(Ok(())));
        let mut second = memory.room(user("ada"));
        assert_eq!(try_grow(&mut second, SMALL), Some(Ok(())), "is not counted");
        assert_eq!(try_grow(&mut second, SMALL + 1), None);
        let mut others: Vec<_> = ["bob", "cy", "di"]
            .map(|name| memory.room(user(name)))
            .into();
        for other in &mut others {
            assert_eq!(try_grow(other, 4 * SMALL), Some(Ok(())));
        }
        let mut late = memory.room(Owner::Subject(Subject::Anonymous));
        assert_eq!(try_grow(&mut late, 2 * SMALL), None);
        drop(ada);
        assert_eq!(try_grow(&mut late, 2 * SMALL), Some(Ok(())));
        assert_eq!(try_grow(&mut second, 2 * SMALL), Some(Ok(())));
        drop((second, others, late));
        assert_eq!(memory.free.available_permits(), 16 * SMALL / UNIT);
        assert!(memory.shares.lock().unwrap().is_empty());
    }

    #[actix_web::test]
    async fn reservations_grow_with_the_body() {
        let memory = Arc::new(BodyMemory::new(16 * SMALL));
        let mut room = memory.room(user("ada"));
        for bytes in [0, 1, SMALL, SMALL + 1, 2 * SMALL, 2 * SMALL + 1] {
            assert_eq!(try_grow(&mut room, bytes), Some(Ok(())));
            let counted = bytes.div_ceil(SMALL) * SMALL;
            let counted = if bytes <= SMALL { 0 } else { counted };
            let free = 16 * SMALL - counted;
            assert_eq!(memory.free.available_permits() * UNIT, free, "{bytes}");
        }
    }

    #[actix_web::test]
    async fn bodies_larger_than_all_memory_reserve_the_whole_share() {
        let memory = Arc::new(BodyMemory::new(SMALL));
        let mut room = memory.room(user("ada"));
        assert_eq!(try_grow(&mut room, 100 * SMALL), Some(Ok(())));
    }

    #[actix_web::test]
    async fn idle_owners_are_removed() {
        let memory = Arc::new(BodyMemory::new(4 * SMALL));
        let mut all = memory.room(user("ada"));
        assert_eq!(try_grow(&mut all, 2 * SMALL), Some(Ok(())));
        let rest = Arc::clone(&memory.free)
            .try_acquire_many_owned(u32::try_from(3 * SMALL / UNIT).unwrap());
        let mut late = memory.room(user("bob"));
        assert_eq!(try_grow(&mut late, 2 * SMALL), None);
        drop((late, rest));
        let shares = memory.shares.lock().unwrap();
        assert!(shares.keys().eq([&user("ada")]), "{shares:?}");
    }

    #[actix_web::test]
    async fn waiting_bodies_are_rejected_after_the_timeout() {
        let memory = Arc::new(BodyMemory::new(4 * SMALL));
        let mut all = memory.room(user("ada"));
        all.grow_to(2 * SMALL).await.unwrap();
        let mut late = memory.room(user("ada"));
        assert_eq!(late.grow_to(2 * SMALL).await, Err(Full));
        assert_eq!(all.required_rate(), None, "no body waits");
    }

    #[actix_web::test]
    async fn bodies_waiting_for_their_own_share_do_not_block_other_owners() {
        let memory = Arc::new(BodyMemory::new(16 * SMALL));
        let mut all = memory.room(user("ada"));
        assert_eq!(try_grow(&mut all, 4 * SMALL), Some(Ok(())));
        let mut bob = memory.room(user("bob"));
        assert_eq!(try_grow(&mut bob, 2 * SMALL), Some(Ok(())));
        let mut own: Vec<_> = (0..=MAX_WAITING_OF_ONE)
            .map(|_| memory.room(user("ada")))
            .collect();
        let mut waiting: Vec<_> = own
            .iter_mut()
            .map(|room| Box::pin(room.grow_to(2 * SMALL)))
            .collect();
        let mut rejected = 0;
        for waiting in &mut waiting {
            rejected += usize::from(futures_util::poll!(waiting.as_mut()).is_ready());
        }
        assert_eq!(rejected, 1, "exactly the body over the limit is rejected");
        assert_eq!(all.required_rate(), Some(4 * SMALL / MAX_SECONDS));
        assert_eq!(bob.required_rate(), None, "no body waits for bob's memory");
        let mut cy = memory.room(user("cy"));
        assert_eq!(try_grow(&mut cy, 4 * SMALL), Some(Ok(())));
    }
}
