//! A run: its users, the order of its exchanges, and its end.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use super::{Options, Progress, Watch, rate_limit::RateLimit};
use crate::{
    Ended, Exchange, Failure, Outcome, OutcomeStatus, Report, Skip, Stop, Suite, Target,
    Unrestored, User, exchange_run::ExchangeRun, restore::Baseline,
};

/// The state of a run.
pub(crate) struct Run<'a> {
    pub(super) suite: &'a Suite,
    pub(super) target: &'a dyn Target,
    pub(super) options: &'a Options,
    watch: &'a dyn Watch,
    pub(super) stop: Stop,
    pub(super) rate_limit: RateLimit,
    /// Why the run cannot go on.
    trouble: Mutex<Option<String>>,
    /// The number of consecutive exchanges without a result.
    pub(super) troubles: AtomicUsize,
    done: AtomicUsize,
}

/// An exchange to run, and the index of its outcome.
type Work<'a> = (usize, &'a Exchange);

impl<'a> Run<'a> {
    pub(crate) fn new(
        suite: &'a Suite,
        target: &'a dyn Target,
        options: &'a Options,
        watch: &'a dyn Watch,
    ) -> Self {
        let deadline = options.deadline.and_then(|d| Instant::now().checked_add(d));
        Self {
            suite,
            target,
            options,
            watch,
            stop: options.stop.within(deadline),
            rate_limit: RateLimit::new(options.rate),
            trouble: Mutex::default(),
            troubles: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
        }
    }

    pub(crate) fn report(&self) -> Report {
        let begun = Instant::now();
        let exchanges = self.suite.exchanges.iter();
        let meant: Vec<_> = exchanges.filter(|e| self.options.is_meant(e)).collect();
        let skipped = |exchange: &&Exchange| {
            let (extent, writes) = (self.options.extent, self.options.allow_writes);
            exchange.skipped(self.suite, self.target, extent, writes)
        };
        let mut skips: Vec<Option<Skip>> = meant.iter().map(skipped).collect();
        let users = self.target.known();
        let baselines = if skips.iter().all(Option::is_some) {
            Vec::new()
        } else {
            self.preflight(&users)
        };
        for (exchange, skip) in meant.iter().zip(&mut skips) {
            let loses = |(_, baseline): &(usize, Baseline)| self.loses(exchange, baseline);
            *skip = skip.take().or_else(|| baselines.iter().find_map(loses));
        }
        let outcomes: Vec<_> = skips.iter().map(|_| Mutex::new(None)).collect();
        let (mut reading, mut writing) = (Vec::new(), Vec::new());
        for (place, exchange) in meant.iter().enumerate() {
            if skips[place].is_some() {
                continue;
            }
            if exchange.is_read_only() {
                reading.push((place, *exchange));
            } else {
                writing.push((place, *exchange));
            }
        }
        let total = reading.len() + writing.len();
        self.run_all(&reading, &outcomes, total);
        self.run_all(&writing, &outcomes, total);
        let unrestored = if writing.is_empty() || !self.options.restore {
            Vec::new()
        } else {
            self.put_back(&users, &baselines)
        };
        let outcomes = meant.iter().zip(skips).zip(outcomes);
        let outcomes = outcomes.map(|((exchange, skip), outcome)| {
            let outcome = outcome.into_inner().unwrap_or_else(PoisonError::into_inner);
            let skipped = || Outcome::skipped(exchange, skip.unwrap_or(Skip::Ended));
            outcome.unwrap_or_else(skipped)
        });
        let outcomes: Vec<_> = outcomes.collect();
        Report {
            dialect: self.suite.dialect.clone(),
            label: self.secrets_of_options().redact(&self.options.label),
            extent: self.options.extent,
            allow_writes: self.options.allow_writes,
            elapsed: begun.elapsed(),
            ended: self.ended(&outcomes, total),
            outcomes,
            unrestored,
        }
    }

