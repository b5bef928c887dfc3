//! The policies that judge one tenant's users.

use std::collections::HashMap;

use cedar_policy::{Decision, Effect, Policy, PolicyId, PolicySet, ValidationMode, Validator};

use crate::{Mistake, error::mistake};

/// One file's text, and its name under the folder.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// A validated set of policies, each called by its file and its number in there:
/// `10-freeze.cedar#1`.
#[derive(Debug, Default)]
pub(crate) struct Set {
    policies: PolicySet,
    /// The place of each policy in the order of the files, and its notice.
    known: HashMap<PolicyId, (usize, Option<String>)>,
    has_permit: bool,
}

/// The findings while a set is built.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) mistakes: Vec<Mistake>,
    pub(crate) warnings: Vec<Mistake>,
}

impl Set {
    /// The set of all policies in `sources`. It is good only where nothing was a mistake.
    pub(crate) fn of(sources: &[&Source], validator: &Validator) -> (Self, Findings) {
        let mut set = Self::default();
        let mut findings = Findings::default();
        for source in sources {
            match parse(source) {
                Ok(policies) => {
                    for policy in policies {
                        set.add(policy, source, &mut findings);
                    }
                }
                Err(mistakes) => findings.mistakes.extend(mistakes),
            }
        }
        let result = validator.validate(&set.policies, ValidationMode::Strict);
        let source_of = |id: &PolicyId| {
            let file = file_of(id);
            sources.iter().find(|source| source.name == file)
        };
        for error in result.validation_errors() {
            if let Some(source) = source_of(error.policy_id()) {
                let found = mistake(&source.name, &source.text, error);
                findings.mistakes.push(found);
            }
        }
        for warning in result.validation_warnings() {
            if let Some(source) = source_of(warning.policy_id()) {
                let found = mistake(&source.name, &source.text, warning);
                findings.warnings.push(found);
            }
        }
        (set, findings)
    }

    fn add(&mut self, policy: Policy, source: &Source, findings: &mut Findings) {
        self.has_permit |= policy.effect() == Effect::Permit;
        let notice = policy.annotation("notice").map(str::to_owned);
        let (id, place) = (policy.id().clone(), self.known.len());
        if let Err(error) = self.policies.add(policy) {
            let found = mistake(&source.name, &source.text, &error);
            findings.mistakes.push(found);
        }
        self.known.insert(id, (place, notice));
    }

    pub(crate) fn policies(&self) -> &PolicySet {
        &self.policies
    }

    /// Whether anything is ever permitted.
    pub(crate) fn has_permit(&self) -> bool {
        self.has_permit
    }

    /// How many policies come from the file of this name.
    pub(crate) fn count(&self, file: &str) -> usize {
        let is_from = |id: &&PolicyId| file_of(id) == file;
        self.known.keys().filter(is_from).count()
    }

    /// The policies that led to a decision, in the order of the files, with their notices.
    pub(crate) fn in_order<'a>(
        &'a self,
        ids: impl Iterator<Item = &'a PolicyId>,
    ) -> Vec<(&'a str, Option<&'a str>)> {
        let mut found: Vec<_> = ids
            .filter_map(|id| {
                let (place, notice) = self.known.get(id)?;
                let name: &str = id.as_ref();
                Some((*place, name, notice.as_deref()))
            })
            .collect();
        found.sort_unstable();
        found
            .into_iter()
            .map(|(_, name, notice)| (name, notice))
            .collect()
    }
}

/// Returns the distinct notices of the determining policies; none if they permit.
pub(crate) fn notices(decision: Decision, policies: &[(&str, Option<&str>)]) -> Vec<String> {
    let mut notices: Vec<String> = Vec::new();
    if decision == Decision::Allow {
        return notices;
    }
    for notice in policies.iter().filter_map(|(_, notice)| *notice) {
        if !notice.is_empty() && !notices.iter().any(|known| known == notice) {
            notices.push(notice.to_owned());
        }
    }
    notices
}

/// The file that a policy comes from.
fn file_of(id: &PolicyId) -> &str {
    let name: &str = id.as_ref();
    name.rsplit_once('#').map_or(name, |(file, _)| file)
}

/// The policies of one file, in order.
fn parse(source: &Source) -> Result<Vec<Policy>, Vec<Mistake>> {
    let Source { name, text } = source;
    let parsed: PolicySet = text.parse().map_err(|errors: cedar_policy::ParseErrors| {
        errors
            .iter()
            .map(|error| mistake(name, text, error))
            .collect::<Vec<_>>()
    })?;
    let rejected = |message: &str| {
        vec![Mistake {
            file: name.clone(),
            line: None,
            message: message.to_owned(),
        }]
    };
    if parsed.templates().next().is_some() {
        return Err(rejected("templates (?principal, ?resource) are not used"));
    }
    // Such as one that is being written: what it forbids must not be permitted meanwhile.
    if parsed.is_empty() {
        return Err(rejected("there are no policies in it"));
    }
    // Cedar calls them `policy0` and so on, in the order of the text.
    let number = |policy: &Policy| {
        let name: &str = policy.id().as_ref();
        name.trim_start_matches(|c: char| !c.is_ascii_digit())
            .parse::<usize>()
            .unwrap_or(usize::MAX)
    };
    let mut policies: Vec<_> = parsed.policies().cloned().collect();
    policies.sort_by_key(number);
    let named = policies.iter().enumerate().map(|(index, policy)| {
        let id = PolicyId::new(format!("{name}#{}", index + 1));
        policy.new_id(id)
    });
    Ok(named.collect())
}

/// The decision, and the determining policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Whether it is permitted.
    pub is_permitted: bool,
    /// The policies that led to this, in the order of the files; none where nothing permits it.
    pub determining: Vec<Determining>,
    /// The policies that failed while they were evaluated, which denies.
    pub failed: Vec<String>,
    /// The notice for the caller.
    pub notices: Vec<String>,
}

/// A policy that led to a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Determining {
    /// Its file under the folder, and its number in there.
    pub policy: String,
    /// Its notice.
    pub notice: Option<String>,
}
