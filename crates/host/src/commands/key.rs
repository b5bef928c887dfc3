//! `manyface key …`

use clap::{Args, Subcommand};
use http::Method;
use manyface_core::TenantId;
use serde_json::{Value, json};

use super::output::{line, say};
use crate::{
    Config, Failure,
    admin::{AdminClient, ServerOptions},
};

#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    #[command(flatten)]
    server: ServerOptions,
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
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
struct AddKeyArgs {
    /// The dialect of the key [default: the only one with API keys]
    #[arg(long)]
    dialect: Option<String>,
    /// The account of the key; with --app, an account that installed the app,
    /// repeatable
    #[arg(long, value_name = "biz_…", required_unless_present = "app")]
    account: Vec<String>,
    /// The app of the key
    #[arg(long, value_name = "app_…")]
    app: Option<String>,
    /// The tenant of the key [default: the default tenant]
    #[arg(long, value_name = "UUID")]
    tenant: Option<TenantId>,
    /// A scope of the key; repeatable [default: user:profile:update]
    #[arg(long)]
    scope: Vec<String>,
    /// The API version of requests without a version header
    #[arg(long, value_name = "DATE")]
    api_version: Option<String>,
}

pub(crate) async fn run(config: Config, args: KeyArgs) -> Result<(), Failure> {
    let KeyArgs { server, command } = args;
    let client = AdminClient::open(&config, &server).await?;
    match command {
        KeyCommand::Add(args) => add(&client, args).await,
        KeyCommand::List => client.print_all(&["keys"], Vec::new()).await,
        KeyCommand::Revoke { id } => {
            client
                .call(Method::DELETE, &["keys", &id], None::<&Value>)
                .await?;
            say(&format!("manyface: {id} is revoked"));
            Ok(())
        }
    }
}

/// Adds a key and prints it. Only a digest of it is stored.
async fn add(client: &AdminClient, args: AddKeyArgs) -> Result<(), Failure> {
    let AddKeyArgs {
        dialect,
        account: accounts,
        app,
        tenant,
        scope: scopes,
        api_version,
    } = args;
    let scopes = Some(scopes).filter(|scopes| !scopes.is_empty());
    let body = json!({
        "dialect": dialect,
        "accounts": accounts,
        "app": app,
        "tenant_id": tenant,
        "scopes": scopes,
        "api_version": api_version,
    });
    let added = client.call(Method::POST, &["keys"], Some(&body)).await?;
    let added: AddedKey =
        serde_json::from_str(&added).map_err(|e| Failure::could_not("read the response", e))?;
    let (id, accounts) = (added.id, added.accounts.join(", "));
    let holder = match added.app {
        Some(app) if accounts.is_empty() => app,
        Some(app) => format!("{app} in {accounts}"),
        None => accounts,
    };
    say(&format!(
        "manyface: {id}, a key of {holder}; it cannot be printed again"
    ));
    line(&added.key)
}

#[derive(serde::Deserialize)]
struct AddedKey {
    id: String,
    app: Option<String>,
    accounts: Vec<String>,
    key: String,
}
