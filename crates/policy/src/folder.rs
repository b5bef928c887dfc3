//! The folder with the policies of a deployment.

mod read;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use cedar_policy::{AuthorizationError, Authorizer, Decision as CedarDecision, Validator};
use manyface_core::{Access, AccessRequest, Claim, Decision, Policies, TenantId};

use crate::{
    Determining, Explanation, Mistake, PolicyError,
    cedar_request::CedarRequest,
    schema,
    set::{Set, Source, notices},
};

/// The policies in a folder: `*.cedar` apply to all users, and `tenants/<UUID>/*.cedar`
/// additionally to the users of that tenant.
pub struct PolicyFolder {
    path: PathBuf,
    validator: Validator,
    authorizer: Authorizer,
    sets: RwLock<Arc<Sets>>,
}

/// The policies in effect.
struct Sets {
    /// Applies to tenants without separate policies; `None` if only tenants have policies.
    deployment: Option<Set>,
    /// The policies of the deployment and of the tenant.
    tenants: HashMap<TenantId, Set>,
    contents: Contents,
}

impl PolicyFolder {
    /// The optional claims of credentials that policies read.
    pub const CLAIMS: [Claim; 2] = [Claim::Scopes, Claim::Groups];

    /// Reads the policies in the folder `path`, for a deployment with `dialects`.
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

    /// Reads the folder again; if that fails, the previous policies stay in effect. Blocks the
    /// thread.
    pub fn reload(&self) -> Result<(), PolicyError> {
        let sets = Sets::read(&self.path, &self.validator)?;
        let mut current = self.sets.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(sets);
        Ok(())
    }

    /// Returns a summary of the policies in effect.
    pub fn contents(&self) -> Contents {
        self.sets().contents.clone()
    }

    /// Decides, and returns the decision with the policies that determined it.
    pub fn explain(&self, access_request: &AccessRequest<'_>) -> Explanation {
        let sets = self.sets();
        let Some(set) = sets.of(access_request.profile.tenant_id) else {
            return Explanation {
                is_permitted: true,
                determining: Vec::new(),
                failed: Vec::new(),
                notices: Vec::new(),
            };
        };
        let Ok(CedarRequest { request, entities }) = CedarRequest::of(access_request, None) else {
            return Explanation {
                is_permitted: false,
                determining: Vec::new(),
                failed: vec!["the conversion of the request".to_owned()],
                notices: Vec::new(),
            };
        };
        let response = self
            .authorizer
            .is_authorized(&request, set.policies(), &entities);
        let decision: CedarDecision = response.decision();
        let determining = set.in_order(response.diagnostics().reason());
        let failed = response.diagnostics().errors().map(|error| match error {
            // The message may contain values of a user.
            AuthorizationError::PolicyEvaluationError(error) => error.policy_id(),
        });
        let failed = set.in_order(failed);
        Explanation {
            // Cedar ignores policies that fail, including those that forbid.
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
    fn decide(&self, access_request: &AccessRequest<'_>) -> Decision {
        let Explanation {
            is_permitted,
            determining,
            failed,
            notices,
        } = self.explain(access_request);
        if is_permitted {
            return Decision::Permit;
        }
        let AccessRequest {
            dialect,
            request_id,
            ..
        } = access_request;
        let action = match access_request.access {
            Access::Read => "read",
            Access::Update(_) => "update",
        };
        let policies: Vec<_> = determining
            .iter()
            .map(|policy| policy.policy.as_str())
            .collect();
        if failed.is_empty() {
            tracing::info!(request_id, dialect, action, ?policies, "denied by policy");
        } else {
            tracing::error!(
                request_id,
                dialect,
                action,
                ?failed,
                "denied because the evaluation of policies failed"
            );
        }
        Decision::Forbid(notices)
    }
}

/// Returns the warning for a set without `permit` policies: Cedar denies by default.
fn without_permit(tenant: Option<TenantId>) -> Mistake {
    let file = tenant.map_or_else(
        || "*.cedar".to_owned(),
        |tenant| format!("tenants/{tenant}/*.cedar"),
    );
    Mistake {
        file,
        line: None,
        message: "no policy permits anything, so every request is rejected".to_owned(),
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
        let mut build_set = |tenant: Option<TenantId>, own: &[Source]| {
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
        let own_set = (!deployment.is_empty()).then(|| build_set(None, &deployment));
        let mut sets = HashMap::new();
        for (tenant, sources) in &tenants {
            sets.insert(*tenant, build_set(Some(*tenant), sources));
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

    /// Returns the policies that apply to the users of `tenant`, if any.
    fn of(&self, tenant: TenantId) -> Option<&Set> {
        self.tenants.get(&tenant).or(self.deployment.as_ref())
    }
}

/// A summary of the policies in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The files, sorted by name; those of the deployment first.
    pub files: Vec<PolicyFile>,
    /// Warnings about valid policies.
    pub warnings: Vec<Mistake>,
}

/// A policy file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFile {
    /// The path of the file in the folder.
    pub name: String,
    /// The tenant to whose users the policies apply; `None` for all users.
    pub tenant: Option<TenantId>,
    /// The number of policies.
    pub policies: usize,
}

impl Contents {
    /// Returns the number of policies.
    pub fn count(&self) -> usize {
        self.files.iter().map(|file| file.policies).sum()
    }
}
