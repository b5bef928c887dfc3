//! How much memory large bodies may take together.

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

/// No memory could be had in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl From<Full> for Problem {
    fn from(_: Full) -> Self {
        Self::Unavailable(None)
    }
}

/// Bodies up to this many bytes are not counted: there are no more of them than connections.
pub(crate) const SMALL: usize = 64 * 1024;
/// The unit that memory is counted in, in bytes.
const UNIT: usize = 1024;
/// The maximum number of bodies that wait for memory: each waiting body takes memory as well.
const MAX_WAITING: usize = 256;
/// How many of one owner may wait, for its share or for memory that others hold.
const MAX_WAITING_OF_ONE: usize = 16;
/// How many seconds a body may take for what it holds, while others wait for memory.
const MAX_SECONDS: usize = 60;
/// How long a body may wait for memory.
const WAIT: Duration = Duration::from_secs(2);
/// Each owner gets one part of so many.
const SHARES: usize = 4;

/// How much memory the large bodies of all requests, or of all responses, may take together.
///
/// A body counts as it arrives: what is only announced takes nothing. A body that finds no memory
/// waits two seconds and is then rejected (503). One owner gets at most a quarter.
#[derive(Debug)]
pub struct BodyMemory {
    free: Arc<Semaphore>,
    share: usize,
    shares: Mutex<HashMap<Owner, Arc<Share>>>,
    /// How many wait for memory that others hold.
    waiting: AtomicUsize,
}

/// The owner of a body, for its share of the memory.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    /// The caller's. All callers without a credential have one share together.
    Subject(Subject),
    /// That of the creator of the upload, where the request proves itself by a signature.
    Creator(Creator),
}

/// One owner's part of the memory.
#[derive(Debug)]
struct Share {
    free: Arc<Semaphore>,
    /// How many of the owner's bodies wait, for this or for memory that others hold.
    waiting: AtomicUsize,
}

/// The memory of one body. It is given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Room {
    memory: Arc<BodyMemory>,
    owner: Owner,
    held: Option<Held>,
    /// The owner's share, once it has asked for memory.
    share: Option<Arc<Share>>,
}

#[derive(Debug)]
struct Held {
    units: usize,
    of_share: OwnedSemaphorePermit,
    of_all: OwnedSemaphorePermit,
}

impl BodyMemory {
    /// Memory for `bytes`, and for one unit at the least.
    pub fn new(bytes: usize) -> Self {
        let units = (bytes / UNIT).clamp(1, Semaphore::MAX_PERMITS.min(u32::MAX as usize));
        Self {
            free: Arc::new(Semaphore::new(units)),
            share: (units / SHARES).max(1),
            shares: Mutex::default(),
            waiting: AtomicUsize::new(0),
        }
    }

    /// Room for a body of `owner` that has no bytes yet.
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
        // Who finds memory at once is not held up by those who wait.
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
            // The share first: an owner at its limit takes nothing from others while it waits.
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
    /// Makes room for a body that has `bytes` by now.
    pub(crate) async fn grow_to(&mut self, bytes: usize) -> Result<(), Full> {
        if bytes <= SMALL {
            return Ok(());
        }
        let held = self.held.as_ref().map_or(0, |held| held.units);
        // In steps, so that a body does not ask for each of its segments. A body that is larger
        // than the share of its caller counts as the whole share.
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

    /// The fewest bytes a second at which this body may keep its memory, if others wait for it:
    /// bodies of any owner, or bodies of the same owner that wait for its share.
    pub(crate) fn required_rate(&self) -> Option<usize> {
        let (held, share) = (self.held.as_ref()?, self.share.as_ref()?);
        let waiting = [&self.memory.waiting, &share.waiting];
        let is_wanted = waiting
            .iter()
            .any(|count| count.load(Ordering::Relaxed) > 0);
        is_wanted.then_some((held.units * UNIT / MAX_SECONDS).max(1))
    }

    /// Whether this body holds memory.
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
        // An owner that holds nothing and waits for nothing need not be remembered.
        let is_idle = |share: &Arc<Share>| Arc::strong_count(share) == 1;
        if shares.get(&self.owner).is_some_and(is_idle) {
            shares.remove(&self.owner);
        }
    }
}

