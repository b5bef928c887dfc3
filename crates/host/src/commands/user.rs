//! `manyface user …`

mod add;
mod set;

use clap::{Args, Subcommand};
use http::Method;
use manyface_core::{AdminRepository, Profile, TenantId, Timestamp};
use serde_json::{Value, json};

use self::{add::AddArgs, set::SetArgs};
use super::output::{line, say};
use crate::{
    Config, Failure,
    admin::{AdminClient, ServerOptions, references},
};

#[derive(Debug, Args)]
pub(crate) struct UserArgs {
    #[command(flatten)]
    server: ServerOptions,
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Add a user, and print the profile as JSON
    Add(Box<AddArgs>),
    /// Print a user as JSON, with identities, operator data and overrides
    Show(UserName),
    /// Print what each dialect returns for a user, as JSON
    Views(UserName),
    /// Print users as JSON, one per line
    List(ListArgs),
    /// Set fields, including those that an identity provider owns
    Set(SetArgs),
    /// Change the user name
    Rename {
        #[command(flatten)]
        who: UserName,
        /// The new user name
        username: String,
    },
    /// Suspend a user; all credentials of the user are rejected
    Suspend(UserName),
    /// Resume a suspended user
    Resume(UserName),
    /// Move a user to another tenant, without the overrides of accounts
    Move {
        #[command(flatten)]
        who: UserName,
        /// The new tenant
        #[arg(long, value_name = "UUID")]
        tenant: TenantId,
    },
    /// Add, remove and list the identities of a user
    #[command(subcommand)]
    Identity(IdentityCommand),
    /// Print or set a user's operator data
    OperatorData {
        #[command(flatten)]
        who: UserName,
        /// The dialect
        #[arg(long)]
        dialect: String,
        /// The data as JSON, in the dialect's documented form
        #[arg(conflicts_with = "clear")]
        operator_data: Option<String>,
        /// Remove the data
        #[arg(long)]
        clear: bool,
    },
    /// Erase a user with all personal data, and keep a receipt
    Remove(UserName),
    /// Print the receipts of erasures as JSON, one per line, the oldest first
    Erasures {
        /// Only users who were in this tenant
        #[arg(long, value_name = "UUID")]
        tenant: Option<TenantId>,
        /// Maximum number [default: all]
        #[arg(long)]
        limit: Option<u64>,
    },
}

#[derive(Debug, Subcommand)]
enum IdentityCommand {
    /// Add an identity: the user at an identity provider
    Add(IdentityArgs),
    /// Remove an identity
    Remove(IdentityArgs),
    /// Print the identities as JSON, one per line
    List(UserName),
}

#[derive(Debug, Args)]
struct IdentityArgs {
    #[command(flatten)]
    who: UserName,
    /// The provider and the user at it
    #[arg(value_name = "ISSUER#SUBJECT", value_parser = identity)]
    identity: (String, String),
}

#[derive(Debug, Args)]
struct UserName {
    /// A user name, a canonical UUID, or DIALECT:ID
    user: String,
}

#[derive(Debug, Args)]
struct ListArgs {
    /// A prefix of the user name
    #[arg(long, value_name = "PREFIX")]
    username: Option<String>,
    /// A prefix of the email address
    #[arg(long, value_name = "PREFIX")]
    email: Option<String>,
    /// The user with this id in a dialect
    #[arg(long, value_name = "DIALECT:ID")]
    external_id: Option<String>,
    /// The user with this identity
    #[arg(long, value_name = "ISSUER#SUBJECT")]
    identity: Option<String>,
    /// Only users who have changed since this time, in the order of their last changes
    #[arg(long, value_name = "TIME")]
    changed_since: Option<Timestamp>,
    /// Only users of this tenant
    #[arg(long, value_name = "UUID")]
    tenant: Option<TenantId>,
    /// Only active or only suspended users
    #[arg(long, value_parser = ["active", "suspended"])]
    status: Option<String>,
    /// Start after this id
    #[arg(long, value_name = "UUID", conflicts_with_all = ["username", "email", "changed_since"])]
    after: Option<manyface_core::ProfileId>,
    /// Maximum number [default: all]
    #[arg(long)]
    limit: Option<u64>,
}

