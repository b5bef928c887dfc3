//! Reports are complete, show no credential, and can be compared.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use libtest_mimic::{Failed, Trial};
use manyface_conformance::{
    Account, Before, Conclusion, Ended, Extent, Failure, HttpTarget, Options, OutcomeStatus,
    Report, Request, Response, Suite, Target, conform,
};
use serde_json::Value;

use crate::{
    Outcome,
    fake::{Fake, json},
};

const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEvK2FkYSJ9/+dozjgNryP4J3jVmN";
const KEY: &str = "mfk_0123456789/abcdefghijklmnop";
const OTHER: &str = "another-secret-of-the-run";

pub(crate) fn trials(suite: &Arc<Suite>) -> Vec<Trial> {
    type Check = fn(&Suite) -> Outcome<()>;
    let checks: [(&str, Check); 7] = [
        ("shows-no-credential", no_credential),
        ("is-whole", whole),
        ("reports-what-is-new", compared),
        ("is-not-successful-if-nothing-ran", nothing_ran),
        ("waits-after-a-429", waiting),
        ("writes-nothing-that-it-could-not-put-back", unreadable),
        ("sends-only-safe-requests", only_safe),
    ];
    let trials = checks.into_iter().map(|(name, check)| {
        let name = format!("{}::report::{name}", suite.dialect);
        let suite = Arc::clone(suite);
        Trial::test(name, move || {
            check(&suite).map_err(|error| Failed::from(error.to_string()))
        })
    });
    trials.collect()
}

fn account() -> Account {
    Account {
        token: TOKEN.to_owned(),
        others: vec![
            ("key", KEY.to_owned()),
            ("bare", "a-bare-token-with-no-scope".to_owned()),
        ],
    }
}

fn profile() -> Response {
    let body = r#"{"ok":true,"data":{"user":{"id":"66a1f2c4e5b3a1234567890a","username":"ada"}}}"#;
    json(200, body)
}

