//! Sets of policies that are evaluated together.

use std::collections::HashMap;

use cedar_policy::{Decision, Effect, Policy, PolicyId, PolicySet, ValidationMode, Validator};

use crate::{Mistake, error::mistake};

/// The content of a policy file, and its path in the folder.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// A validated set of policies. The id of a policy is its file and its number in the file:
/// `10-freeze.cedar#1`.
#[derive(Debug, Default)]
pub(crate) struct Set {
    policies: PolicySet,
    /// The position of each policy in the order of the files, and its notice.
    index: HashMap<PolicyId, (usize, Option<String>)>,
    has_permit: bool,
}

/// The mistakes and warnings of a validation.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) mistakes: Vec<Mistake>,
    pub(crate) warnings: Vec<Mistake>,
}

impl Set {
    /// Builds the set of all policies in `sources`. It is only usable if there are no mistakes.
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
        let (id, position) = (policy.id().clone(), self.index.len());
        if let Err(error) = self.policies.add(policy) {
            let found = mistake(&source.name, &source.text, &error);
            findings.mistakes.push(found);
        }
        self.index.insert(id, (position, notice));
    }

    pub(crate) fn policies(&self) -> &PolicySet {
        &self.policies
    }

    /// Returns whether the set has a `permit` policy.
    pub(crate) fn has_permit(&self) -> bool {
        self.has_permit
    }

    /// Returns the number of policies in `file`.
    pub(crate) fn count(&self, file: &str) -> usize {
        let is_from = |id: &&PolicyId| file_of(id) == file;
        self.index.keys().filter(is_from).count()
    }

    /// Returns the names and notices of the policies `ids`, in the order of the files.
    pub(crate) fn in_order<'a>(
        &'a self,
        ids: impl Iterator<Item = &'a PolicyId>,
    ) -> Vec<(&'a str, Option<&'a str>)> {
        let mut found: Vec<_> = ids
            .filter_map(|id| {
                let (position, notice) = self.index.get(id)?;
                let name: &str = id.as_ref();
                Some((*position, name, notice.as_deref()))
            })
            .collect();
        found.sort_unstable();
        found
            .into_iter()
            .map(|(_, name, notice)| (name, notice))
            .collect()
    }
}

/// Returns the distinct notices of the determining policies; empty if they permit.
pub(crate) fn notices(decision: Decision, policies: &[(&str, Option<&str>)]) -> Vec<String> {
    let mut notices: Vec<String> = Vec::new();
    if decision == Decision::Allow {
        return notices;
    }
    for notice in policies.iter().filter_map(|(_, notice)| *notice) {
        if !notice.is_empty() && !notices.iter().any(|added| added == notice) {
            notices.push(notice.to_owned());
        }
    }
    notices
}

/// Returns the file of a policy.
fn file_of(id: &PolicyId) -> &str {
    let name: &str = id.as_ref();
    name.rsplit_once('#').map_or(name, |(file, _)| file)
}

/// Parses the policies of a file, in order.
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
        return Err(rejected(
            "templates (?principal, ?resource) are not supported",
        ));
    }
    // A file that is being written may be empty; its policies must not be skipped.
    if parsed.is_empty() {
        return Err(rejected("the file has no policies"));
    }
    // Cedar numbers them `policy0` and so on, in the order of the file.
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

/// A decision, and the policies that determined it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Whether the access is permitted.
    pub is_permitted: bool,
    /// The determining policies, in the order of the files; empty if no policy permits the access.
    pub determining: Vec<Determining>,
    /// The policies whose evaluation failed; any failure denies the access.
    pub failed: Vec<String>,
    /// The notices for the caller.
    pub notices: Vec<String>,
}

/// A policy that determined a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Determining {
    /// The file and the number in the file: `10-freeze.cedar#1`.
    pub policy: String,
    /// The notice for the caller.
    pub notice: Option<String>,
}
