//! Whole runs pass on the host, and restore all profiles however they end.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use libtest_mimic::{Failed, Trial};
use manyface_conformance::{
    Account, Conclusion, Counts, Ended, Failure, HttpTarget, Options, OutcomeStatus, Progress,
    Report, Request, Response, Stop, Suite, Target, User, Watch, conform, conform_watched,
};
use manyface_core::AuthProvider;
use manyface_dialect::Dialect;

use crate::{
    DATABASES, Outcome,
    fake::{Fake, json},
    served::{Database, Served},
};

/// What a trial shows on a separate server.
type Check = fn(&Suite, &Served) -> Outcome<()>;

pub(crate) fn trials(suite: &Arc<Suite>, dialect: fn() -> Dialect) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (label, database) in DATABASES {
        let name = format!(
            "{}::run::is-green-and-leaves-no-traces::{label}",
            suite.dialect
        );
        let suite = Arc::clone(suite);
        trials.push(Trial::test(name, move || {
            reported(green_without_traces(
                &suite,
                &Served::new(database, dialect),
            ))
        }));
    }
    let checks: [(&str, Check); 5] = [
        ("is-interrupted-without-traces", interrupted),
        ("ends-at-its-deadline", late),
        ("puts-back-after-a-panic", panicking),
        ("reports-what-could-not-be-restored", not_put_back),
        ("ends-when-the-server-is-gone", gone),
    ];
    for (name, check) in checks {
        let name = format!("{}::run::{name}", suite.dialect);
        let suite = Arc::clone(suite);
        trials.push(Trial::test(name, move || {
            reported(check(&suite, &Served::new(Database::Sqlite, dialect)))
        }));
    }
    trials
}

/// Sends a request as a user, as the suite's own requests are sent.
pub(crate) fn send(
    suite: &Suite,
    user: &dyn User,
    method: &str,
    body: Option<&str>,
) -> Result<Response, Failure> {
    let others = user.others().iter();
    let tenant = others.clone().find(|(name, _)| *name == Account::TENANT);
    let tenant = tenant.map_or("", |(_, tenant)| tenant);
    let own = suite.headers.iter().map(|(name, value)| {
        let value = value.replace("{{tenant}}", tenant);
        (name.clone(), value)
    });
    let mut headers: Vec<_> = own.collect();
    let bearer = format!("Bearer {}", user.token());
    headers.push(("authorization".to_owned(), bearer));
    headers.push(("content-type".to_owned(), "application/json".to_owned()));
    user.send(&Request {
        method: method.to_owned(),
        path: suite.profile.clone(),
        headers,
        body: body.map(|text| text.as_bytes().to_owned()),
    })
}

/// The profiles of all users, byte for byte.
fn profiles(suite: &Suite, target: &dyn Target) -> Outcome<Vec<Vec<u8>>> {
    let users = target.known();
    let bodies = users
        .iter()
        .map(|user| Ok(send(suite, &**user, "GET", None)?.body));
    bodies.collect()
}

fn demand(is_so: bool, what: impl Into<String>) -> Outcome<()> {
    if is_so {
        Ok(())
    } else {
        Err(what.into().into())
    }
}

/// Read-only and with writes, by several threads: everything passes, everything that is skipped
/// has its reason, and every profile is to the letter what it was, although it was another one
/// than exchanges begin with.
fn green_without_traces(suite: &Suite, served: &Served) -> Outcome<()> {
    let (base, known) = served.known()?;
    let target = HttpTarget::with_known_users(&base, known.clone())?;
    let written = send(
        suite,
        &*target.user(AuthProvider::Local)?,
        &suite.write,
        Some(&suite.other),
    );
    demand(written?.status == 200, "`other` writes nothing")?;
    let before = profiles(suite, &target)?;
    for allow_writes in [false, true] {
        // Unmodified users run one exchange.
        let target = HttpTarget::with_known_users(&base, known.clone())?;
        let options = Options {
            allow_writes,
            allow_loss: allow_writes,
            jobs: NonZeroUsize::MIN.saturating_add(3),
            ..Options::default()
        };
        let report = conform(suite, &target, &options);
        let summary = report.summary(None);
        demand(report.conclusion(None) == Conclusion::Good, &*summary)?;
        let Counts {
            passed, skipped, ..
        } = report.counts();
        let reasons: Vec<_> = report.skips().into_keys().collect();
        demand(passed + skipped == suite.exchanges.len(), &*summary)?;
        let expected: &[&str] = if allow_writes { &[] } else { &["writes"] };
        demand(reasons == expected && passed > 0, &*summary)?;
        demand(profiles(suite, &target)? == before, "traces are left")?;
    }
    Ok(())
}

/// A user of the server with something of their own in the profile.
fn single(suite: &Suite, served: &Served) -> Outcome<(HttpTarget, Account)> {
    let (target, account) = served.single_user()?;
    let written = send(
        suite,
        &*target.user(AuthProvider::Local)?,
        &suite.write,
        Some(&suite.other),
    );
    demand(written?.status == 200, "`other` writes nothing")?;
    Ok((target, account))
}

fn writing() -> Options {
    Options {
        allow_writes: true,
        ..Options::default()
    }
}

/// Says stop in the middle of an exchange that writes.
struct Interrupter(Stop, AtomicUsize);

impl Watch for Interrupter {
    fn over(&self, progress: Progress<'_>) {
        // Those that only look come first.
        if progress.outcome.section.starts_with("PUT")
            || progress.outcome.section.starts_with("PATCH")
        {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0.set();
        }
    }
}

