//! `manyface catalogue …`

mod load;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use http::Method;
use manyface_core::{CatalogueKind, Json, TenantId};
use serde::Deserialize;
use serde_json::json;

use super::output::{line, say};
use crate::{
    Config, Failure,
    admin::{AdminClient, ServerOptions, catalogue_entry, catalogue_kind},
};

#[derive(Debug, Args)]
pub(crate) struct CatalogueArgs {
    #[command(flatten)]
    server: ServerOptions,
    #[command(subcommand)]
    command: CatalogueCommand,
}

#[derive(Debug, Subcommand)]
enum CatalogueCommand {
    /// Add names to a list and print their entries as JSON, one per line
    Add {
        /// The list: skill, investment_interest, technical_interest or tag
        #[arg(long, value_parser = catalogue_kind)]
        kind: CatalogueKind,
        /// Its description
        #[arg(long)]
        description: Option<String>,
        /// The tenant the names belong to [default: shared by all tenants]
        #[arg(long)]
        tenant: Option<TenantId>,
        /// The names
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Print entries as JSON, one per line, ordered by id
    List {
        /// The list [default: all]
        #[arg(long, value_parser = catalogue_kind)]
        kind: Option<CatalogueKind>,
        /// Only the entries of this tenant, without the shared ones
        #[arg(long, conflicts_with = "shared")]
        tenant: Option<TenantId>,
        /// Only the entries that all tenants share
        #[arg(long)]
        shared: bool,
    },
    /// Rename an entry
    Rename {
        /// Its id
        id: i32,
        /// The new name
        name: String,
    },
    /// Merge an entry into another of the same tenant, or into a shared one: profiles that refer to
    /// the first show the second
    Merge {
        /// The id of the entry to remove
        from: i32,
        /// The id of the entry to keep
        into: i32,
    },
    /// Add the names in a file, one per line, each optionally with a tab and a description
    Load {
        /// The list
        #[arg(long, value_parser = catalogue_kind)]
        kind: CatalogueKind,
        /// The tenant the names belong to [default: shared by all tenants]
        #[arg(long)]
        tenant: Option<TenantId>,
        /// The file, in UTF-8; - is standard input
        file: PathBuf,
    },
}

/// The entries of added names.
#[derive(Deserialize)]
struct Added {
    items: Vec<Json>,
    added: u64,
}

pub(crate) async fn run(config: Config, args: CatalogueArgs) -> Result<(), Failure> {
    let CatalogueArgs { server, command } = args;
    let client = AdminClient::open(&config, &server).await?;
    match command {
        CatalogueCommand::Add {
            kind,
            description,
            tenant,
            names,
        } => {
            let names = names.into_iter().map(|name| (name, description.clone()));
            let names: Vec<_> = names.collect();
            for (name, description) in &names {
                let parsed = catalogue_entry(name, description.as_deref());
                parsed.map_err(Failure::Finding)?;
            }
            for batch in names.chunks(load::BATCH_SIZE) {
                let Added { items, .. } = add(&client, tenant, kind, batch).await?;
                items.iter().try_for_each(|entry| line(entry.as_str()))?;
            }
            Ok(())
        }
        CatalogueCommand::List {
            kind,
            tenant,
            shared,
        } => {
            let conditions = [
                ("kind", kind.map(|kind| kind.as_str().to_owned())),
                ("tenant", tenant.map(|id| id.to_string())),
                ("shared", shared.then(|| "true".to_owned())),
            ];
            let conditions = conditions.into_iter();
            let conditions = conditions.filter_map(|(name, value)| Some((name.to_owned(), value?)));
            let (conditions, start) = (conditions.collect(), ("cursor", None));
            client
                .print_list(&["catalogue"], conditions, start, None)
                .await
        }
        CatalogueCommand::Rename { id, name } => {
            let path = ["catalogue", &id.to_string()];
            let body = json!({ "name": name });
            client.call(Method::PATCH, &path, Some(&body)).await?;
            say(&format!("manyface: {id} is {name} now"));
            Ok(())
        }
        CatalogueCommand::Merge { from, into } => {
            let path = ["catalogue", &from.to_string(), "merge"];
            let body = json!({ "into": into });
            client.call(Method::POST, &path, Some(&body)).await?;
            say(&format!("manyface: {from} is {into} now"));
            Ok(())
        }
        CatalogueCommand::Load { kind, tenant, file } => {
            load::run(&client, tenant, kind, &file).await
        }
    }
}

/// Adds names with descriptions.
async fn add(
    client: &AdminClient,
    tenant: Option<TenantId>,
    kind: CatalogueKind,
    names: &[(String, Option<String>)],
) -> Result<Added, Failure> {
    let entries = names.iter();
    let entries =
        entries.map(|(name, description)| json!({ "name": name, "description": description }));
    let entries: Vec<_> = entries.collect();
    let body = json!({ "kind": kind.as_str(), "tenant_id": tenant, "entries": entries });
    let added = client
        .call(Method::POST, &["catalogue"], Some(&body))
        .await?;
    serde_json::from_str(&added).map_err(|e| Failure::could_not("read the response", e))
}
