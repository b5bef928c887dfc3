//! Replaying one exchange.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use crate::{
    Exchange, Extent, Failure, Stop, Suite, Target, User,
    exchange_run::{ExchangeRun, Sent},
    restore::Baseline,
};

/// Replays `exchange` as a user of `target`, whose profile is put back as it was where the target
/// has no other.
pub fn replay(
    exchange: &Exchange,
    suite: &Suite,
    target: &dyn Target,
    extent: Extent,
) -> Result<(), Failure> {
    let user = target.user_for(&exchange.wanted(suite, true))?;
    let manner = if target.makes_users() {
        Manner::Write
    } else {
        Manner::PutBack
    };
    let replayed = replay_as(
        exchange,
        suite,
        extent,
        (&*user, &*user),
        manner,
        &Stop::default(),
    );
    replayed.outcome.and(replayed.restored)
}

/// The permitted changes of the user's profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It only reads.
    Read,
    /// The profile is written and not restored.
    Write,
    /// The profile is written and restored.
    PutBack,
}

/// The result of an exchange.
pub(crate) struct Replayed {
    pub(crate) outcome: Result<(), Failure>,
    /// Whether the profile was restored.
    pub(crate) restored: Result<(), Failure>,
    pub(crate) sent: Vec<Sent>,
}

/// Replays `exchange` as the first user. The second is the same one, as who the profile is put
/// back: whatever happened to the exchange, and whatever holds the first one up.
pub(crate) fn replay_as(
    exchange: &Exchange,
    suite: &Suite,
    extent: Extent,
    (user, keeper): (&dyn User, &dyn User),
    manner: Manner,
    stop: &Stop,
) -> Replayed {
    let never = Stop::default();
    let mut run = ExchangeRun::new(suite, extent, user, stop);
    let is_given = match manner {
        Manner::Read => false,
        Manner::Write | Manner::PutBack => !exchange.is_fresh(),
    };
    let baseline = match manner {
        Manner::Read | Manner::Write => None,
        Manner::PutBack => match Baseline::take(suite, &run, exchange.writes_related(suite)) {
            Ok(baseline) => baseline,
            // Nothing has been written.
            Err(failure) => {
                return Replayed {
                    outcome: Err(failure),
                    restored: Ok(()),
                    sent: run.take_sent(),
                };
            }
        },
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| run.exchange(exchange, is_given)));
    let outcome = outcome.unwrap_or_else(|panic| Err(Failure::Panicked(panic_message(&*panic))));
    let restored = baseline.map_or(Ok(()), |baseline| {
        baseline.put_back(suite, &ExchangeRun::new(suite, extent, keeper, &never))
    });
    Replayed {
        outcome,
        restored,
        sent: run.take_sent(),
    }
}

/// The message of a panic.
fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "no message".to_owned())
}
