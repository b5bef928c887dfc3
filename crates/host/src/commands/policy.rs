//! `manyface policy …`

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use manyface_core::{Access, AccessRequest, Caller, FIELDS, Field, Principal, ProfileRef};
use manyface_policy::{Determining, Explanation, PolicyFolder, schema};
use serde::Serialize;

use super::{
    output::{json, line, say},
    user,
};
use crate::{
    Config, DialectRegistry, Failure, database::ready_store, policies::open_policies, system,
};

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Validate a folder of policies and list its files
    Check {
        /// The folder [default: the configured one]
        dir: Option<PathBuf>,
    },
    /// Print what the configured policies decide, and which of them apply
    Explain(ExplainArgs),
    /// Print the schema that policies are validated against
    Schema,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The requesting user: a user name, a canonical UUID, or DIALECT:ID
    #[arg(long)]
    pub(crate) user: String,
    /// The dialect of the request
    #[arg(long)]
    pub(crate) dialect: String,
    /// The action on the user's own profile
    #[arg(long)]
    pub(crate) action: RequestedAction,
    /// Canonical name of a changed field; repeatable
    #[arg(long, value_name = "FIELD", value_parser = field)]
    pub(crate) field: Vec<Field>,
    /// A group that the user's token names; repeatable
    #[arg(long)]
    pub(crate) group: Vec<String>,
    /// A scope that the user's token has; repeatable
    #[arg(long)]
    pub(crate) scope: Vec<String>,
    /// The account on whose behalf the request is made
    #[arg(long)]
    pub(crate) account: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RequestedAction {
    Read,
    Update,
}

fn field(text: &str) -> Result<Field, String> {
    let mut fields = FIELDS.iter().map(|row| row.field);
    fields.find(|field| field.as_str() == text).ok_or_else(|| {
        let names = FIELDS.each_ref().map(|row| row.field.as_str()).join(", ");
        format!("must be one of {names}")
    })
}

pub(crate) async fn run(config: Config, command: PolicyCommand) -> Result<(), Failure> {
    match command {
        PolicyCommand::Check { dir } => check(config.dialect_registry, dir.or(config.policies.dir)),
        PolicyCommand::Explain(args) => explain(&config, args).await,
        PolicyCommand::Schema => line(schema(&config.dialect_registry.names()).trim_end()),
    }
}

fn check(dialect_registry: DialectRegistry, dir: Option<PathBuf>) -> Result<(), Failure> {
    let dir = dir.ok_or_else(no_policies)?;
    let folder = PolicyFolder::open(&dir, &dialect_registry.names());
    let folder = folder.map_err(|error| Failure::Finding(error.to_string()))?;
    let contents = folder.contents();
    for file in &contents.files {
        let noun = if file.policies == 1 {
            "policy"
        } else {
            "policies"
        };
        line(&format!("{}: {} {noun}", file.name, file.policies))?;
    }
    for warning in &contents.warnings {
        say(&format!("manyface: warning: {warning}"));
    }
    say("manyface: the policies are good");
    Ok(())
}

fn no_policies() -> Failure {
    Failure::Usage("policies.dir: not set; set it or pass a folder".to_owned())
}

/// The printed explanation.
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

async fn explain(config: &Config, args: ExplainArgs) -> Result<(), Failure> {
    let ExplainArgs {
        user,
        dialect,
        action,
        field,
        group,
        scope,
        account,
    } = args;
    config.dialect_registry.find("--dialect", &dialect)?;
    if action == RequestedAction::Read && !field.is_empty() {
        let message = "--field: only an update has fields".to_owned();
        return Err(Failure::Usage(message));
    }
    let policies = open_policies(config)?.ok_or_else(no_policies)?;
    let store = ready_store(config).await?;
    let profile = user::find(&*store.repository(), &user).await?;
    let caller = Caller {
        tenant: Some(profile.tenant_id),
        groups: group,
        scopes: scope,
        account: account.clone(),
        ..Caller::user(ProfileRef::Id(profile.id))
    };
    let explanation = policies.explain(&AccessRequest {
        principal: Principal::User(&profile),
        caller: &caller,
        profile: &profile,
        access: match action {
            RequestedAction::Read => Access::Read,
            RequestedAction::Update => Access::Update(&field),
        },
        account: account.as_deref(),
        dialect: &dialect,
        request_id: "",
        now: system::now(),
    });
    let Explanation {
        is_permitted,
        determining,
        failed,
        notices,
    } = explanation;
    let policy = |Determining { policy, notice }| PolicyOutput { policy, notice };
    json(&ExplanationOutput {
        decision: if is_permitted { "permit" } else { "forbid" },
        policies: determining.into_iter().map(policy).collect(),
        failed,
        notices,
    })
}
