//! Operations on the configured policies.

use http::{Method, StatusCode};
use manyface_core::{Access, AccessRequest, Caller, FIELDS, Field, Principal, ProfileRef};
use manyface_policy::{Determining, Explanation, PolicyFolder};
use serde::{Deserialize, Serialize};

use super::{AdminApi, AdminProblem, AdminResponse, Call, Operation, references};
use crate::Failure;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "checkPolicies",
        path: "/policies",
        summary: "Validates the configured folder of policies, and lists its files. Invalid \
                  policies are a 409.",
        is_global: true,
        response: Some("PolicyFiles"),
        run: |call| Box::pin(check(call)),
        ..Operation::READ
    },
    Operation {
        id: "explainPolicies",
        method: Method::POST,
        path: "/policies/explain",
        summary: "Returns what the policies in the configured folder decide about a request, and \
                  which of them apply.",
        is_global: true,
        body: Some("PolicyQuestion"),
        response: Some("PolicyExplanation"),
        run: |call| Box::pin(explain(call)),
        ..Operation::READ
    },
];

/// The files of a folder.
#[derive(Serialize, Deserialize)]
pub(crate) struct PolicyFiles {
    pub(crate) files: Vec<PolicyFile>,
    pub(crate) warnings: Vec<String>,
}

/// A file, with its number of policies.
#[derive(Serialize, Deserialize)]
pub(crate) struct PolicyFile {
    pub(crate) name: String,
    pub(crate) policies: usize,
}

impl PolicyFiles {
    pub(crate) fn of(folder: &PolicyFolder) -> Self {
        let contents = folder.contents();
        let file = |file: &manyface_policy::PolicyFile| PolicyFile {
            name: file.name.clone(),
            policies: file.policies,
        };
        Self {
            files: contents.files.iter().map(file).collect(),
            warnings: contents.warnings.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Opens the configured folder.
async fn open(api: &AdminApi) -> Result<PolicyFolder, AdminProblem> {
    let missing = || AdminProblem::conflict("policies.dir: the server has no policies");
    let dir = api.config.policies.dir.clone().ok_or_else(missing)?;
    let names = api.dialects.names();
    let open = move || PolicyFolder::open(&dir, &names).map_err(|error| error.to_string());
    let opened = tokio::task::spawn_blocking(open).await;
    let opened = opened.map_err(|error| AdminProblem::internal(error.to_string()))?;
    opened.map_err(AdminProblem::conflict)
}

async fn check(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let files = PolicyFiles::of(&open(call.api).await?);
    Ok(AdminResponse::json(StatusCode::OK, &files))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyQuestion {
    user: String,
    dialect: String,
    action: String,
    #[serde(default)]
    fields: Vec<String>,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    scopes: Vec<String>,
    account: Option<String>,
}

#[derive(Serialize)]
struct ExplanationOutput {
    decision: &'static str,
    policies: Vec<PolicyOutput>,
    failed: Vec<String>,
    notices: Vec<String>,
}

#[derive(Serialize)]
struct PolicyOutput {
    policy: String,
    notice: Option<String>,
}

/// Parses the canonical name of a field.
pub(crate) fn parse_field(text: &str) -> Result<Field, String> {
    let mut fields = FIELDS.iter().map(|row| row.field);
    fields.find(|field| field.as_str() == text).ok_or_else(|| {
        let names = FIELDS.each_ref().map(|row| row.field.as_str()).join(", ");
        format!("must be one of {names}")
    })
}

async fn explain(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let PolicyQuestion {
        user,
        dialect,
        action,
        fields,
        groups,
        scopes,
        account,
    } = call.body()?;
    let unknown = |failure: Failure| AdminProblem::invalid_field("dialect", failure.to_string());
    call.api
        .dialects
        .find("dialect", &dialect)
        .map_err(unknown)?;
    let parsed = fields.iter().map(|field| parse_field(field));
    let fields = parsed.collect::<Result<Vec<_>, _>>();
    let fields = fields.map_err(|message| AdminProblem::invalid_field("fields", message))?;
    let access = match action.as_str() {
        "read" if fields.is_empty() => Access::Read,
        "read" => {
            let message = "must be empty; only an update has fields";
            return Err(AdminProblem::invalid_field("fields", message));
        }
        "update" => Access::Update(&fields),
        _ => {
            let message = "must be read or update";
            return Err(AdminProblem::invalid_field("action", message));
        }
    };
    let policies = open(call.api).await?;
    let mut found = None;
    for who in references(&user) {
        found = found.or(call.api.repository.inspect(&who).await?);
    }
    let missing = || AdminProblem::invalid_field("user", "does not exist");
    let profile = found.ok_or_else(missing)?;
    let caller = Caller {
        tenant: Some(profile.tenant_id),
        groups,
        scopes,
        account: account.clone(),
        ..Caller::user(ProfileRef::Id(profile.id))
    };
    let explanation = policies.explain(&AccessRequest {
        principal: Principal::User(&profile),
        caller: &caller,
        profile: &profile,
        access,
        account: account.as_deref(),
        dialect: &dialect,
        request_id: "",
        now: call.now(),
    });
    let Explanation {
        is_permitted,
        determining,
        failed,
        notices,
    } = explanation;
    let policy = |Determining { policy, notice }| PolicyOutput { policy, notice };
    let output = ExplanationOutput {
        decision: if is_permitted { "permit" } else { "forbid" },
        policies: determining.into_iter().map(policy).collect(),
        failed,
        notices,
    };
    Ok(AdminResponse::json(StatusCode::OK, &output))
}
