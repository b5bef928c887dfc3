//! A bounded queue that is fair between owners.

use std::collections::{BTreeMap, HashMap};

use manyface_core::Creator;

/// The limits of the queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueLimits {
    /// The maximum number of waiting items.
    pub(crate) waiting: usize,
    /// The maximum number of one owner's items, waiting or taken.
    pub(crate) per_owner: usize,
    /// The maximum number of bytes of all items, waiting or taken.
    pub(crate) bytes: usize,
    /// The maximum number of bytes of one owner's items, waiting or taken.
    pub(crate) bytes_per_owner: usize,
}

/// The error of an item that exceeds a limit of the queue or of its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueueFull;

/// The key of a waiting item: its virtual finish time and its sequence number.
pub(crate) type Ticket = (u64, u64);

/// The resources that an item takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Demand {
    /// The work, in any unit.
    pub(crate) cost: u64,
    /// The memory while the item is waiting or taken, in bytes.
    pub(crate) bytes: usize,
}

/// A queue with self-clocked fair queueing: each owner gets the same share of the work, so that a
/// cheap item of one owner never waits for all expensive items of another.
///
/// The virtual finish time of an item is its cost after the later of the current time and the finish
/// of the owner's previous item. The item with the earliest finish is taken next and sets the clock.
#[derive(Debug)]
pub(crate) struct FairQueue<T> {
    limits: QueueLimits,
    waiting: BTreeMap<Ticket, Item<T>>,
    shares: HashMap<Creator, Share>,
    bytes: usize,
    clock: u64,
    pushed: u64,
}

/// An item and its owner.
#[derive(Debug)]
pub(crate) struct Item<T> {
    owner: Creator,
    demand: Demand,
    /// The item.
    pub(crate) value: T,
}

/// The usage of an owner.
#[derive(Debug, Default)]
struct Share {
    items: usize,
    bytes: usize,
    finish: u64,
}

impl<T> FairQueue<T> {
    pub(crate) fn new(limits: QueueLimits) -> Self {
        Self {
            limits,
            waiting: BTreeMap::new(),
            shares: HashMap::new(),
            bytes: 0,
            clock: 0,
            pushed: 0,
        }
    }

    /// Adds an item, or returns [`QueueFull`] if that exceeds a limit.
    pub(crate) fn push(
        &mut self,
        owner: &Creator,
        demand: Demand,
        value: T,
    ) -> Result<Ticket, QueueFull> {
        let limits = self.limits;
        let (items, bytes, finish) = match self.shares.get(owner) {
            Some(share) => (share.items, share.bytes, share.finish),
            None => (0, 0, 0),
        };
        if self.waiting.len() >= limits.waiting
            || items >= limits.per_owner
            || self.bytes.saturating_add(demand.bytes) > limits.bytes
            || bytes.saturating_add(demand.bytes) > limits.bytes_per_owner
        {
            return Err(QueueFull);
        }
        let finish = finish.max(self.clock).saturating_add(demand.cost);
        let share = self.shares.entry(owner.clone()).or_default();
        share.items += 1;
        share.bytes += demand.bytes;
        share.finish = finish;
        self.bytes += demand.bytes;
        self.pushed += 1;
        let ticket = (finish, self.pushed);
        let owner = owner.clone();
        let item = Item {
            owner,
            demand,
            value,
        };
        self.waiting.insert(ticket, item);
        Ok(ticket)
    }

    /// Takes the next item with a cost of at most `max_cost`. It counts towards the limits until it
    /// is released.
    pub(crate) fn take(&mut self, max_cost: u64) -> Option<Item<T>> {
        let mut waiting = self.waiting.iter();
        let (ticket, _) = waiting.find(|(_, item)| item.demand.cost <= max_cost)?;
        let ticket = *ticket;
        self.clock = self.clock.max(ticket.0);
        self.waiting.remove(&ticket)
    }

    /// Returns the number of waiting items.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Returns the number of bytes of all items, waiting or taken.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Frees the resources of a taken item.
    pub(crate) fn release<U>(&mut self, item: &Item<U>) {
        self.bytes -= item.demand.bytes;
        if let Some(share) = self.shares.get_mut(&item.owner) {
            share.items -= 1;
            share.bytes -= item.demand.bytes;
            if share.items == 0 {
                self.shares.remove(&item.owner);
            }
        }
    }

    /// Removes an item if it is still waiting.
    pub(crate) fn cancel(&mut self, ticket: Ticket) {
        if let Some(item) = self.waiting.remove(&ticket) {
            self.release(&item);
        }
    }
}

