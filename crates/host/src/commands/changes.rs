//! `manyface changes …`

use clap::{Args, Subcommand};
use http::Method;
use manyface_core::Json;
use serde_json::json;

use super::{output::line, user::explained};
use crate::{
    Config, Failure,
    admin::{AdminClient, MAX_PAGE_SIZE, ServerOptions},
};

#[derive(Debug, Args)]
pub(crate) struct ChangesArgs {
    #[command(flatten)]
    server: ServerOptions,
    #[command(subcommand)]
    command: ChangesCommand,
}

#[derive(Debug, Subcommand)]
enum ChangesCommand {
    /// Print the changes of a user, or of all users, as JSON, one per line, the oldest first
    List {
        /// A user name, a canonical UUID, or DIALECT:ID [default: all users]
        user: Option<String>,
        /// Start after the change with this seq
        #[arg(long, value_name = "SEQ")]
        after: Option<i64>,
        /// Maximum number [default: all]
        #[arg(long)]
        limit: Option<u64>,
    },
    /// Undo a change, as a new change, and print the profile as JSON
    Undo {
        /// The seq of the change, which `changes list` prints
        seq: i64,
        /// Undo only this field of the change
        #[arg(long)]
        field: Option<String>,
        /// Overwrite later changes of the same fields
        #[arg(long)]
        force: bool,
    },
    /// Print the last writer of each field of a user as JSON, one per line
    Provenance {
        /// A user name, a canonical UUID, or DIALECT:ID
        user: String,
    },
}

/// A page of objects, whose text is printed unchanged.
#[derive(serde::Deserialize)]
struct JsonPage {
    items: Vec<Json>,
    next: Option<String>,
}

pub(crate) async fn run(config: Config, args: ChangesArgs) -> Result<(), Failure> {
    let ChangesArgs { server, command } = args;
    let client = AdminClient::open(&config, &server).await?;
    match command {
        ChangesCommand::List { user, after, limit } => {
            let user = user.as_deref();
            let listed = list(&client, user, after, limit).await;
            listed.map_err(|failure| explained(failure, user.unwrap_or_default()))
        }
        ChangesCommand::Undo { seq, field, force } => {
            let body = json!({ "field": field, "force": force });
            let path = ["changes", &seq.to_string(), "undo"];
            line(&client.call(Method::POST, &path, Some(&body)).await?)
        }
        ChangesCommand::Provenance { user } => {
            let path = ["users", &user, "provenance"];
            let page: Result<JsonPage, Failure> = client.get(&path, Vec::new()).await;
            let page = page.map_err(|failure| explained(failure, &user))?;
            page.items.iter().try_for_each(|item| line(item.as_str()))
        }
    }
}

async fn list(
    client: &AdminClient,
    user: Option<&str>,
    after: Option<i64>,
    limit: Option<u64>,
) -> Result<(), Failure> {
    let path = match user {
        Some(user) => vec!["users", user, "changes"],
        None => vec!["changes"],
    };
    let mut after = after.map(|seq| seq.to_string());
    let mut left = limit.unwrap_or(u64::MAX);
    while left > 0 {
        let size = left.min(MAX_PAGE_SIZE.into()).to_string();
        let mut query = vec![("limit".to_owned(), size)];
        query.extend(after.map(|seq| ("after".to_owned(), seq)));
        let page: JsonPage = client.get(&path, query).await?;
        for change in &page.items {
            line(change.as_str())?;
            left -= 1;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(())
}
