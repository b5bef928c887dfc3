//! The policies of a deployment, in a folder.

mod read;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use cedar_policy::{AuthorizationError, Authorizer, Decision as CedarDecision, Validator};
use manyface_core::{Access, Claim, Decision, Policies, Question, TenantId};

use crate::{
    Determining, Explanation, Mistake, PolicyError,
    question::Asked,
    schema,
    set::{Set, Source, notices},
};

/// The policies in a folder: `*.cedar` judge everybody, `tenants/<UUID>/*.cedar` that tenant's
/// users as well.
pub struct PolicyFolder {
    path: PathBuf,
    validator: Validator,
    authorizer: Authorizer,
    sets: RwLock<Arc<Sets>>,
}

/// The last valid policies.
struct Sets {
    /// Decides for tenants without separate policies; `None` if there are only
    /// tenants' policies.
    deployment: Option<Set>,
    /// The deployment's policies and the tenant's own.
    tenants: HashMap<TenantId, Set>,
    contents: Contents,
}

impl PolicyFolder {
    /// The optional claims of credentials that policies read.
    pub const CLAIMS: [Claim; 2] = [Claim::Scopes, Claim::Groups];

    /// Reads the policies in `path`, for a deployment with `dialects`.
    pub fn open(path: &Path, dialects: &[&str]) -> Result<Self, PolicyError> {
        let validator = Validator::new(schema::parsed(dialects));
        let sets = Sets::read(path, &validator)?;
        Ok(Self {
            path: path.to_owned(),
            validator,
            authorizer: Authorizer::new(),
            sets: RwLock::new(Arc::new(sets)),
        })
    }

    /// Reads the folder again. Where it cannot be read, or is not good, what was there before
    /// stays. Blocks the thread.
    pub fn reload(&self) -> Result<(), PolicyError> {
        let sets = Sets::read(&self.path, &self.validator)?;
        let mut current = self.sets.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(sets);
        Ok(())
    }

    /// Returns the last valid policies.
    pub fn contents(&self) -> Contents {
        self.sets().contents.clone()
    }

    /// Decides, and says which policies led to that.
    pub fn explain(&self, question: &Question<'_>) -> Explanation {
        let sets = self.sets();
        let Some(set) = sets.of(question.profile.tenant_id) else {
            return Explanation {
                is_permitted: true,
                determining: Vec::new(),
                failed: Vec::new(),
                notices: Vec::new(),
            };
        };
        let Ok(Asked { request, entities }) = Asked::of(question, None) else {
            return Explanation {
                is_permitted: false,
                determining: Vec::new(),
                failed: vec!["the question itself".to_owned()],
                notices: Vec::new(),
            };
        };
        let response = self
            .authorizer
            .is_authorized(&request, set.policies(), &entities);
        let decision: CedarDecision = response.decision();
        let determining = set.in_order(response.diagnostics().reason());
        let failed = response.diagnostics().errors().map(|error| match error {
            // The message itself may hold a user's values.
            AuthorizationError::PolicyEvaluationError(error) => error.policy_id(),
        });
        let failed = set.in_order(failed);
        Explanation {
            // Cedar passes over a policy that fails, also over one that forbids.
            is_permitted: decision == CedarDecision::Allow && failed.is_empty(),
            notices: notices(decision, &determining),
            failed: failed
                .into_iter()
                .map(|(name, _)| name.to_owned())
                .collect(),
            determining: determining
                .into_iter()
                .map(|(policy, notice)| Determining {
                    policy: policy.to_owned(),
                    notice: notice.map(str::to_owned),
                })
                .collect(),
        }
    }

    fn sets(&self) -> Arc<Sets> {
        let sets = self.sets.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&sets)
    }
}

impl Policies for PolicyFolder {
    fn decide(&self, question: &Question<'_>) -> Decision {
        let Explanation {
            is_permitted,
            determining,
            failed,
            notices,
        } = self.explain(question);
        if is_permitted {
            return Decision::Permit;
        }
        let Question {
            dialect,
            request_id,
            ..
        } = question;
        let action = match question.access {
            Access::Read => "read",
            Access::Update(_) => "update",
        };
        let policies: Vec<_> = determining.iter().map(|one| one.policy.as_str()).collect();
        if failed.is_empty() {
            tracing::info!(request_id, dialect, action, ?policies, "denied by policy");
        } else {
            tracing::error!(
                request_id,
                dialect,
                action,
                ?failed,
                "denied because policies failed"
            );
        }
        Decision::Forbid(notices)
    }
}

/// Cedar permits what a policy permits, and nothing else.
fn without_permit(tenant: Option<TenantId>) -> Mistake {
    let file = tenant.map_or_else(
        || "*.cedar".to_owned(),
        |tenant| format!("tenants/{tenant}/*.cedar"),
    );
    Mistake {
        file,
        line: None,
        message: "no policy permits anything, so everything is rejected".to_owned(),
    }
}

impl Sets {
    fn read(path: &Path, validator: &Validator) -> Result<Self, PolicyError> {
        let read::Sources {
            deployment,
            tenants,
        } = read::Sources::read(path)?;
        let mut contents = Contents::default();
        let mut mistakes = Vec::new();
        let common: Vec<_> = deployment.iter().collect();
        let mut made = |tenant: Option<TenantId>, own: &[Source]| {
            let others = common.iter().copied().filter(|_| tenant.is_some());
            let all: Vec<_> = others.chain(own).collect();
            let (set, findings) = Set::of(&all, validator);
            let is_own = |mistake: &Mistake| own.iter().any(|source| source.name == mistake.file);
            mistakes.extend(findings.mistakes.into_iter().filter(is_own));
            let warnings = findings.warnings.into_iter().filter(is_own);
            contents.warnings.extend(warnings);
            if !set.has_permit() {
                contents.warnings.push(without_permit(tenant));
            }
            contents.files.extend(own.iter().map(|source| PolicyFile {
                name: source.name.clone(),
                tenant,
                policies: set.count(&source.name),
            }));
            set
        };
        let own_set = (!deployment.is_empty()).then(|| made(None, &deployment));
        let mut sets = HashMap::new();
        for (tenant, sources) in &tenants {
            sets.insert(*tenant, made(Some(*tenant), sources));
        }
        if !mistakes.is_empty() {
            return Err(PolicyError::Invalid(mistakes));
        }
        if contents.count() == 0 {
            return Err(PolicyError::Empty(path.to_owned()));
        }
        Ok(Self {
            deployment: own_set,
            tenants: sets,
            contents,
        })
    }

    /// The policies that judge a tenant's users, if any do.
    fn of(&self, tenant: TenantId) -> Option<&Set> {
        self.tenants.get(&tenant).or(self.deployment.as_ref())
    }
}

/// The content of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The files in the order of their names, the deployment's first.
    pub files: Vec<PolicyFile>,
    /// Allowed but suspicious policies.
    pub warnings: Vec<Mistake>,
}

/// One file of policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFile {
    /// Its name under the folder.
    pub name: String,
    /// The tenant whose users alone it judges; `None` for everybody.
    pub tenant: Option<TenantId>,
    /// How many policies are in it.
    pub policies: usize,
}

impl Contents {
    /// How many policies there are.
    pub fn count(&self) -> usize {
        self.files.iter().map(|file| file.policies).sum()
    }
}
