//! `manyface webhook …`

use std::{
    fs::File,
    io::{Read, stdin},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use http::Method;
use manyface_core::TenantId;
use serde_json::{Value, json};

use super::output::{line, say};
use crate::{
    Config, Failure,
    admin::{AdminClient, ServerOptions},
};

/// The maximum size of a file with a secret, in bytes.
const MAX_SECRET_BYTES: u64 = 1024;

#[derive(Debug, Args)]
pub(crate) struct WebhookArgs {
    #[command(flatten)]
    server: ServerOptions,
    #[command(subcommand)]
    command: WebhookCommand,
}

#[derive(Debug, Subcommand)]
enum WebhookCommand {
    /// Add a webhook and print its new secret; it cannot be printed again
    Add(AddWebhookArgs),
    /// Print all webhooks, without their secrets, as JSON, one per line
    List,
    /// Print a webhook, without its secret, as JSON
    Show {
        /// The id, which `webhook list` shows
        id: String,
    },
    /// Send a test request and report the result
    Test {
        /// The id, which `webhook list` shows
        id: String,
    },
    /// Replace the secret and print the new one; for 24 hours, requests are signed with both
    Rotate {
        /// The id, which `webhook list` shows
        id: String,
        #[command(flatten)]
        secret: SecretArgs,
    },
    /// Print the changes that the webhook did not accept, as JSON, one per line
    DeadLetters {
        /// The id, which `webhook list` shows
        id: String,
    },
    /// Send dead letters again, and make the next attempt now
    Resend {
        /// The id, which `webhook list` shows
        id: String,
        /// Only the dead letter with this seq [default: all]
        #[arg(long)]
        seq: Option<i64>,
    },
    /// Remove a webhook with its dead letters
    Remove {
        /// The id, which `webhook list` shows
        id: String,
    },
}

#[derive(Debug, Args)]
struct AddWebhookArgs {
    /// The destination, https://…
    #[arg(long)]
    url: String,
    /// The form of the payload: canonical, or a dialect [default: canonical]
    #[arg(long, value_name = "DIALECT")]
    payload: Option<String>,
    /// Only changes of this tenant's users
    #[arg(long, value_name = "UUID")]
    tenant: Option<TenantId>,
    /// Begin after the change with this seq; 0 for all in the history [default: new changes]
    #[arg(long, value_name = "SEQ")]
    after: Option<i64>,
    #[command(flatten)]
    secret: SecretArgs,
}

#[derive(Debug, Args)]
struct SecretArgs {
    /// A file with the secret, whsec_…; - for standard input [default: a new random secret]
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

impl SecretArgs {
    fn read(&self) -> Result<Option<String>, Failure> {
        let Some(file) = &self.secret_file else {
            return Ok(None);
        };
        let mut text = String::new();
        let read = if file == Path::new("-") {
            stdin().take(MAX_SECRET_BYTES).read_to_string(&mut text)
        } else {
            let opened = File::open(file);
            opened.and_then(|file| file.take(MAX_SECRET_BYTES).read_to_string(&mut text))
        };
        read.map_err(|e| {
            Failure::Usage(format!(
                "--secret-file: cannot read {}: {e}",
                file.display()
            ))
        })?;
        Ok(Some(text.trim().to_owned()))
    }
}

pub(crate) async fn run(config: Config, args: WebhookArgs) -> Result<(), Failure> {
    let WebhookArgs { server, command } = args;
    let client = AdminClient::open(&config, &server).await?;
    let none = None::<&Value>;
    match command {
        WebhookCommand::Add(args) => add(&client, args).await,
        WebhookCommand::List => client.print_all(&["webhooks"], Vec::new()).await,
        WebhookCommand::Show { id } => {
            line(&client.call(Method::GET, &["webhooks", &id], none).await?)
        }
        WebhookCommand::Test { id } => {
            let path = ["webhooks", &id, "test"];
            let result: TestResult = read(&client.call(Method::POST, &path, none).await?)?;
            if let Some(error) = result.error {
                return Err(Failure::Finding(format!("{id} did not accept it: {error}")));
            }
            say(&format!("manyface: {id} accepted the request"));
            Ok(())
        }
        WebhookCommand::Rotate { id, secret } => {
            let given = secret.read()?;
            let path = ["webhooks", &id, "rotate"];
            let body = json!({ "secret": given });
            let rotated = client.call(Method::POST, &path, Some(&body)).await?;
            print_secret(&rotated, given.as_deref())
        }
        WebhookCommand::DeadLetters { id } => {
            let path = ["webhooks", &id, "dead-letters"];
            let start = ("after", None);
            client.print_list(&path, Vec::new(), start, None).await
        }
        WebhookCommand::Resend { id, seq } => {
            let path = ["webhooks", &id, "dead-letters", "resend"];
            let body = json!({ "seq": seq.map(|seq| seq.to_string()) });
            line(&client.call(Method::POST, &path, Some(&body)).await?)
        }
        WebhookCommand::Remove { id } => {
            client
                .call(Method::DELETE, &["webhooks", &id], none)
                .await?;
            say(&format!("manyface: {id} is removed"));
            Ok(())
        }
    }
}

async fn add(client: &AdminClient, args: AddWebhookArgs) -> Result<(), Failure> {
    let AddWebhookArgs {
        url,
        payload,
        tenant,
        after,
        secret,
    } = args;
    let given = secret.read()?;
    let body = json!({
        "url": url,
        "payload": payload,
        "tenant_id": tenant,
        "after": after.map(|after| after.to_string()),
        "secret": given,
    });
    let added = client.call(Method::POST, &["webhooks"], Some(&body)).await;
    print_secret(&added?, given.as_deref())
}

/// Prints the id of a webhook and its secret, unless the operator has given it.
fn print_secret(response: &str, given: Option<&str>) -> Result<(), Failure> {
    let Added { id, secret } = read(response)?;
    if given.is_some() {
        say(&format!("manyface: {id} has the given secret"));
        return Ok(());
    }
    say(&format!(
        "manyface: {id}; its secret cannot be printed again"
    ));
    line(&secret)
}

#[derive(serde::Deserialize)]
struct Added {
    id: String,
    secret: String,
}

#[derive(serde::Deserialize)]
struct TestResult {
    error: Option<String>,
}

fn read<T: for<'de> serde::Deserialize<'de>>(response: &str) -> Result<T, Failure> {
    serde_json::from_str(response).map_err(|e| Failure::could_not("read the response", e))
}
