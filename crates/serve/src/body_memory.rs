//! How much memory large bodies may take together.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use manyface_core::{Caller, Subject};
use manyface_dialect::Refusal;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bodies up to this many bytes are not counted: there are no more of them than connections.
pub(crate) const SMALL: usize = 64 * 1024;
/// The unit that memory is counted in, in bytes.
const UNIT: usize = 1024;
/// How many bodies may wait for memory: what waits takes memory of its own.
const MAX_WAITING: usize = 64;
/// How long a body may wait for memory.
const WAIT: Duration = Duration::from_secs(2);
/// Each caller gets one part of so many; all callers without a credential get one together.
const SHARES: usize = 4;

/// How much memory the large bodies of all requests, or of all responses, may take together.
///
/// A body counts as it arrives: what is only announced takes nothing. A body that finds no memory
/// waits two seconds and is then rejected (503). One caller gets at most a quarter.
#[derive(Debug)]
pub struct BodyMemory {
    free: Arc<Semaphore>,
    share: usize,
    shares: Mutex<HashMap<Subject, Arc<Semaphore>>>,
    waiting: AtomicUsize,
}

/// The memory of one body. It is given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Room {
    memory: Arc<BodyMemory>,
    caller: Arc<Caller>,
    held: Option<Held>,
    /// Whether it has asked for memory: its caller has a share.
    has_asked: bool,
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

    /// Room for a body of `caller` that has no bytes yet.
    pub(crate) fn room(self: &Arc<Self>, caller: &Arc<Caller>) -> Room {
        Room {
            memory: Arc::clone(self),
            caller: Arc::clone(caller),
            held: None,
            has_asked: false,
        }
    }

    /// Whether bodies wait for memory that others hold.
    fn is_short(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    fn share_of(&self, caller: &Caller) -> Arc<Semaphore> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        let share = shares
            .entry(caller.subject.clone())
            .or_insert_with(|| Arc::new(Semaphore::new(self.share)));
        Arc::clone(share)
    }

    async fn take(&self, share: Arc<Semaphore>, units: usize) -> Result<Held, Refusal> {
        let count = u32::try_from(units).unwrap_or(u32::MAX);
        let permits = async {
            // The share first: a caller at its limit takes nothing from others while it waits.
            let of_share = share.acquire_many_owned(count).await;
            let of_all = Arc::clone(&self.free).acquire_many_owned(count).await;
            Some((of_share.ok()?, of_all.ok()?))
        };
        let waiting = Waiting::enter(&self.waiting);
        if waiting.before >= MAX_WAITING {
            return Err(Refusal::Overloaded);
        }
        match tokio::time::timeout(WAIT, permits).await {
            Ok(Some((of_share, of_all))) => Ok(Held {
                units,
                of_share,
                of_all,
            }),
            Ok(None) | Err(_) => Err(Refusal::Overloaded),
        }
    }
}

impl Room {
    /// Makes room for a body that has `bytes` by now.
    pub(crate) async fn grow_to(&mut self, bytes: usize) -> Result<(), Refusal> {
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
        self.has_asked = true;
        let share = self.memory.share_of(&self.caller);
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

    /// Whether this body holds memory that others wait for.
    pub(crate) fn is_wanted(&self) -> bool {
        self.held.is_some() && self.memory.is_short()
    }

    /// Whether this body holds memory.
    pub(crate) fn is_counted(&self) -> bool {
        self.held.is_some()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.held = None;
        if !self.has_asked {
            return;
        }
        let shares = self.memory.shares.lock();
        let mut shares = shares.unwrap_or_else(PoisonError::into_inner);
        // A caller who holds nothing and waits for nothing need not be remembered.
        let is_idle = |share: &Arc<Semaphore>| Arc::strong_count(share) == 1;
        if shares.get(&self.caller.subject).is_some_and(is_idle) {
            shares.remove(&self.caller.subject);
        }
    }
}

/// One that waits, however it stops waiting.
struct Waiting<'a> {
    count: &'a AtomicUsize,
    before: usize,
}

impl<'a> Waiting<'a> {
    fn enter(count: &'a AtomicUsize) -> Self {
        let before = count.fetch_add(1, Ordering::Relaxed);
        Self { count, before }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
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

    fn user(name: &str) -> Arc<Caller> {
        Arc::new(Caller::user(ProfileRef::Username(name.to_owned())))
    }

    fn grown(room: &mut Room, bytes: usize) -> Option<Result<(), Refusal>> {
        room.grow_to(bytes).now_or_never()
    }

    #[actix_web::test]
    async fn one_caller_gets_a_part_and_others_get_theirs() {
        let memory = Arc::new(BodyMemory::new(16 * SMALL));
        let mut ada = memory.room(&user("ada"));
        assert_eq!(grown(&mut ada, 4 * SMALL), Some(Ok(())));
        let mut second = memory.room(&user("ada"));
        assert_eq!(grown(&mut second, SMALL), Some(Ok(())), "is not counted");
        assert_eq!(grown(&mut second, SMALL + 1), None);
        let mut others: Vec<_> = ["bob", "cy", "di"]
            .map(|name| memory.room(&user(name)))
            .into();
        for other in &mut others {
            assert_eq!(grown(other, 4 * SMALL), Some(Ok(())));
        }
        let mut late = memory.room(&Arc::new(Caller::nobody()));
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
        let mut room = memory.room(&user("ada"));
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
        let mut room = memory.room(&user("ada"));
        assert_eq!(grown(&mut room, 100 * SMALL), Some(Ok(())));
    }

    #[actix_web::test]
    async fn a_caller_that_got_no_memory_is_forgotten() {
        let memory = Arc::new(BodyMemory::new(4 * SMALL));
        let mut all = memory.room(&user("ada"));
        assert_eq!(grown(&mut all, 2 * SMALL), Some(Ok(())));
        let rest = Arc::clone(&memory.free)
            .try_acquire_many_owned(u32::try_from(3 * SMALL / UNIT).unwrap());
        let mut late = memory.room(&user("bob"));
        assert_eq!(grown(&mut late, 2 * SMALL), None);
        drop((late, rest));
        let shares = memory.shares.lock().unwrap();
        assert!(shares.keys().eq([&user("ada").subject]), "{shares:?}");
    }

    #[actix_web::test]
    async fn a_body_that_waits_too_long_is_rejected() {
        let memory = Arc::new(BodyMemory::new(4 * SMALL));
        let mut all = memory.room(&user("ada"));
        all.grow_to(2 * SMALL).await.unwrap();
        let mut late = memory.room(&user("ada"));
        assert_eq!(late.grow_to(2 * SMALL).await, Err(Refusal::Overloaded));
        assert!(!all.is_wanted(), "nothing waits any more");
    }
}
