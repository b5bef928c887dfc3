//! What an exchange needs of a user and of the run.

use crate::{Exchange, Extent, Skip, Source, Suite, Target, Wanted};

/// The safe methods of RFC 9110 that the suite trusts to change nothing.
const SAFE: [&str; 3] = ["GET", "HEAD", "OPTIONS"];

impl Exchange {
    /// Returns whether all requests, including those of the initial state, cannot write.
    pub fn is_read_only(&self) -> bool {
        let mut steps = self.steps.iter();
        let is_safe = steps.all(|step| {
            let method = step.target().map(|(method, _)| method);
            method.is_some_and(|method| SAFE.contains(&method))
        });
        is_safe && self.given.is_none() && !self.needs_given
    }

    /// The requirements of the exchange on its user.
    pub(crate) fn wanted(&self, suite: &Suite, is_alone: bool) -> Wanted {
        let mut others = self.others.clone();
        if suite.username.is_some() {
            // It is in the profile.
            others.retain(|name| *name != "username");
        }
        Wanted {
            provider: self.auth_provider,
            is_fresh: self.is_fresh(),
            others,
            is_alone,
        }
    }

    /// Returns whether a request body has a value at `key`.
    pub(crate) fn sends(&self, key: &str) -> bool {
        let bodies = self.steps.iter().map(|step| &step.body);
        names(bodies.chain([&self.given]), key)
    }

    /// Returns whether an expected body has a value at `key`.
    pub(crate) fn expects(&self, key: &str) -> bool {
        names(self.steps.iter().map(|step| &step.expect), key)
    }

    /// Returns why the exchange cannot run against `target`, if it cannot.
    pub fn skipped(
        &self,
        suite: &Suite,
        target: &dyn Target,
        extent: Extent,
        allow_writes: bool,
    ) -> Option<Skip> {
        match (&self.source, extent) {
            (Source::Decision(_), Extent::Contract) => return Some(Skip::Decision),
            (Source::Contract(_) | Source::Decision(_), Extent::Full)
            | (Source::Contract(_), Extent::Contract) => {}
        }
        if !allow_writes && !self.is_read_only() {
            return Some(Skip::Writes);
        }
        target.lacks(&self.wanted(suite, true))
    }
}

fn names<'a>(bodies: impl Iterator<Item = &'a Option<String>>, key: &str) -> bool {
    let key = format!("\"{key}\"");
    bodies.flatten().any(|body| body.contains(&key))
}