fn interrupted(suite: &Suite, served: &Served) -> Outcome<()> {
    let (target, _) = single(suite, served)?;
    let before = profiles(suite, &target)?;
    let options = writing();
    let watch = Interrupter(options.stop.clone(), AtomicUsize::new(0));
    let report = conform_watched(suite, &target, &options, &watch);
    demand(
        report.ended == Ended::Interrupted,
        format!("{:?}", report.ended),
    )?;
    demand(
        report.conclusion(None) == Conclusion::CouldNotRun,
        "the run counts as complete",
    )?;
    demand(watch.1.into_inner() == 1, "it went on")?;
    demand(
        report.skips().contains_key("ended"),
        "no exchange was skipped",
    )?;
    demand(report.unrestored.is_empty(), "the profile is not restored")?;
    demand(profiles(suite, &target)? == before, "traces are left")
}

fn late(suite: &Suite, served: &Served) -> Outcome<()> {
    let (target, _) = single(suite, served)?;
    let options = Options {
        deadline: Some(Duration::ZERO),
        ..writing()
    };
    let report = conform(suite, &target, &options);
    demand(
        report.conclusion(None) == Conclusion::CouldNotRun,
        "the run counts as complete",
    )?;
    let counts = report.counts();
    demand(counts.passed == 0 && counts.failed == 0, "an exchange ran")
}

/// Everything but GET, from the `first` to the `last` of them, in the order in which they come.
fn writes(first: usize, last: usize) -> impl Fn(&Request) -> bool {
    let count = AtomicUsize::new(0);
    move |request| {
        let is_write = !matches!(&*request.method, "GET" | "HEAD" | "OPTIONS");
        is_write && (first..=last).contains(&count.fetch_add(1, Ordering::Relaxed))
    }
}

/// Bugs of the suite are reported as such, and the profile is restored.
fn panicking(suite: &Suite, served: &Served) -> Outcome<()> {
    let (target, account) = single(suite, served)?;
    let before = profiles(suite, &target)?;
    let (strikes, inner) = (
        writes(4, 4),
        HttpTarget::with_account(&base(served)?, account.clone())?,
    );
    let fake = Fake::between(account, inner, move |request| {
        assert!(!strikes(request), "an intended panic");
        None
    });
    let report = conform(suite, &fake, &writing());
    let mut failures = report.failures();
    let is_reported = failures.any(|(_, problem)| problem.contains("an intended panic"));
    demand(is_reported, report.summary(None))?;
    demand(report.unrestored.is_empty(), "the profile is not restored")?;
    demand(profiles(suite, &target)? == before, "traces are left")
}

fn base(served: &Served) -> Outcome<String> {
    Ok(served.known()?.0)
}

/// Checks that a run that cannot restore a profile ends and prints the profile.
fn not_put_back(suite: &Suite, served: &Served) -> Outcome<()> {
    let (target, account) = single(suite, served)?;
    let (fails, inner) = (
        writes(1, usize::MAX),
        HttpTarget::with_account(&base(served)?, account.clone())?,
    );
    let before = String::from_utf8(profiles(suite, &target)?.remove(0))?;
    let fake = Fake::between(account, inner, move |request| {
        fails(request).then(|| Ok(json(503, "{}")))
    });
    let report = conform(suite, &fake, &writing());
    demand(
        report.conclusion(None) == Conclusion::CouldNotRun,
        "the run counts as complete",
    )?;
    let [unrestored] = report.unrestored.as_slice() else {
        return Err(report.summary(None).into());
    };
    let escaped = unrestored.baseline.clone();
    demand(
        same_json(&escaped, &before)?,
        format!("{escaped}\n{before}"),
    )?;
    for output in [
        report.summary(None),
        report.to_junit(),
        report.to_html(None),
    ] {
        demand(output.contains("must be put back by hand"), output)?;
    }
    demand(
        report.to_json(None).contains("\"baseline\": \"{"),
        report.to_json(None),
    )?;
    let ran = report.counts().passed + report.counts().failed;
    demand(ran < suite.exchanges.len() / 2, "it went on")
}

fn same_json(one: &str, other: &str) -> Outcome<bool> {
    use manyface_conformance::Node;
    Ok(Node::parse(one)? == Node::parse(other)?)
}

/// A server that goes away ends the run, and not with a failure for every exchange.
fn gone(suite: &Suite, served: &Served) -> Outcome<()> {
    let (_, account) = single(suite, served)?;
    let inner = HttpTarget::with_account(&base(served)?, account.clone())?;
    let count = AtomicUsize::new(0);
    let fake = Fake::between(account, inner, move |_| {
        let is_gone = count.fetch_add(1, Ordering::Relaxed) > 12;
        is_gone.then(|| Err(Failure::Target("rejected".to_owned())))
    });
    let report: Report = conform(suite, &fake, &Options::default());
    let Ended::CouldNotRun(problem) = &report.ended else {
        return Err(report.summary(None).into());
    };
    demand(problem.contains("rejected"), &**problem)?;
    let failed = report.outcomes.iter();
    let failed = failed
        .filter(|o| matches!(o.status, OutcomeStatus::Failed(_)))
        .count();
    demand((1..=4).contains(&failed), report.summary(None))
}

fn reported(outcome: Outcome<()>) -> Result<(), Failed> {
    outcome.map_err(|error| error.to_string().into())
}