/// Handles requests of a server that repeats them in headers, bodies and errors, escaped and cut.
fn echo(request: &Request) -> Result<Response, Failure> {
    let is_plain = request.headers.len() == 1 && request.method == "GET";
    if is_plain && request.path == "/api/users/me" {
        return Ok(profile());
    }
    let sent: Vec<_> = request
        .headers
        .iter()
        .map(|(_, value)| value.clone())
        .collect();
    let sent = sent.join(" ");
    if request.method == "OPTIONS" {
        let problem = format!("cannot respond to {sent} with {OTHER} at {}", request.path);
        return Err(Failure::Target(problem));
    }
    let escaped = sent.replace('/', "\\/");
    let long = format!("{}{TOKEN}", "x".repeat(580));
    let body =
        format!(r#"{{"sent":"{sent}","escaped":"{escaped}","o":"{OTHER}{KEY}","l":"{long}"}}"#);
    let mut response = json(418, &body);
    response.headers.push(("x-echo".to_owned(), sent.clone()));
    response.headers.push((format!("x-{TOKEN}"), sent));
    Ok(response)
}

fn reported(suite: &Suite, allow_writes: bool) -> Report {
    let fake = Fake::new(account(), echo);
    let options = Options {
        allow_writes,
        restore: false,
        label: format!("http://example.test/{OTHER}"),
        secrets: vec![OTHER.to_owned()],
        ..Options::default()
    };
    conform(suite, &fake, &options)
}

fn no_credential(suite: &Suite) -> Outcome<()> {
    for allow_writes in [false, true] {
        let report = reported(suite, allow_writes);
        if report.failures().count() < 3 {
            return Err(report.summary(None).into());
        }
        let outputs = [
            report.summary(None),
            report.to_json(None),
            report.to_junit(),
            report.to_html(None),
            format!("{report:?}"),
        ];
        for output in outputs {
            if !output.contains("[redacted]") {
                return Err(format!("nothing is redacted in {output}").into());
            }
            let is_plain = output.replace("\\/", "/").replace("\\\\", "");
            // Neither whole nor in parts, except for the common beginning of tokens.
            for secret in [TOKEN, KEY, OTHER] {
                let pieces = secret.as_bytes().windows(24);
                for piece in pieces.map(|piece| std::str::from_utf8(piece).unwrap_or(secret)) {
                    if let Some(place) = is_plain.find(piece) {
                        let start = place.saturating_sub(200);
                        return Err(format!("{piece}: {:?}", is_plain.get(start..place)).into());
                    }
                }
            }
        }
    }
    Ok(())
}

/// Each exchange is in each report with its outcome; failures include their requests.
fn whole(suite: &Suite) -> Outcome<()> {
    let report = reported(suite, true);
    let document: Value = serde_json::from_str(&report.to_json(None))?;
    let exchanges = document["exchanges"].as_array().ok_or("no exchanges")?;
    let (junit, html) = (report.to_junit(), report.to_html(None));
    for (exchange, reported) in suite.exchanges.iter().zip(exchanges) {
        let name = &exchange.name;
        let outcome = reported["outcome"].as_str().unwrap_or_default();
        let is_reported = match outcome {
            "passed" => true,
            "failed" => {
                let sent = reported["sent"].as_array().ok_or("nothing was sent")?;
                !sent.is_empty() && reported["problem"].is_string()
            }
            "skipped" => reported["skip"]["reason"].is_string(),
            _ => false,
        };
        let in_junit = junit.contains(&format!("name=\"{name}\""));
        let in_html = html.contains(&format!("<code>{name}</code>"));
        if reported["name"] != name.as_str() || !is_reported || !in_junit || !in_html {
            return Err(format!("{name}: {reported}").into());
        }
    }
    let count = suite.exchanges.len();
    if exchanges.len() != count || junit.matches("<testcase ").count() < count {
        return Err("an exchange is missing from the report".into());
    }
    // Text from servers is escaped, and nothing is fetched.
    let is_alone = !html.contains("src=") && !html.contains("href=") && !html.contains("@import");
    if !is_alone || html.matches("<script").count() != 1 || !html.contains("default-src 'none'") {
        return Err("the HTML needs something else".into());
    }
    Ok(())
}

fn compared(suite: &Suite) -> Outcome<()> {
    let mut report = reported(suite, false);
    let before = Before::parse(&report.to_json(None))?;
    let same = report.delta(&before);
    let failing: Vec<_> = report
        .failures()
        .map(|(outcome, _)| outcome.name.clone())
        .collect();
    if !same.new_failures.is_empty() || same.still_failing != failing {
        return Err(format!("{same:?}").into());
    }
    if report.conclusion(Some(&same)) != Conclusion::Good
        || report.conclusion(None) != Conclusion::Findings
    {
        return Err("an earlier failure counts as new".into());
    }
    // One passes that failed, one fails that did not, one is gone, one is new.
    let mut outcomes = report.outcomes.iter_mut();
    let fixed = outcomes.find(|outcome| matches!(outcome.status, OutcomeStatus::Failed(_)));
    let fixed = fixed.ok_or("nothing fails")?;
    fixed.status = OutcomeStatus::Passed;
    let fixed = fixed.name.clone();
    let mut outcomes = report.outcomes.iter_mut();
    let broken = outcomes.rfind(|outcome| matches!(outcome.status, OutcomeStatus::Skipped(_)));
    let broken = broken.ok_or("nothing is skipped")?;
    broken.status = OutcomeStatus::Failed("x".to_owned());
    let broken = broken.name.clone();
    let gone = report.outcomes.remove(0);
    let mut new = gone.clone();
    "new".clone_into(&mut new.name);
    report.outcomes.push(new);
    let delta = report.delta(&before);
    let is_reported = delta.fixed == [fixed.as_str()]
        && delta.new_failures.contains(&broken)
        && delta.removed_exchanges == [gone.name]
        && delta.new_exchanges == ["new"]
        && report.conclusion(Some(&delta)) == Conclusion::Findings;
    if is_reported && Before::parse("{}").is_err() {
        return Ok(());
    }
    Err(format!("{delta:?}").into())
}

fn nothing_ran(suite: &Suite) -> Outcome<()> {
    let fake = Fake::new(account(), echo);
    let write = suite
        .exchanges
        .iter()
        .find(|exchange| !exchange.is_read_only());
    let options = Options {
        only: vec![write.ok_or("all are read-only")?.name.clone()],
        ..Options::default()
    };
    let report = conform(suite, &fake, &options);
    if report.conclusion(None) == Conclusion::CouldNotRun && report.counts().skipped > 0 {
        return Ok(());
    }
    Err(report.summary(None).into())
}

/// Requests with a 429 response are repeated after `Retry-After`.
fn waiting(suite: &Suite) -> Outcome<()> {
    let count = AtomicUsize::new(0);
    let fake = Fake::new(account(), move |_| {
        if count.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
            let mut response = json(429, "{}");
            let after = ("retry-after".to_owned(), "0".to_owned());
            response.headers.push(after);
            return Ok(response);
        }
        Ok(profile())
    });
    let report = conform(suite, &fake, &Options::default());
    let is_reported = report
        .failures()
        .any(|(_, problem)| problem.contains("429"));
    if report.ended == Ended::Complete && !is_reported {
        return Ok(());
    }
    Err(report.summary(None).into())
}