pub(crate) async fn run(config: Config, args: UserArgs) -> Result<(), Failure> {
    let UserArgs { server, command } = args;
    let client = AdminClient::open(&config, &server).await?;
    let nothing = None::<&Value>;
    match command {
        UserCommand::Add(args) => {
            let body = args.into_body()?;
            line(&client.call(Method::POST, &["users"], Some(&body)).await?)
        }
        UserCommand::Show(UserName { user }) => line(&show(&client, &user).await?),
        UserCommand::Views(UserName { user }) => {
            let path = ["users", &user, "views"];
            line(&change(&client, Method::GET, &path, nothing).await?)
        }
        UserCommand::List(args) => list(&client, args).await,
        UserCommand::Set(args) => {
            let (user, body) = args.into_body()?;
            line(&change(&client, Method::PATCH, &["users", &user], Some(&body)).await?)
        }
        UserCommand::Rename { who, username } => {
            let body = json!({ "username": username });
            line(&change(&client, Method::PATCH, &["users", &who.user], Some(&body)).await?)
        }
        UserCommand::Suspend(UserName { user }) => {
            let path = ["users", &user, "suspend"];
            line(&change(&client, Method::POST, &path, nothing).await?)
        }
        UserCommand::Resume(UserName { user }) => {
            let path = ["users", &user, "resume"];
            line(&change(&client, Method::POST, &path, nothing).await?)
        }
        UserCommand::Move { who, tenant } => {
            let body = json!({ "tenant_id": tenant });
            let path = ["users", &who.user, "move"];
            line(&change(&client, Method::POST, &path, Some(&body)).await?)
        }
        UserCommand::Identity(command) => change_identities(&client, command).await,
        UserCommand::OperatorData {
            who,
            dialect,
            operator_data,
            clear,
        } => set_operator_data(&client, &who.user, &dialect, operator_data, clear).await,
        UserCommand::Remove(UserName { user }) => {
            let shown = show(&client, &user).await?;
            change(&client, Method::DELETE, &["users", &user], nothing).await?;
            let shown: Value = serde_json::from_str(&shown).unwrap_or_default();
            let id = shown["id"].as_str().unwrap_or(&user);
            say(&format!("manyface: removed {id}"));
            Ok(())
        }
        UserCommand::Erasures { tenant, limit } => {
            let conditions = tenant.map(|id| ("tenant".to_owned(), id.to_string()));
            let conditions = conditions.into_iter().collect();
            let start = ("cursor", None);
            client
                .print_list(&["erasures"], conditions, start, limit)
                .await
        }
    }
}

/// Returns the profile of `user`: a user name, a canonical UUID, or `DIALECT:ID`.
pub(super) async fn find(repository: &dyn AdminRepository, user: &str) -> Result<Profile, Failure> {
    for who in references(user) {
        if let Some(profile) = repository.inspect(&who).await? {
            return Ok(profile);
        }
    }
    Err(not_found(user))
}

fn not_found(user: &str) -> Failure {
    Failure::Finding(format!(
        "there is no user {user}; `manyface user list` prints all"
    ))
}

async fn show(client: &AdminClient, user: &str) -> Result<String, Failure> {
    change(client, Method::GET, &["users", user], None::<&Value>).await
}

/// Sends an operation on the user who is the second segment of the path.
async fn change(
    client: &AdminClient,
    method: Method,
    path: &[&str],
    body: Option<&Value>,
) -> Result<String, Failure> {
    let user = path.get(1).copied().unwrap_or_default();
    let sent = client.call(method, path, body).await;
    sent.map_err(|failure| explained(failure, user))
}

/// Names a missing user, and the next step.
pub(super) fn explained(failure: Failure, user: &str) -> Failure {
    let missing = "there is no such user";
    let is_missing = matches!(&failure, Failure::Finding(detail) if detail == missing);
    if is_missing { not_found(user) } else { failure }
}

async fn list(client: &AdminClient, args: ListArgs) -> Result<(), Failure> {
    let ListArgs {
        username,
        email,
        external_id,
        identity,
        changed_since,
        tenant,
        status,
        after,
        limit,
    } = args;
    let conditions = [
        ("username", username),
        ("email", email),
        ("external_id", external_id),
        ("identity", identity),
        ("changed_since", changed_since.map(|at| at.to_string())),
        ("tenant", tenant.map(|id| id.to_string())),
        ("status", status),
    ];
    let conditions = conditions.into_iter();
    let conditions = conditions.filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let start = ("cursor", after.map(|id| id.to_string()));
    let conditions = conditions.collect();
    client
        .print_list(&["users"], conditions, start, limit)
        .await
}

async fn change_identities(client: &AdminClient, command: IdentityCommand) -> Result<(), Failure> {
    let (path, IdentityArgs { who, identity }) = match command {
        IdentityCommand::Add(args) => (&["identities"][..], args),
        IdentityCommand::Remove(args) => (&["identities", "remove"][..], args),
        IdentityCommand::List(UserName { user }) => {
            let shown: Value = serde_json::from_str(&show(client, &user).await?)
                .map_err(|e| Failure::could_not("read the response", e))?;
            let identities = shown["identities"].as_array().cloned().unwrap_or_default();
            return identities.iter().try_for_each(super::output::json);
        }
    };
    let (issuer, subject) = identity;
    let body = json!({ "issuer": issuer, "subject": subject });
    let path: Vec<_> = ["users", &who.user]
        .into_iter()
        .chain(path.iter().copied())
        .collect();
    line(&change(client, Method::POST, &path, Some(&body)).await?)
}

async fn set_operator_data(
    client: &AdminClient,
    user: &str,
    dialect: &str,
    operator_data: Option<String>,
    clear: bool,
) -> Result<(), Failure> {
    let path = ["users", user, "operator-data", dialect];
    let (method, body) = match operator_data {
        Some(text) => (Method::PUT, text.into_bytes()),
        None if clear => (Method::DELETE, Vec::new()),
        None => (Method::GET, Vec::new()),
    };
    let sent = client.send(method, &path, Vec::new(), body).await;
    line(&sent.map_err(|failure| explained(failure, user))?)
}

pub(super) fn identity(text: &str) -> Result<(String, String), String> {
    match text.split_once('#') {
        Some((issuer, subject)) if !issuer.is_empty() && !subject.is_empty() => {
            Ok((issuer.to_owned(), subject.to_owned()))
        }
        Some(_) | None => Err("must be ISSUER#SUBJECT".to_owned()),
    }
}
