//! Restores a profile.

use crate::{
    Exchange, Failure, Node, Response, Suite, exchange_run::ExchangeRun, snapshot::Snapshot,
};

/// The maximum number of attempts.
const MAX_ATTEMPTS: usize = 3;

/// The original profile and its related resources.
pub(crate) struct Baseline {
    profile: Node,
    /// The successful response of each path of [`Suite::related`].
    related: Vec<(String, Node)>,
}

impl Exchange {
    /// Returns whether a step sends something to a path of [`Suite::related`], or may do so.
    pub(crate) fn writes_related(&self, suite: &Suite) -> bool {
        !suite.related.is_empty()
            && self.steps.iter().any(|step| {
                let path = step.target().map_or("", |(_, path)| path);
                path != suite.profile
            })
    }
}

impl Baseline {
    /// Reads the state to restore; `None` if the profile cannot be read and need not be.
    pub(crate) fn take(
        suite: &Suite,
        run: &ExchangeRun<'_>,
        with_related: bool,
    ) -> Result<Option<Self>, Failure> {
        let Some(Snapshot { body, .. }) = run.read("the profile is read first")? else {
            return Ok(None);
        };
        let mut related = Vec::new();
        for path in suite.related.iter().filter(|_| with_related) {
            let response = run.send("a related resource is read", "GET", path, None)?;
            if let Some(node) = good(&response) {
                related.push((path.clone(), node));
            }
        }
        Ok(Some(Self {
            profile: body,
            related,
        }))
    }

    /// The original profile.
    pub(crate) fn profile(&self) -> &Node {
        &self.profile
    }

    /// Restores everything, and verifies the result.
    pub(crate) fn put_back(&self, suite: &Suite, run: &ExchangeRun<'_>) -> Result<(), Failure> {
        restore(suite, run, (&suite.profile, &self.profile), None)?;
        for (path, before) in &self.related {
            restore(suite, run, (path, before), Some(&self.profile))?;
        }
        Ok(())
    }
}

fn restore(
    suite: &Suite,
    run: &ExchangeRun<'_>,
    (path, before): (&str, &Node),
    beneath: Option<&Node>,
) -> Result<(), Failure> {
    let mut tried = attempt(suite, run, (path, before), beneath);
    for _ in 1..MAX_ATTEMPTS {
        if tried.is_ok() {
            break;
        }
        tried = attempt(suite, run, (path, before), beneath);
    }
    tried.map_err(|why| Failure::NotRestored {
        path: path.to_owned(),
        baseline: before.to_string(),
        why,
    })
}

fn attempt(
    suite: &Suite,
    run: &ExchangeRun<'_>,
    (path, before): (&str, &Node),
    beneath: Option<&Node>,
) -> Result<(), String> {
    let to_message = |failure: Failure| failure.to_string();
    let read = || {
        let response = run.send("the profile is read again", "GET", path, None);
        let response = response.map_err(to_message)?;
        let now = good(&response);
        now.ok_or_else(|| format!("reading it returned {}", response.status))
    };
    let now = read()?;
    if now == *before {
        return Ok(());
    }
    if suite.differing(before, &now).next().is_some() {
        let body = suite.restoring(before, &now, beneath);
        let written = run.write_at("the profile is put back", path, &body);
        written.map_err(to_message)?;
    }
    let now = read()?;
    let wrong: Vec<_> = suite.differing(before, &now).map(|(key, _)| key).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("{} differ from before", wrong.join(", ")))
}

fn good(response: &Response) -> Option<Node> {
    let body = Snapshot::of(response).map(|snapshot| snapshot.body);
    body.filter(|_| response.status == 200)
}
