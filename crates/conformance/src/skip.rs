//! Why an exchange does not run.

use std::fmt;

use manyface_core::AuthProvider;

use crate::{Exchange, Extent, Source, Suite, Target, Wanted};

/// The safe methods of RFC 9110 that the suite trusts to change nothing.
const SAFE: [&str; 3] = ["GET", "HEAD", "OPTIONS"];

/// Why an exchange does not run. It is always reported, and never counts as passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Skip {
    /// It is a decision of the project, and only the contract is checked.
    Decision,
    /// It could write, and writing is not allowed.
    Writes,
    /// It needs an unmodified user.
    Fresh,
    /// It needs a user for whom this provider vouches.
    Provider(AuthProvider),
    /// It needs this one of [`crate::Account::OTHERS`].
    Other(&'static str),
    /// It would change this key of the user's profile, which cannot be restored.
    Irreplaceable(String),
    /// The run ended before it.
    Ended,
}

impl Skip {
    /// The machine-readable code of the reason.
    pub fn code(&self) -> &str {
        match self {
            Self::Decision => "decision",
            Self::Writes => "writes",
            Self::Fresh => "fresh-user",
            Self::Provider(provider) => provider.as_str(),
            Self::Other(name) => name,
            Self::Irreplaceable(_) => "irreplaceable",
            Self::Ended => "ended",
        }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self {
            Self::Decision => "is a decision of manyface, and only the contract is required",
            Self::Writes => "would send what can write, which is not allowed",
            Self::Fresh => "needs an unmodified user",
            Self::Provider(provider) => {
                let name = provider.as_str();
                return write!(formatter, "needs a user of an identity provider ({name})");
            }
            Self::Other("bare") => "needs a token of the user without scopes",
            Self::Other("expired") => "needs a token of the user that has expired",
            Self::Other("gone") => "needs the token of a removed user",
            Self::Other("username") => "needs the user's name",
            Self::Other("another") => "needs the name of a second user",
            Self::Other("key") => "needs an API key of the account biz_conformance",
            Self::Other("app") => "needs an API key of an app in the account biz_conformance",
            Self::Other("bound") => "needs a token of the user for the account biz_conformance",
            Self::Other(name) => return write!(formatter, "needs {name}"),
            Self::Irreplaceable(key) => {
                return write!(
                    formatter,
                    "names {key}, which the user may have and which cannot be put back"
                );
            }
            Self::Ended => "was not reached",
        };
        formatter.write_str(reason)
    }
}

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
