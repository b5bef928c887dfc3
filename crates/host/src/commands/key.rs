//! `manyface key …`

use std::sync::Arc;

use clap::{Args, Subcommand};
use manyface_auth::NewApiKey;
use manyface_core::{ApiKey, ApiKeys, ProfileId, TenantId, Timestamp};
use manyface_dialect::{ApiKeyRules, Dialect};

use super::output::{json, line, say};
use crate::{
    Config, DialectRegistry, Failure, database::ready_store, deployment::default_tenant, system,
};

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Add a key and print it; it cannot be printed again
    Add(AddKeyArgs),
    /// Print all keys, without their secrets, as JSON, one per line
    List,
    /// Revoke a key permanently
    Revoke {
        /// The key's id, which `key list` shows
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AddKeyArgs {
    /// The dialect of the key [default: the only one with API keys]
    #[arg(long)]
    pub(crate) dialect: Option<String>,
    /// The account of the key; with --app, an account that installed the app,
    /// repeatable
    #[arg(long, value_name = "biz_…", required_unless_present = "app")]
    pub(crate) account: Vec<String>,
    /// The app of the key
    #[arg(long, value_name = "app_…")]
    pub(crate) app: Option<String>,
    /// The tenant of the key [default: the default tenant]
    #[arg(long, value_name = "UUID")]
    pub(crate) tenant: Option<TenantId>,
    /// A scope of the key; repeatable [default: user:profile:update]
    #[arg(long)]
    pub(crate) scope: Vec<String>,
    /// The API version of requests without a version header
    #[arg(long, value_name = "DATE")]
    pub(crate) api_version: Option<String>,
}

pub(crate) async fn run(config: Config, command: KeyCommand) -> Result<(), Failure> {
    let store = ready_store(&config).await?;
    let keys: Arc<dyn ApiKeys> = store.api_keys();
    match command {
        KeyCommand::Add(args) => {
            let repository = store.repository();
            let default = default_tenant(&*repository).await?;
            let tenant = args.tenant.unwrap_or(default);
            if repository.tenant(tenant).await?.is_none() {
                return Err(Failure::Finding(format!("there is no tenant {tenant}")));
            }
            let (dialect, rules) = dialect(config.dialect_registry, args.dialect.as_deref())?;
            add(&*keys, args, dialect, rules, tenant).await
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

/// Adds a key and prints it. Only a digest of it is stored.
async fn add(
    keys: &dyn ApiKeys,
    args: AddKeyArgs,
    dialect: &str,
    rules: ApiKeyRules,
    tenant: TenantId,
) -> Result<(), Failure> {
    let AddKeyArgs {
        dialect: _,
        account: accounts,
        app,
        tenant: _,
        scope,
        api_version,
    } = args;
    if !accounts.iter().all(|id| (rules.is_account)(id)) {
        let message = "--account: must be biz_ followed by letters and digits".to_owned();
        return Err(Failure::Usage(message));
    }
    match &app {
        Some(app) if !(rules.is_app)(app) => {
            let message = "--app: must be app_ followed by letters and digits".to_owned();
            return Err(Failure::Usage(message));
        }
        None if accounts.len() > 1 => {
            let message = "--account: must be given once; pass --app for a key of several accounts";
            return Err(Failure::Usage(message.to_owned()));
        }
        Some(_) | None => {}
    }
    if let Some(version) = &api_version
        && !(rules.is_version)(version)
    {
        let message = format!("--api-version: the API has no version {version}");
        return Err(Failure::Usage(message));
    }
    let scopes = if scope.is_empty() {
        let default = rules.default_scopes.iter();
        default.map(|&scope| scope.to_owned()).collect()
    } else {
        let scopes = scope.into_iter();
        scopes.filter(|scope| !scope.is_empty()).collect()
    };
    let new = NewApiKey::of_random(system::random()?);
    let now = system::now();
    let key = ApiKey {
        id: key_id(now)?,
        dialect: dialect.to_owned(),
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
        "manyface: {id} is a key of {holder}. It cannot be shown again; `manyface key revoke {id}` revokes it."
    ));
    line(new.as_str())
}

/// Returns the dialect that the key is for: the named one, or the only one that has API keys.
fn dialect(
    dialect_registry: DialectRegistry,
    named: Option<&str>,
) -> Result<(&'static str, ApiKeyRules), Failure> {
    if let Some(name) = named {
        let rules = dialect_registry.find("--dialect", name)?;
        let message = || format!("--dialect: {name} has no API keys");
        let rules_of = |dialect: Dialect| Some((dialect.name, dialect.capabilities.api_keys?));
        return rules_of(rules).ok_or_else(|| Failure::Usage(message()));
    }
    let all = dialect_registry.dialects().into_iter();
    let all = all.filter_map(|dialect| Some((dialect.name, dialect.capabilities.api_keys?)));
    match *all.collect::<Vec<_>>() {
        [only] => Ok(only),
        [] => Err(Failure::Usage("no dialect has API keys".to_owned())),
        ref several => {
            let several: Vec<_> = several.iter().map(|(name, _)| *name).collect();
            let several = several.join(", ");
            Err(Failure::Usage(format!(
                "pass --dialect: {several} have API keys"
            )))
        }
    }
}

fn key_id(now: Timestamp) -> Result<String, Failure> {
    let ProfileId(id) = system::profile_id(now)?;
    Ok(format!("key_{}", id.simple()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(dialect_registry: DialectRegistry, named: Option<&str>) -> String {
        dialect(dialect_registry, named)
            .map_or_else(|failure| failure.to_string(), |(name, _)| name.to_owned())
    }

    #[test]
    fn the_only_dialect_with_api_keys_is_the_default() {
        assert_eq!(message(DialectRegistry::default(), None), "whop");
        assert_eq!(message(DialectRegistry::default(), Some("whop")), "whop");
        let other = message(DialectRegistry::default(), Some("iam"));
        assert_eq!(other, "--dialect: iam has no API keys");
        let unknown = message(DialectRegistry::default(), Some("x"));
        assert!(unknown.contains("there is no dialect x"), "{unknown}");
    }

    #[test]
    fn several_dialects_with_api_keys_require_the_option() {
        fn two() -> Vec<Dialect> {
            let mut second = manyface_whop::dialect();
            second.name = "second";
            vec![manyface_whop::dialect(), second]
        }
        let several = message(DialectRegistry::of(two), None);
        assert_eq!(several, "pass --dialect: whop, second have API keys");
        assert_eq!(message(DialectRegistry::of(two), Some("second")), "second");
        assert_eq!(
            message(DialectRegistry::of(Vec::new), None),
            "no dialect has API keys"
        );
    }
}
