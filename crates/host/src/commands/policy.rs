//! `manyface policy …`

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use http::Method;
use manyface_core::Field;
use manyface_policy::{PolicyFolder, schema};
use serde_json::{Value, json};

use super::output::{line, say};
use crate::{
    Config, DialectRegistry, Failure,
    admin::{AdminClient, PolicyFile, PolicyFiles, ServerOptions, policy_field},
};

#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    #[command(flatten)]
    server: ServerOptions,
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
enum PolicyCommand {
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
    #[arg(long, value_name = "FIELD", value_parser = policy_field)]
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

pub(crate) async fn run(config: Config, args: PolicyArgs) -> Result<(), Failure> {
    let PolicyArgs { server, command } = args;
    match command {
        PolicyCommand::Check { dir: None } if server.is_remote() => {
            let client = AdminClient::open(&config, &server).await?;
            let files = client.call(Method::GET, &["policies"], None::<&Value>);
            let files = serde_json::from_str(&files.await?);
            print_files(&files.map_err(|e| Failure::could_not("read the response", e))?)
        }
        PolicyCommand::Check { dir } => check(config.dialect_registry, dir.or(config.policies.dir)),
        PolicyCommand::Explain(args) => explain(&config, &server, args).await,
        PolicyCommand::Schema => line(schema(&config.dialect_registry.names()).trim_end()),
    }
}

fn check(dialect_registry: DialectRegistry, dir: Option<PathBuf>) -> Result<(), Failure> {
    let dir = dir.ok_or_else(no_policies)?;
    let folder = PolicyFolder::open(&dir, &dialect_registry.names());
    let folder = folder.map_err(|error| Failure::Finding(error.to_string()))?;
    print_files(&PolicyFiles::of(&folder))
}

fn print_files(files: &PolicyFiles) -> Result<(), Failure> {
    for PolicyFile { name, policies } in &files.files {
        let noun = if *policies == 1 { "policy" } else { "policies" };
        line(&format!("{name}: {policies} {noun}"))?;
    }
    for warning in &files.warnings {
        say(&format!("manyface: warning: {warning}"));
    }
    say("manyface: the policies are good");
    Ok(())
}

fn no_policies() -> Failure {
    Failure::Usage("policies.dir: not set; set it or pass a folder".to_owned())
}

async fn explain(
    config: &Config,
    server: &ServerOptions,
    args: ExplainArgs,
) -> Result<(), Failure> {
    let ExplainArgs {
        user,
        dialect,
        action,
        field,
        group,
        scope,
        account,
    } = args;
    if !server.is_remote() {
        config.dialect_registry.find("--dialect", &dialect)?;
    }
    if action == RequestedAction::Read && !field.is_empty() {
        let message = "--field: only an update has fields".to_owned();
        return Err(Failure::Usage(message));
    }
    let client = AdminClient::open(config, server).await?;
    let fields: Vec<_> = field.iter().map(|field| field.as_str()).collect();
    let body = json!({
        "user": user,
        "dialect": dialect,
        "action": match action {
            RequestedAction::Read => "read",
            RequestedAction::Update => "update",
        },
        "fields": fields,
        "groups": group,
        "scopes": scope,
        "account": account,
    });
    let path = ["policies", "explain"];
    line(&client.call(Method::POST, &path, Some(&body)).await?)
}
