//! `manyface admin …`

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
pub(crate) struct AdminArgs {
    #[command(flatten)]
    server: ServerOptions,
    #[command(subcommand)]
    command: AdminCommand,
}

#[derive(Debug, Subcommand)]
enum AdminCommand {
    /// Manage the tokens of operators, for the admin API and --server
    #[command(subcommand)]
    Token(TokenCommand),
    /// Print the OpenAPI document of the admin API
    Openapi,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Add a token and print it; it cannot be printed again
    Add {
        /// The operator, for the history
        #[arg(long, default_value = "operator")]
        name: String,
        /// The permitted operations
        #[arg(long, value_parser = ["read", "write"])]
        role: String,
        /// The only tenant that the token grants access to
        #[arg(long, value_name = "UUID")]
        tenant: Option<TenantId>,
    },
    /// Print all tokens, without their secrets, as JSON, one per line
    List,
    /// Revoke a token permanently
    Revoke {
        /// The token's id, which `admin token list` shows
        id: String,
    },
}

pub(crate) async fn run(config: Config, args: AdminArgs) -> Result<(), Failure> {
    let AdminArgs { server, command } = args;
    let command = match command {
        AdminCommand::Token(command) => command,
        AdminCommand::Openapi => {
            let text = serde_json::to_string_pretty(&crate::admin::document());
            return line(&text.map_err(|e| Failure::could_not("write JSON", e))?);
        }
    };
    let client = AdminClient::open(&config, &server).await?;
    match command {
        TokenCommand::Add { name, role, tenant } => {
            let body = json!({ "name": name, "role": role, "tenant_id": tenant });
            let added = client.call(Method::POST, &["tokens"], Some(&body)).await?;
            let added: AddedToken = serde_json::from_str(&added)
                .map_err(|e| Failure::could_not("read the response", e))?;
            let id = added.id;
            say(&format!(
                "manyface: {id}, a token of {name}; it cannot be printed again"
            ));
            line(&added.token)
        }
        TokenCommand::List => client.print_all(&["tokens"], Vec::new()).await,
        TokenCommand::Revoke { id } => {
            client
                .call(Method::DELETE, &["tokens", &id], None::<&Value>)
                .await?;
            say(&format!("manyface: {id} is revoked"));
            Ok(())
        }
    }
}

#[derive(serde::Deserialize)]
struct AddedToken {
    id: String,
    token: String,
}
