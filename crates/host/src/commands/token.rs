//! `manyface token`

use std::time::Duration;

use super::{output, user};
use crate::{
    Config, Deployment, Failure,
    cli::TokenArgs,
    development::{self, Holds},
};

/// The longest that a development token may live, as its check has it.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

pub(super) async fn run(config: Config, args: TokenArgs) -> Result<(), Failure> {
    let TokenArgs {
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
    let mut mounts = deployment.mounts().iter();
    let mounted = mounts.find(|(_, mounted)| mounted.name == dialect);
    let (_, mounted) = mounted.ok_or_else(|| {
        let served = deployment.mounts().iter().map(|(_, served)| served.name);
        let served = served.collect::<Vec<_>>().join(", ");
        Failure::Usage(format!(
            "--dialect: {dialect} is not served; served are {served}"
        ))
    })?;
    let settings = deployment.config().dialects.get(&dialect);
    if settings.is_some_and(|settings| !settings.issuers.is_empty()) {
        let message = format!("{dialect} takes the tokens of its configured issuers only");
        return Err(Failure::Usage(message));
    }
    deployment.verify().await?;
    let registry = deployment.registry();
    let profile = user::find(&*registry, &user).await?;
    let scopes: Vec<_> = scope.iter().map(String::as_str).collect();
    let groups: Vec<_> = group.iter().map(String::as_str).collect();
    let holds = Holds {
        scopes: &scopes,
        groups: &groups,
    };
    output::line(&development::token(issuer, mounted, &profile, holds, ttl))
}
