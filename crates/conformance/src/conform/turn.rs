//! One exchange of a run.

use std::{sync::atomic::Ordering, time::Instant};

use super::{guard::Guard, preflight::look, run::Run};
use crate::{
    Account, Exchange, Failure, Outcome, OutcomeStatus, Skip, User,
    exchange_run::ExchangeRun,
    replay::{Manner, replay_as},
    report::{Secrets, raw},
    restore::Baseline,
};

/// The number of consecutive failures to reach the server after which it is checked.
const MAX_CONSECUTIVE_FAILURES: usize = 3;

/// The values of a user that are not credentials.
const PUBLIC: [&str; 3] = [Account::TENANT, "another", "username"];

impl Run<'_> {
    pub(super) fn run(&self, exchange: &Exchange) -> Outcome {
        let begun = Instant::now();
        let is_read_only = exchange.is_read_only();
        let manner = match (self.target.makes_users(), is_read_only) {
            (true | false, true) => Manner::Read,
            (false, false) if self.options.restore => Manner::PutBack,
            (true | false, false) => Manner::Write,
        };
        let user = match self
            .target
            .user_for(&exchange.wanted(self.suite, !is_read_only))
        {
            Ok(user) => user,
            Err(Failure::NoUserLeft) => return Outcome::skipped(exchange, Skip::Fresh),
            Err(failure) => {
                let failure = self.secrets_of_options().redact(&failure.to_string());
                let elapsed = begun.elapsed();
                return Outcome::new(
                    exchange,
                    OutcomeStatus::Failed(failure),
                    elapsed,
                    Vec::new(),
                );
            }
        };
        let guard = Guard {
            may_write: !is_read_only,
            ..self.guard(&*user)
        };
        let (extent, users) = (self.options.extent, (&guard as _, &guard as _));
        let replayed = replay_as(exchange, self.suite, extent, users, manner, &self.stop);
        let secrets = self.secrets(&*user);
        if let Err(failure) = &replayed.restored {
            self.end(secrets.redact(&format!("after {}: {failure}", exchange.name)));
        }
        let elapsed = begun.elapsed();
        match replayed.outcome {
            Ok(()) => {
                self.troubles.store(0, Ordering::Relaxed);
                Outcome::new(exchange, OutcomeStatus::Passed, elapsed, Vec::new())
            }
            Err(Failure::Stopped) => Outcome::skipped(exchange, Skip::Ended),
            Err(failure) => {
                self.check_server(&failure, &*user);
                let sent = replayed
                    .sent
                    .iter()
                    .map(|sent| raw(sent, &secrets))
                    .collect();
                let failure = secrets.redact_failure(&failure);
                Outcome::new(exchange, OutcomeStatus::Failed(failure), elapsed, sent)
            }
        }
    }

    /// Ends the run if exchanges fail because the server is unavailable.
    fn check_server(&self, failure: &Failure, user: &dyn User) {
        let is_trouble = matches!(failure, Failure::Target(_) | Failure::Setup { .. });
        if !is_trouble {
            self.troubles.store(0, Ordering::Relaxed);
            return;
        }
        let troubles = self.troubles.fetch_add(1, Ordering::Relaxed) + 1;
        if troubles.is_multiple_of(MAX_CONSECUTIVE_FAILURES)
            && let Err(problem) = self.look(user)
        {
            self.end(problem);
        }
    }

    pub(super) fn look(&self, user: &dyn User) -> Result<Option<Baseline>, String> {
        let guard = self.guard(user);
        let run = ExchangeRun::new(self.suite, self.options.extent, &guard, &self.stop);
        let looked = look(self.suite, self.options.extent, &guard, &run);
        looked.map_err(|problem| self.secrets(user).redact(&problem))
    }

    pub(super) fn guard<'b>(&'b self, user: &'b dyn User) -> Guard<'b> {
        Guard {
            inner: user,
            rate_limit: &self.rate_limit,
            may_write: self.options.allow_writes,
        }
    }

    pub(super) fn secrets(&self, user: &dyn User) -> Secrets {
        let others = user.others().iter();
        let others = others.filter(|(name, _)| !PUBLIC.contains(name));
        let others = others.map(|(_, secret)| secret.as_str());
        let known = others.chain([user.token()]);
        Secrets::new(known.chain(self.options.secrets.iter().map(String::as_str)))
    }

    pub(super) fn secrets_of_options(&self) -> Secrets {
        Secrets::new(self.options.secrets.iter().map(String::as_str))
    }
}