impl<T> Item<T> {
    /// Splits the item into its value and the rest, which is to be released.
    pub(crate) fn split(self) -> (T, Item<()>) {
        let rest = Item {
            owner: self.owner,
            demand: self.demand,
            value: (),
        };
        (self.value, rest)
    }
}

#[cfg(test)]
mod tests {
    use manyface_core::TenantId;

    use super::*;

    const LIMITS: QueueLimits = QueueLimits {
        waiting: 8,
        per_owner: 3,
        bytes: 100,
        bytes_per_owner: 40,
    };

    fn owner(name: &str) -> Creator {
        Creator::Program(TenantId(uuid::Uuid::nil()), name.to_owned())
    }

    fn push(queue: &mut FairQueue<&'static str>, name: &'static str, cost: u64) -> Ticket {
        let owner = owner(&name[..1]);
        queue.push(&owner, Demand { cost, bytes: 1 }, name).unwrap()
    }

    fn take_all(queue: &mut FairQueue<&'static str>) -> Vec<&'static str> {
        let mut order = Vec::new();
        while let Some(item) = queue.take(u64::MAX) {
            queue.release(&item);
            order.push(item.value);
        }
        order
    }

    #[test]
    fn owners_take_turns() {
        let mut queue = FairQueue::new(LIMITS);
        for name in ["a1", "a2", "a3", "b1", "b2", "c1"] {
            push(&mut queue, name, 10);
        }
        assert_eq!(take_all(&mut queue), ["a1", "b1", "c1", "a2", "b2", "a3"]);
    }

    #[test]
    fn cheap_items_overtake_expensive_items_without_starving_them() {
        let mut queue = FairQueue::new(LIMITS);
        push(&mut queue, "a1", 1_000);
        push(&mut queue, "a2", 1_000);
        push(&mut queue, "b1", 400);
        push(&mut queue, "b2", 400);
        push(&mut queue, "b3", 400);
        assert_eq!(take_all(&mut queue), ["b1", "b2", "a1", "b3", "a2"]);
    }

    #[test]
    fn an_idle_owner_accumulates_no_credit() {
        let mut queue = FairQueue::new(LIMITS);
        push(&mut queue, "a1", 10);
        let first = queue.take(u64::MAX).unwrap();
        queue.release(&first);
        push(&mut queue, "a2", 10);
        push(&mut queue, "b1", 10);
        push(&mut queue, "b2", 10);
        assert_eq!(take_all(&mut queue), ["a2", "b1", "b2"]);
    }

    #[test]
    fn taken_items_count_towards_the_limit_of_their_owner() {
        let mut queue = FairQueue::new(LIMITS);
        let demand = Demand { cost: 1, bytes: 1 };
        for name in ["a1", "a2", "a3"] {
            push(&mut queue, name, 1);
        }
        let full = Err(QueueFull);
        assert_eq!(queue.push(&owner("a"), demand, "a4"), full);
        let taken = queue.take(u64::MAX).unwrap();
        assert_eq!(queue.push(&owner("a"), demand, "a4"), full);
        queue.release(&taken);
        let ticket = push(&mut queue, "a4", 1);
        assert_eq!(queue.push(&owner("a"), demand, "a5"), full);
        queue.cancel(ticket);
        push(&mut queue, "a5", 1);
        queue.cancel(ticket);
        assert_eq!(queue.push(&owner("a"), demand, "a6"), full);
        assert_eq!(take_all(&mut queue), ["a2", "a3", "a5"]);
        assert!(queue.shares.is_empty() && queue.bytes == 0);
    }

    #[test]
    fn items_and_bytes_are_bounded() {
        let mut queue = FairQueue::new(LIMITS);
        let full = Err(QueueFull);
        let demand = |bytes| Demand { cost: 1, bytes };
        queue.push(&owner("a"), demand(40), "a").unwrap();
        assert_eq!(queue.push(&owner("a"), demand(1), "a"), full);
        queue.push(&owner("b"), demand(40), "b").unwrap();
        assert_eq!(queue.push(&owner("c"), demand(21), "c"), full);
        queue.push(&owner("c"), demand(20), "c").unwrap();
        assert_eq!(take_all(&mut queue).len(), 3);
        for name in ["a1", "a2", "b1", "b2", "c1", "c2", "d1", "d2"] {
            push(&mut queue, name, 1);
        }
        assert_eq!(queue.push(&owner("e"), demand(1), "e1"), full);
    }

    #[test]
    fn items_above_the_maximum_cost_are_not_taken() {
        let mut queue = FairQueue::new(LIMITS);
        push(&mut queue, "a1", 10);
        assert!(queue.take(9).is_none());
        push(&mut queue, "b1", 11);
        assert_eq!(queue.take(10).unwrap().value, "a1");
    }
}
