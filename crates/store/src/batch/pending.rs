//! Waiting requests, and the choice of the next batch.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use manyface_core::{Error, Profile, ProfileRef, Result};
use tokio::{sync::oneshot, time::Instant};

use super::item::BatchItem;
use crate::postgres::error_class::Effect;

/// The maximum number of requests in a statement.
const MAX_BATCH: usize = 64;
/// The maximum number of waiting updates of one profile, so that it leaves room for others.
const MAX_PER_PROFILE: usize = 256;

/// The result of a request.
pub(crate) enum Outcome {
    /// The request was run and returned this row, if any.
    Done(Result<Option<Box<Profile>>>),
    /// The request was not run because of its batch. It may be run alone.
    NotRun,
}

/// A waiting request.
pub(super) struct Pending<W> {
    pub(super) work: Arc<W>,
    /// The time of submission.
    pub(super) since: Instant,
    pub(super) response: oneshot::Sender<Outcome>,
}

/// Rejects the requests that have waited longer than `max_wait`, and returns when the next one
/// expires.
pub(super) fn expire<W>(
    waiting: &mut VecDeque<Pending<W>>,
    max_wait: Duration,
    now: Instant,
) -> Instant {
    // The queue is sorted by submission time.
    let is_late = |job: &Pending<W>| job.since + max_wait <= now;
    while waiting.front().is_some_and(is_late)
        && let Some(job) = waiting.pop_front()
    {
        let late = Err(unavailable("the request waited too long"));
        let _ = job.response.send(Outcome::Done(late));
    }
    waiting.front().map_or(now, |job| job.since) + max_wait
}

/// Removes and returns the requests of the next batch. Drops abandoned ones, and leaves those that
/// must wait for a later batch.
pub(super) fn next_batch<W: BatchItem>(waiting: &mut VecDeque<Pending<W>>) -> Vec<Pending<W>> {
    let mut batch: Vec<Pending<W>> = Vec::with_capacity(waiting.len().min(MAX_BATCH));
    let mut later = VecDeque::new();
    let mut per_profile: HashMap<ProfileRef, usize> = HashMap::new();
    for job in waiting.drain(..) {
        // The client may have disconnected, and may since have sent another request elsewhere.
        if job.response.is_closed() {
            continue;
        }
        let mut must_wait = batch.len() == MAX_BATCH;
        if W::EFFECT == Effect::Write {
            let count = per_profile.entry(job.work.profile().clone()).or_default();
            *count += 1;
            must_wait |= *count > 1;
            if *count > MAX_PER_PROFILE {
                let rejected = Err(unavailable("too many updates of one profile wait"));
                let _ = job.response.send(Outcome::Done(rejected));
                continue;
            }
        }
        if must_wait {
            later.push_back(job);
        } else {
            batch.push(job);
        }
    }
    *waiting = later;
    // All batchers lock rows in the same order, which avoids deadlocks.
    batch.sort_by(|one, other| one.work.profile().cmp(other.work.profile()));
    batch
}

pub(super) fn unavailable(cause: &str) -> Error {
    Error::Unavailable(Some(cause.into()))
}

#[cfg(test)]
mod tests {
    use manyface_core::{ProfilePatch, ProfileUpdate, Provenance, Timestamp};

    use super::*;

    fn job(name: &str) -> (Pending<ProfileUpdate>, oneshot::Receiver<Outcome>) {
        let (response, outcome) = oneshot::channel();
        let work = ProfileUpdate {
            who: ProfileRef::Username(name.to_owned()),
            tenant: None,
            patch: ProfilePatch::default(),
            expected: None,
            existing_names: Vec::new(),
            upload: None,
            max_new_entries: u32::MAX,
            provenance: Provenance::operator(Timestamp::UNIX_EPOCH),
        };
        let job = Pending {
            work: Arc::new(work),
            since: Instant::now(),
            response,
        };
        (job, outcome)
    }

    fn names(jobs: &[Pending<ProfileUpdate>]) -> Vec<ProfileRef> {
        jobs.iter().map(|job| job.work.who.clone()).collect()
    }

    fn refs(names: &[&str]) -> Vec<ProfileRef> {
        let name = |name: &&str| ProfileRef::Username((*name).to_owned());
        names.iter().map(name).collect()
    }

    #[test]
    fn a_batch_has_one_update_of_each_profile_in_one_order() {
        let (jobs, _outcomes): (VecDeque<_>, Vec<_>) =
            ["c", "a", "b", "a", "c", "a"].map(job).into_iter().unzip();
        let mut waiting = jobs;
        for expected in [&["a", "b", "c"][..], &["a", "c"], &["a"], &[]] {
            assert_eq!(names(&next_batch(&mut waiting)), refs(expected));
        }
    }

    #[test]
    fn abandoned_requests_are_never_sent() {
        let (gone, outcome) = job("gone");
        drop(outcome);
        let (good, _good) = job("good");
        let mut waiting = VecDeque::from([gone, good]);
        assert_eq!(names(&next_batch(&mut waiting)), refs(&["good"]));
        assert!(waiting.is_empty());
    }

    #[test]
    fn expired_requests_are_rejected() {
        let max_wait = Duration::from_secs(5);
        let (late, mut rejected) = job("late");
        let (mut good, mut waits) = job("good");
        good.since = late.since + Duration::from_secs(2);
        let (first, second) = (late.since + max_wait, good.since + max_wait);
        let mut waiting = VecDeque::from([late, good]);
        let before = first - Duration::from_millis(1);
        assert_eq!(expire(&mut waiting, max_wait, before), first);
        assert!(rejected.try_recv().is_err());
        assert_eq!(expire(&mut waiting, max_wait, first), second);
        let rejection = rejected.try_recv();
        assert!(matches!(
            rejection,
            Ok(Outcome::Done(Err(Error::Unavailable(_))))
        ));
        assert!(waits.try_recv().is_err());
        assert_eq!(expire(&mut waiting, max_wait, second), second + max_wait);
        assert!(waits.try_recv().is_ok());
    }

    #[test]
    fn excess_updates_of_one_profile_are_rejected_and_a_full_batch_leaves_the_rest() {
        let mut outcomes = Vec::new();
        let mut waiting = VecDeque::new();
        for number in 0..=MAX_PER_PROFILE {
            let (job, outcome) = job("busy");
            waiting.push_back(job);
            outcomes.push(outcome);
            let (job, outcome) = self::job(&format!("other {number}"));
            waiting.push_back(job);
            outcomes.push(outcome);
        }
        assert_eq!(next_batch(&mut waiting).len(), MAX_BATCH);
        assert_eq!(waiting.len(), 2 * (MAX_PER_PROFILE + 1) - MAX_BATCH - 1);
        let rejected = outcomes
            .iter_mut()
            .filter_map(|outcome| outcome.try_recv().ok());
        let is_rejection = |outcome| matches!(outcome, Outcome::Done(Err(Error::Unavailable(_))));
        assert_eq!(rejected.map(is_rejection).collect::<Vec<_>>(), [true]);
    }
}
