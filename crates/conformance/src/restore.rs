//! Putting a profile back.

use crate::{Exchange, Failure, Node, Response, Suite, play::Play, snapshot::Snapshot};

/// How often it is tried.
const TRIES: usize = 3;

/// A profile as it was, with what is kept next to it.
pub(crate) struct Baseline {
    profile: Node,
    /// What was answered at each path of [`Suite::next to`] where something was.
    beside: Vec<(String, Node)>,
}

impl Exchange {
    /// Whether something is sent to a path of [`Suite::next to`], or to what may be one.
    pub(crate) fn writes_beside(&self, suite: &Suite) -> bool {
        !suite.beside.is_empty()
            && self.steps.iter().any(|step| {
                let path = step.target().map_or("", |(_, path)| path);
                path != suite.profile
            })
    }
}

impl Baseline {
    /// Reads what can be put back; `None` where the profile cannot be read and need not be.
    pub(crate) fn take(
        suite: &Suite,
        play: &Play<'_>,
        with_beside: bool,
    ) -> Result<Option<Self>, Failure> {
        let Some(Snapshot { body, .. }) = play.read("the profile is read first")? else {
            return Ok(None);
        };
        let mut beside = Vec::new();
        for path in suite.beside.iter().filter(|_| with_beside) {
            let response = play.send("what is beside the profile is read", "GET", path, None)?;
            if let Some(node) = good(&response) {
                beside.push((path.clone(), node));
            }
        }
        Ok(Some(Self {
            profile: body,
            beside,
        }))
    }

    /// The profile as it was.
    pub(crate) fn profile(&self) -> &Node {
        &self.profile
    }

    /// Puts everything back, and looks whether it is.
    pub(crate) fn put_back(&self, suite: &Suite, play: &Play<'_>) -> Result<(), Failure> {
        restore(suite, play, (&suite.profile, &self.profile), None)?;
        for (path, before) in &self.beside {
            restore(suite, play, (path, before), Some(&self.profile))?;
        }
        Ok(())
    }
}

fn restore(
    suite: &Suite,
    play: &Play<'_>,
    (path, before): (&str, &Node),
    beneath: Option<&Node>,
) -> Result<(), Failure> {
    let mut tried = attempt(suite, play, (path, before), beneath);
    for _ in 1..TRIES {
        if tried.is_ok() {
            break;
        }
        tried = attempt(suite, play, (path, before), beneath);
    }
    tried.map_err(|why| Failure::NotRestored {
        path: path.to_owned(),
        baseline: before.to_string(),
        why,
    })
}

fn attempt(
    suite: &Suite,
    play: &Play<'_>,
    (path, before): (&str, &Node),
    beneath: Option<&Node>,
) -> Result<(), String> {
    let told = |failure: Failure| failure.to_string();
    let read = || {
        let response = play.send("the profile is looked at", "GET", path, None);
        let response = response.map_err(told)?;
        let now = good(&response);
        now.ok_or_else(|| format!("reading it is answered {}", response.status))
    };
    let now = read()?;
    if now == *before {
        return Ok(());
    }
    if suite.differing(before, &now).next().is_some() {
        let body = suite.restoring(before, &now, beneath);
        let written = play.write_at("the profile is put back", path, &body);
        written.map_err(told)?;
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
