//! What waits for a lane, and what of it goes next.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use manyface_core::ProfileRef;
use tokio::{sync::oneshot, time::Instant};

use super::{super::Effect, Outcome, Work, unavailable};

/// The most requests that travel in one statement.
const MOST: usize = 64;
/// The most updates of one profile that may wait in there: beyond, they would keep others out.
const CROWD: usize = 256;

/// A request that waits.
pub(super) struct Job<W> {
    pub(super) work: Arc<W>,
    /// When it was asked.
    pub(super) since: Instant,
    pub(super) answer: oneshot::Sender<Outcome>,
}

/// Refuses those that have waited longer than `patience`; when to look again.
pub(super) fn refuse_late<W>(
    waiting: &mut VecDeque<Job<W>>,
    patience: Duration,
    now: Instant,
) -> Instant {
    // They stand in the order in which they came.
    let is_late = |job: &Job<W>| job.since + patience <= now;
    while waiting.front().is_some_and(is_late)
        && let Some(job) = waiting.pop_front()
    {
        let late = Err(unavailable("the request waited too long"));
        let _ = job.answer.send(Outcome::Done(late));
    }
    waiting.front().map_or(now, |job| job.since) + patience
}

/// The jobs that may travel together, without those that were given up. What must not travel with
/// them waits on.
pub(super) fn take<W: Work>(waiting: &mut VecDeque<Job<W>>) -> Vec<Job<W>> {
    let mut batch: Vec<Job<W>> = Vec::with_capacity(waiting.len().min(MOST));
    let mut later = VecDeque::new();
    let mut crowds: HashMap<ProfileRef, usize> = HashMap::new();
    for job in waiting.drain(..) {
        // Whoever asked may have gone, and may by now have asked for something else elsewhere.
        if job.answer.is_closed() {
            continue;
        }
        let mut must_wait = batch.len() == MOST;
        if W::EFFECT == Effect::Write {
            let crowd = crowds.entry(job.work.profile().clone()).or_default();
            *crowd += 1;
            must_wait |= *crowd > 1;
            if *crowd > CROWD {
                let refused = Err(unavailable("too many updates of one profile wait"));
                let _ = job.answer.send(Outcome::Done(refused));
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
    // All lanes take the locks of their rows in one order, so that no two wait for each other.
    batch.sort_by(|one, other| one.work.profile().cmp(other.work.profile()));
    batch
}

#[cfg(test)]
mod tests {
    use manyface_core::{Error, ProfilePatch, ProfileUpdate, Provenance, Timestamp};

    use super::*;

    fn job(name: &str) -> (Job<ProfileUpdate>, oneshot::Receiver<Outcome>) {
        let (answer, outcome) = oneshot::channel();
        let work = ProfileUpdate {
            who: ProfileRef::Username(name.to_owned()),
            tenant: None,
            patch: ProfilePatch::default(),
            expected: None,
            existing_names: Vec::new(),
            upload: None,
            most_new_entries: u32::MAX,
            provenance: Provenance::operator(Timestamp::UNIX_EPOCH),
        };
        let job = Job {
            work: Arc::new(work),
            since: Instant::now(),
            answer,
        };
        (job, outcome)
    }

    fn names(jobs: &[Job<ProfileUpdate>]) -> Vec<ProfileRef> {
        jobs.iter().map(|job| job.work.who.clone()).collect()
    }

    fn refs(names: &[&str]) -> Vec<ProfileRef> {
        let name = |name: &&str| ProfileRef::Username((*name).to_owned());
        names.iter().map(name).collect()
    }

    #[test]
    fn one_update_of_each_profile_travels_at_a_time_and_in_one_order() {
        let (jobs, _outcomes): (VecDeque<_>, Vec<_>) =
            ["c", "a", "b", "a", "c", "a"].map(job).into_iter().unzip();
        let mut waiting = jobs;
        for expected in [&["a", "b", "c"][..], &["a", "c"], &["a"], &[]] {
            assert_eq!(names(&take(&mut waiting)), refs(expected));
        }
    }

    #[test]
    fn what_was_given_up_is_never_begun() {
        let (gone, outcome) = job("gone");
        drop(outcome);
        let (good, _good) = job("good");
        let mut waiting = VecDeque::from([gone, good]);
        assert_eq!(names(&take(&mut waiting)), refs(&["good"]));
        assert!(waiting.is_empty());
    }

    #[test]
    fn who_has_waited_too_long_is_told_so() {
        let patience = Duration::from_secs(5);
        let (late, mut told) = job("late");
        let (mut good, mut untold) = job("good");
        good.since = late.since + Duration::from_secs(2);
        let (first, second) = (late.since + patience, good.since + patience);
        let mut waiting = VecDeque::from([late, good]);
        let before = first - Duration::from_millis(1);
        assert_eq!(refuse_late(&mut waiting, patience, before), first);
        assert!(told.try_recv().is_err());
        assert_eq!(refuse_late(&mut waiting, patience, first), second);
        let refusal = told.try_recv();
        assert!(matches!(
            refusal,
            Ok(Outcome::Done(Err(Error::Unavailable(_))))
        ));
        assert!(untold.try_recv().is_err());
        assert_eq!(
            refuse_late(&mut waiting, patience, second),
            second + patience
        );
        assert!(untold.try_recv().is_ok());
    }

    #[test]
    fn a_crowd_is_refused_and_a_full_batch_waits() {
        let mut outcomes = Vec::new();
        let mut waiting = VecDeque::new();
        for number in 0..=CROWD {
            let (job, outcome) = job("busy");
            waiting.push_back(job);
            outcomes.push(outcome);
            let (job, outcome) = self::job(&format!("other {number}"));
            waiting.push_back(job);
            outcomes.push(outcome);
        }
        assert_eq!(take(&mut waiting).len(), MOST);
        assert_eq!(waiting.len(), 2 * (CROWD + 1) - MOST - 1);
        let refused = outcomes
            .iter_mut()
            .filter_map(|outcome| outcome.try_recv().ok());
        let is_refusal = |outcome| matches!(outcome, Outcome::Done(Err(Error::Unavailable(_))));
        assert_eq!(refused.map(is_refusal).collect::<Vec<_>>(), [true]);
    }
}
