//! `manyface token`

mod inspect;

use std::time::Duration;

use manyface_dialect::Dialect;

use super::{output, user};
use crate::{
    Config, Deployment, Failure,
    cli::{MintArgs, TokenArgs, TokenCommand},
    development::{self, Holds},
};

/// The longest that a development token may live, as its check has it.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

pub(super) async fn run(config: Config, args: TokenArgs) -> Result<(), Failure> {
    match (args.command, args.mint) {
        (Some(TokenCommand::Inspect(args)), _) => inspect::run(config, args).await,
        (None, Some(args)) => mint(config, args).await,
        (None, None) => Err(Failure::Usage(
            "token: needs --dialect and --user, or the command inspect".to_owned(),
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
    if ttl > LONGEST {
        let message = "--ttl: at most 30d; a token that lives longer is refused".to_owned();
        return Err(Failure::Usage(message));
    }
    let deployment = Deployment::open_existing(config)?;
    let issuer = deployment.issuer().ok_or_else(|| {
        Failure::Usage("there is no development issuer in the production profile".to_owned())
    })?;
    let mounted = served(&deployment, &dialect)?;
    let settings = deployment.config().dialects.get(&dialect);
    if settings.is_some_and(|settings| !settings.issuers.is_empty()) {
        let message = format!("{dialect} takes the tokens of its configured issuers only");
        return Err(Failure::Usage(message));
    }
    deployment.verify().await?;
    let registry = deployment.registry();
    let profile = user::find(&*registry, &user).await?;
    let scopes: Vec<_> = if scope.is_empty() {
        mounted.scopes()
    } else {
        scope.iter().map(String::as_str).collect()
    };
    let groups: Vec<_> = group.iter().map(String::as_str).collect();
    let holds = Holds {
        scopes: &scopes,
        groups: &groups,
    };
    output::line(&development::token(issuer, mounted, &profile, holds, ttl))
}

/// The dialect of this name, if it is served.
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
