//! `manyface token`

mod inspect;

use std::time::Duration;

use clap::{Args, Subcommand};
use manyface_dialect::Dialect;

use super::{output, user, values::duration};
use crate::{
    Config, Deployment, Failure,
    development::{self, OptionalClaims},
};

/// The maximum lifetime of a development token, which its verification enforces.
const MAX_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct TokenArgs {
    #[command(subcommand)]
    pub(crate) command: Option<TokenCommand>,
    #[command(flatten)]
    pub(crate) mint: Option<MintArgs>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Read a token from standard input, and explain why it is accepted (exit 0) or rejected (exit 1)
    Inspect(InspectArgs),
}

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// The dialect that the token is sent to
    #[arg(long)]
    pub(crate) dialect: String,
}

#[derive(Debug, Args)]
pub(crate) struct MintArgs {
    /// The dialect of the token
    #[arg(long)]
    pub(crate) dialect: String,
    /// The user: a user name, a canonical UUID, or DIALECT:ID
    #[arg(long)]
    pub(crate) user: String,
    /// A scope; repeatable [default: all that the dialect's operations require]
    #[arg(long)]
    pub(crate) scope: Vec<String>,
    /// A group of the user, for policies; repeatable
    #[arg(long)]
    pub(crate) group: Vec<String>,
    /// Lifetime: 90s, 30m, 12h, 7d
    #[arg(long, default_value = "1h", value_parser = duration)]
    pub(crate) ttl: Duration,
}

pub(crate) async fn run(config: Config, args: TokenArgs) -> Result<(), Failure> {
    match (args.command, args.mint) {
        (Some(TokenCommand::Inspect(args)), _) => inspect::run(config, args).await,
        (None, Some(args)) => mint(config, args).await,
        (None, None) => Err(Failure::Usage(
            "token: pass --dialect and --user, or the subcommand inspect".to_owned(),
        )),
    }
}

async fn mint(config: Config, args: MintArgs) -> Result<(), Failure> {
    let MintArgs {
        dialect,
        user,
        scope,
        group,
        ttl,
    } = args;
    if ttl > MAX_LIFETIME {
        let message =
            "--ttl: must be at most 30d; tokens with a longer lifetime are rejected".to_owned();
        return Err(Failure::Usage(message));
    }
    let deployment = Deployment::open_existing(config)?;
    let issuer = deployment.issuer().ok_or_else(|| {
        Failure::Usage("there is no development issuer in the production profile".to_owned())
    })?;
    let mounted = served(&deployment, &dialect)?;
    if deployment.config().has_issuers(&dialect) {
        let message = format!("{dialect} accepts only tokens of its configured issuers");
        return Err(Failure::Usage(message));
    }
    deployment.verify().await?;
    let repository = deployment.repository();
    let profile = user::find(&*repository, &user).await?;
    let scopes: Vec<_> = if scope.is_empty() {
        mounted.scopes()
    } else {
        scope.iter().map(String::as_str).collect()
    };
    let groups: Vec<_> = group.iter().map(String::as_str).collect();
    let holds = OptionalClaims {
        scopes: &scopes,
        groups: &groups,
    };
    output::line(&development::token(issuer, mounted, &profile, holds, ttl))
}

/// Returns the served dialect of this name.
fn served<'a>(deployment: &'a Deployment, name: &str) -> Result<&'a Dialect, Failure> {
    let mounts = deployment.mounts();
    let found = mounts.iter().find(|(_, dialect)| dialect.name == name);
    found.map(|(_, dialect)| dialect).ok_or_else(|| {
        let names: Vec<_> = mounts.iter().map(|(_, dialect)| dialect.name).collect();
        let names = names.join(", ");
        Failure::Usage(format!(
            "--dialect: {name} is not served; served are {names}"
        ))
    })
}
