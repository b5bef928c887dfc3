//! `manyface key …`

use std::sync::Arc;

use manyface_auth::NewApiKey;
use manyface_core::{ApiKey, ApiKeys, ProfileId, TenantId, Timestamp};

use super::output::{json, line, say};
use crate::{
    Config, Failure,
    cli::{AddKeyArgs, KeyCommand},
    database::ready_store,
    deployment::default_tenant,
    system,
};

/// What every key is good for, where nothing else is asked.
const DEFAULT_SCOPES: [&str; 1] = [manyface_whop::PROFILE_UPDATE];

pub(super) async fn run(config: Config, command: KeyCommand) -> Result<(), Failure> {
    let store = ready_store(&config).await?;
    let keys: Arc<dyn ApiKeys> = store.api_keys();
    match command {
        KeyCommand::Add(args) => {
            let registry = store.registry();
            let default = default_tenant(&*registry).await?;
            let tenant = args.tenant.unwrap_or(default);
            if registry.tenant(tenant).await?.is_none() {
                return Err(Failure::Finding(format!("there is no tenant {tenant}")));
            }
            add(&*keys, args, tenant).await
        }
        KeyCommand::List => {
            for key in keys.list().await? {
                json(&key)?;
            }
            Ok(())
        }
        KeyCommand::Revoke { id } => {
            if !keys.revoke(&id, system::now()).await? {
                return Err(Failure::Finding(format!("there is no key {id}")));
            }
            say(&format!("manyface: {id} is revoked"));
            Ok(())
        }
    }
}

/// Adds a key, and prints it: it is never to be seen again.
async fn add(keys: &dyn ApiKeys, args: AddKeyArgs, tenant: TenantId) -> Result<(), Failure> {
    let AddKeyArgs {
        account: accounts,
        app,
        tenant: _,
        scope,
        api_version,
    } = args;
    if !accounts.iter().all(|id| manyface_whop::is_account(id)) {
        let message = "--account: must be biz_ and letters and digits".to_owned();
        return Err(Failure::Usage(message));
    }
    match &app {
        Some(app) if !manyface_whop::is_app(app) => {
            let message = "--app: must be app_ and letters and digits".to_owned();
            return Err(Failure::Usage(message));
        }
        None if accounts.len() > 1 => {
            let message = "--account: a key is of one account; pass --app for a key of several";
            return Err(Failure::Usage(message.to_owned()));
        }
        Some(_) | None => {}
    }
    if let Some(version) = &api_version
        && !manyface_whop::is_version(version)
    {
        let message = format!("--api-version: {version} is no version of the API");
        return Err(Failure::Usage(message));
    }
    let scopes = if scope.is_empty() {
        DEFAULT_SCOPES.map(str::to_owned).to_vec()
    } else {
        scope
            .into_iter()
            .filter(|scope| !scope.is_empty())
            .collect()
    };
    let new = NewApiKey::of_random(system::random()?);
    let now = system::now();
    let key = ApiKey {
        id: key_id(now)?,
        dialect: manyface_whop::NAME.to_owned(),
        app,
        accounts,
        tenant_id: tenant,
        scopes,
        api_version,
        created_at: now,
        revoked_at: None,
    };
    keys.add(&key, &new.digest()).await?;
    let (id, accounts) = (&key.id, key.accounts.join(", "));
    let holder = match &key.app {
        Some(app) if accounts.is_empty() => format!("{app}, which no account has installed"),
        Some(app) => format!("{app} for {accounts}"),
        None => accounts,
    };
    say(&format!(
        "manyface: {id} is a key of {holder}. It is shown this once; `manyface key revoke {id}` ends it."
    ));
    line(new.as_str())
}

fn key_id(now: Timestamp) -> Result<String, Failure> {
    let ProfileId(id) = system::profile_id(now)?;
    Ok(format!("key_{}", id.simple()))
}