    /// Checks that the server knows all users, and reads the state to restore. Any problem
    /// ends the run before it begins.
    fn preflight(&self, users: &[Box<dyn User + '_>]) -> Vec<(usize, Baseline)> {
        let mut baselines = Vec::new();
        if self.target.makes_users() {
            let made = self.target.user(manyface_core::AuthProvider::Local);
            let looked = match &made {
                Ok(user) => self.look(&**user).map(drop),
                Err(failure) => Err(failure.to_string()),
            };
            if let Err(problem) = looked {
                self.end(problem);
            }
            return baselines;
        }
        for (number, user) in users.iter().enumerate() {
            match self.look(&**user) {
                Ok(Some(baseline)) => {
                    self.announce(&**user, &baseline);
                    baselines.push((number, baseline));
                }
                Ok(None) if self.options.allow_writes && self.options.restore => {
                    let (path, who) = (&self.suite.profile, user.label());
                    self.end(format!(
                        "GET {path} as {who} shows no profile, so that it could not be put back"
                    ));
                }
                Ok(None) => {}
                Err(problem) => self.end(problem),
            }
            if self.stop.is_set() {
                break;
            }
        }
        baselines
    }

    /// Reports the state to restore to the watcher.
    fn announce(&self, user: &dyn User, baseline: &Baseline) {
        if self.options.allow_writes {
            let body = self.secrets(user).redact(&baseline.profile().to_string());
            self.watch
                .baseline(&user.label(), &self.suite.profile, &body);
        }
    }

    /// Returns why the exchange would lose a value of the profile, or needs a profile without it.
    fn loses(&self, exchange: &Exchange, baseline: &Baseline) -> Option<Skip> {
        if exchange.is_fresh() {
            // New users have nothing to restore.
            return None;
        }
        let mut irreplaceable = self.suite.irreplaceable.iter();
        let lost = irreplaceable.find(|(key, pointer)| {
            let is_hidden = pointer.is_empty();
            let place = if is_hidden {
                self.suite.restore.get(*key)
            } else {
                Some(*pointer)
            };
            let shown = place.and_then(|pointer| baseline.profile().at(pointer));
            let is_there = shown.is_some_and(|value| value.to_string() != "null");
            let (sends, expects) = (exchange.sends(key), exchange.expects(key));
            let may_lose = sends && (is_hidden || is_there);
            let is_unknown = expects && place.is_none();
            (!self.options.allow_loss && (may_lose || is_unknown)) || (is_there && expects)
        });
        lost.map(|(key, _)| Skip::Irreplaceable(key.clone()))
    }

    fn run_all(&self, work: &[Work<'_>], outcomes: &[Mutex<Option<Outcome>>], total: usize) {
        let next = AtomicUsize::new(0);
        let worker = || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some((place, exchange)) = work.get(number).filter(|_| !self.stop.is_set())
                else {
                    return;
                };
                let outcome = self.run(exchange);
                let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
                self.watch.over(Progress {
                    outcome: &outcome,
                    done,
                    total,
                });
                *lock(&outcomes[*place]) = Some(outcome);
            }
        };
        thread::scope(|scope| {
            for _ in 0..self.options.jobs.get().min(work.len()) {
                scope.spawn(|| {
                    // After a panic here, profiles are still restored.
                    if catch_unwind(AssertUnwindSafe(worker)).is_err() {
                        self.end("the conformance suite panicked".to_owned());
                    }
                });
            }
        });
    }

    /// Restores what differs from the state before the run.
    fn put_back(
        &self,
        users: &[Box<dyn User + '_>],
        baselines: &[(usize, Baseline)],
    ) -> Vec<Unrestored> {
        let never = Stop::default();
        let mut unrestored = Vec::new();
        for (number, baseline) in baselines {
            let user = &*users[*number];
            let guard = self.guard(user);
            let run = ExchangeRun::new(self.suite, self.options.extent, &guard, &never);
            let back = baseline.put_back(self.suite, &run);
            if let Err(Failure::NotRestored {
                path,
                baseline,
                why,
            }) = back
            {
                unrestored.push(Unrestored {
                    user: user.label(),
                    path,
                    baseline: self.secrets(user).redact(&baseline),
                    why: self.secrets(user).redact(&why),
                });
            }
        }
        unrestored
    }

    fn ended(&self, outcomes: &[Outcome], total: usize) -> Ended {
        if let Some(problem) = lock(&self.trouble).take() {
            return Ended::CouldNotRun(problem);
        }
        if total == 0 {
            return Ended::NothingToRun;
        }
        let is_left = |outcome: &Outcome| outcome.status == OutcomeStatus::Skipped(Skip::Ended);
        match (self.stop.is_from_outside(), outcomes.iter().any(is_left)) {
            (true, _) => Ended::Interrupted,
            (false, true) => Ended::Late,
            (false, false) => Ended::Complete,
        }
    }

    /// Ends the run because of `problem`, if it has not ended already.
    pub(super) fn end(&self, problem: String) {
        if !self.stop.is_from_outside() && !self.stop.is_late() {
            lock(&self.trouble).get_or_insert(problem);
        }
        self.stop.set();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
