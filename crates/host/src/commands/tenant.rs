//! `manyface tenant …`

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
pub(crate) struct TenantArgs {
    #[command(flatten)]
    server: ServerOptions,
    #[command(subcommand)]
    command: TenantCommand,
}

#[derive(Debug, Subcommand)]
enum TenantCommand {
    /// Add a tenant, and print it as JSON
    Add {
        /// Its name
        #[arg(long)]
        name: String,
        /// Its id [default: a new one]
        #[arg(long, value_name = "UUID")]
        id: Option<TenantId>,
    },
    /// Print a tenant as JSON, with its number of users
    Show(TenantRef),
    /// Print tenants as JSON, one per line, ordered by id
    List,
    /// Suspend a tenant; its users' tokens are rejected
    Suspend(TenantRef),
    /// Resume a suspended tenant
    Resume(TenantRef),
    /// Remove a tenant that has no users
    Remove(TenantRef),
}

#[derive(Debug, Args)]
struct TenantRef {
    /// The tenant
    #[arg(value_name = "UUID")]
    id: TenantId,
}

pub(crate) async fn run(config: Config, args: TenantArgs) -> Result<(), Failure> {
    let TenantArgs { server, command } = args;
    let client = AdminClient::open(&config, &server).await?;
    let nothing = None::<&Value>;
    let (method, id, verb) = match command {
        TenantCommand::Add { name, id } => {
            let body = json!({ "name": name, "id": id });
            return line(&client.call(Method::POST, &["tenants"], Some(&body)).await?);
        }
        TenantCommand::List => {
            let start = ("cursor", None);
            return client
                .print_list(&["tenants"], Vec::new(), start, None)
                .await;
        }
        TenantCommand::Show(TenantRef { id }) => (Method::GET, id, None),
        TenantCommand::Suspend(TenantRef { id }) => (Method::POST, id, Some("suspend")),
        TenantCommand::Resume(TenantRef { id }) => (Method::POST, id, Some("resume")),
        TenantCommand::Remove(TenantRef { id }) => (Method::DELETE, id, None),
    };
    let text = id.to_string();
    let path: Vec<_> = ["tenants", &text].into_iter().chain(verb).collect();
    let shown = client.call(method, &path, nothing).await?;
    if shown.is_empty() {
        say(&format!("manyface: removed tenant {id}"));
        return Ok(());
    }
    line(&shown)
}