/// One that waits, however it stops waiting.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    /// Counts one more, of which there are at most `most`.
    fn enter(count: &'a AtomicUsize, most: usize) -> Result<Self, Full> {
        let before = count.fetch_add(1, Ordering::Relaxed);
        let waiting = Self(count);
        if before < most {
            Ok(waiting)
        } else {
            Err(Full)
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Default for BodyMemory {
    /// 64 MiB: some forty images of the largest kind.
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

    fn grown(room: &mut Room, bytes: usize) -> Option<Result<(), Full>> {
        room.grow_to(bytes).now_or_never()
    }

    #[actix_web::test]
    async fn one_caller_gets_a_part_and_others_get_theirs() {
        let memory = Arc::new(BodyMemory::new(16 * SMALL));
        let mut ada = memory.room(user("ada"));
        assert_eq!(grown(&mut ada, 4 * SMALL), Some(Ok(())));
        let mut second = memory.room(user("ada"));
        assert_eq!(grown(&mut second, SMALL), Some(Ok(())), "is not counted");
        assert_eq!(grown(&mut second, SMALL + 1), None);
        let mut others: Vec<_> = ["bob", "cy", "di"]
            .map(|name| memory.room(user(name)))
            .into();
        for other in &mut others {
            assert_eq!(grown(other, 4 * SMALL), Some(Ok(())));
        }
        let mut late = memory.room(Owner::Subject(Subject::Anonymous));
        assert_eq!(grown(&mut late, 2 * SMALL), None);
        drop(ada);
        assert_eq!(grown(&mut late, 2 * SMALL), Some(Ok(())));
        assert_eq!(grown(&mut second, 2 * SMALL), Some(Ok(())));
        drop((second, others, late));
        assert_eq!(memory.free.available_permits(), 16 * SMALL / UNIT);
        assert!(memory.shares.lock().unwrap().is_empty());
    }

    #[actix_web::test]
    async fn a_body_counts_as_it_grows() {
        let memory = Arc::new(BodyMemory::new(16 * SMALL));
        let mut room = memory.room(user("ada"));
        for bytes in [0, 1, SMALL, SMALL + 1, 2 * SMALL, 2 * SMALL + 1] {
            assert_eq!(grown(&mut room, bytes), Some(Ok(())));
            let counted = bytes.div_ceil(SMALL) * SMALL;
            let counted = if bytes <= SMALL { 0 } else { counted };
            let free = 16 * SMALL - counted;
            assert_eq!(memory.free.available_permits() * UNIT, free, "{bytes}");
        }
    }

    #[actix_web::test]
    async fn a_body_larger_than_all_memory_gets_all_of_its_share() {
        let memory = Arc::new(BodyMemory::new(SMALL));
        let mut room = memory.room(user("ada"));
        assert_eq!(grown(&mut room, 100 * SMALL), Some(Ok(())));
    }

    #[actix_web::test]
    async fn a_caller_that_got_no_memory_is_forgotten() {
        let memory = Arc::new(BodyMemory::new(4 * SMALL));
        let mut all = memory.room(user("ada"));
        assert_eq!(grown(&mut all, 2 * SMALL), Some(Ok(())));
        let rest = Arc::clone(&memory.free)
            .try_acquire_many_owned(u32::try_from(3 * SMALL / UNIT).unwrap());
        let mut late = memory.room(user("bob"));
        assert_eq!(grown(&mut late, 2 * SMALL), None);
        drop((late, rest));
        let shares = memory.shares.lock().unwrap();
        assert!(shares.keys().eq([&user("ada")]), "{shares:?}");
    }

    #[actix_web::test]
    async fn a_body_that_waits_too_long_is_rejected() {
        let memory = Arc::new(BodyMemory::new(4 * SMALL));
        let mut all = memory.room(user("ada"));
        all.grow_to(2 * SMALL).await.unwrap();
        let mut late = memory.room(user("ada"));
        assert_eq!(late.grow_to(2 * SMALL).await, Err(Full));
        assert_eq!(all.required_rate(), None, "nothing waits any more");
    }

    #[actix_web::test]
    async fn those_who_wait_for_their_share_do_not_turn_others_away() {
        let memory = Arc::new(BodyMemory::new(16 * SMALL));
        let mut all = memory.room(user("ada"));
        assert_eq!(grown(&mut all, 4 * SMALL), Some(Ok(())));
        let mut bob = memory.room(user("bob"));
        assert_eq!(grown(&mut bob, 2 * SMALL), Some(Ok(())));
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
        assert_eq!(rejected, 1, "one more than may wait");
        assert_eq!(all.required_rate(), Some(4 * SMALL / MAX_SECONDS));
        assert_eq!(
            bob.required_rate(),
            None,
            "no body waits for what bob holds"
        );
        let mut cy = memory.room(user("cy"));
        assert_eq!(grown(&mut cy, 4 * SMALL), Some(Ok(())));
    }
}
