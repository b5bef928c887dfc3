//! `manyface changes …`

use clap::{Args, Subcommand};
use http::Method;
use serde_json::json;

use super::{output::line, user::explained};
use crate::{
    Config, Failure,
    admin::{AdminClient, ServerOptions},
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
        /// Wait for new changes of all users, and print them
        #[arg(long, conflicts_with = "user")]
        follow: bool,
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

pub(crate) async fn run(config: Config, args: ChangesArgs) -> Result<(), Failure> {
    let ChangesArgs { server, command } = args;
    let client = AdminClient::open(&config, &server).await?;
    match command {
        ChangesCommand::List {
            after,
            limit,
            follow: true,
            ..
        } => {
            let start = ("after", after.map(|seq| seq.to_string()));
            client.follow_list(&["changes"], start, limit).await
        }
        ChangesCommand::List {
            user, after, limit, ..
        } => {
            let user = user.as_deref();
            let path = match user {
                Some(user) => vec!["users", user, "changes"],
                None => vec!["changes"],
            };
            let start = ("after", after.map(|seq| seq.to_string()));
            let listed = client.print_list(&path, Vec::new(), start, limit).await;
            listed.map_err(|failure| explained(failure, user.unwrap_or_default()))
        }
        ChangesCommand::Undo { seq, field, force } => {
            let body = json!({ "field": field, "force": force });
            let path = ["changes", &seq.to_string(), "undo"];
            line(&client.call(Method::POST, &path, Some(&body)).await?)
        }
        ChangesCommand::Provenance { user } => {
            let path = ["users", &user, "provenance"];
            let printed = client.print_all(&path, Vec::new()).await;
            printed.map_err(|failure| explained(failure, &user))
        }
    }
}