/// A server whose profile cannot be read is written to only if the options allow it.
fn unreadable(suite: &Suite) -> Outcome<()> {
    for restore in [true, false] {
        let writes = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&writes);
        let fake = Fake::new(account(), move |request| {
            if request.method == "GET" {
                return Ok(json(405, "{}"));
            }
            counter.fetch_add(1, Ordering::Relaxed);
            Ok(profile())
        });
        let options = Options {
            extent: Extent::Contract,
            allow_writes: true,
            restore,
            ..Options::default()
        };
        let report = conform(suite, &fake, &options);
        let has_written = writes.load(Ordering::Relaxed) > 0;
        let has_ended = report
            .ended
            .problem()
            .is_some_and(|p| p.contains("put back"));
        if has_written == restore || has_ended != restore {
            return Err(report.summary(None).into());
        }
    }
    Ok(())
}

/// The suite sends safe methods only, whatever the exchanges contain.
fn only_safe(suite: &Suite) -> Outcome<()> {
    let fake = Fake::new(account(), |request| {
        let is_safe = matches!(&*request.method, "GET" | "HEAD" | "OPTIONS");
        assert!(is_safe, "{} was sent", request.method);
        Ok(profile())
    });
    let report = conform(suite, &fake, &Options::default());
    let summary = report.summary(None);
    if summary.contains("was sent") || report.counts().failed == 0 {
        return Err(summary.into());
    }
    // The same if an exchange claims that a request is safe.
    let mut lying = suite.clone();
    for exchange in &mut lying.exchanges {
        exchange.steps.retain(|step| step.send.starts_with("PATCH"));
        for step in &mut exchange.steps {
            step.send = step.send.replacen("PATCH", "get", 1);
        }
        exchange.given = None;
    }
    lying
        .exchanges
        .retain(|exchange| !exchange.steps.is_empty());
    let report = conform(&lying, &fake, &Options::default());
    let target: &dyn Target = &HttpTarget::with_account("http://127.0.0.1", account())?;
    let all_skipped = lying.exchanges.iter().all(|exchange| {
        exchange
            .skipped(&lying, target, Extent::Full, false)
            .is_some()
    });
    if report.counts().skipped == lying.exchanges.len() && all_skipped {
        return Ok(());
    }
    Err(report.summary(None).into())
}
