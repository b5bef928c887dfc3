//! Limits of concurrent streams.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use manyface_core::{Operator, TenantId};

use super::AdminProblem;

/// The owner of streams: all tokens of a tenant, or one token of the whole deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Holder {
    Tenant(TenantId),
    Token([u8; 32]),
}

/// A maximum number of concurrent streams, in total and per holder.
#[derive(Clone, Debug)]
pub(crate) struct Slots {
    max: usize,
    max_per_holder: usize,
    held: Arc<Mutex<HashMap<Holder, usize>>>,
}

/// The permission of one stream, until it is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    holder: Holder,
    held: Arc<Mutex<HashMap<Holder, usize>>>,
}

impl Slots {
    pub(crate) fn new(max: usize, max_per_holder: usize) -> Self {
        Self {
            max,
            max_per_holder,
            held: Arc::default(),
        }
    }

    /// Takes a slot for `operator`, whose token has this digest. The tokens of a tenant share the
    /// slots of one token.
    pub(crate) fn acquire(
        &self,
        operator: &Operator,
        digest: [u8; 32],
    ) -> Result<Slot, AdminProblem> {
        let holder = operator
            .tenant
            .map_or(Holder::Token(digest), Holder::Tenant);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let total: usize = held.values().sum();
        let own = held.get(&holder).copied().unwrap_or(0);
        if own >= self.max_per_holder {
            let max = self.max_per_holder;
            let detail = format!("the token has {max} such requests in progress already");
            return Err(AdminProblem::too_many(detail));
        }
        if total >= self.max {
            let detail = "too many such requests are in progress; retry later";
            return Err(AdminProblem::too_many(detail));
        }
        held.insert(holder, own + 1);
        drop(held);
        Ok(Slot {
            holder,
            held: Arc::clone(&self.held),
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        match held.get_mut(&self.holder) {
            Some(count) if *count > 1 => *count -= 1,
            Some(_) | None => drop(held.remove(&self.holder)),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn one_holder_cannot_take_all_slots() {
        let slots = Slots::new(3, 2);
        let global = Operator::unlimited("grace");
        let of_tenant = Operator {
            tenant: Some(TenantId(Uuid::from_u128(1))),
            ..global.clone()
        };
        let first = slots.acquire(&of_tenant, [1; 32]).unwrap();
        let second = slots.acquire(&of_tenant, [2; 32]).unwrap();
        assert!(slots.acquire(&of_tenant, [3; 32]).is_err());
        let third = slots.acquire(&global, [4; 32]).unwrap();
        assert!(slots.acquire(&global, [5; 32]).is_err());
        drop(first);
        assert!(slots.acquire(&global, [5; 32]).is_ok());
        drop((second, third));
        assert!(slots.held.lock().unwrap().is_empty());
    }
}
