//! `manyface export`

use std::io::{self, Write};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::{output::failed, user::explained};
use crate::{
    Config, Failure,
    admin::{AdminClient, ServerOptions},
};

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    server: ServerOptions,
    /// A user name, a canonical UUID, or DIALECT:ID
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    user: Option<String>,
    /// Export everything: tenants, the catalogue, users, API keys, histories, images and files
    #[arg(long)]
    all: bool,
    /// Leave out images and files; a deployment that imports the export must have them
    #[arg(long)]
    without_files: bool,
}

/// Prints the records on standard output.
pub(crate) async fn run(config: Config, args: ExportArgs) -> Result<(), Failure> {
    let ExportArgs {
        server,
        user,
        all: _,
        without_files,
    } = args;
    let client = AdminClient::open(&config, &server).await?;
    let user = user.as_deref();
    let path = match user {
        Some(user) => vec!["users", user, "export"],
        None => vec!["export"],
    };
    let query = vec![("without_files".to_owned(), without_files.to_string())];
    // Hidden if standard error is no terminal.
    let bar = ProgressBar::new_spinner();
    let style = ProgressStyle::with_template("{spinner} {pos} records, {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    let progress = bar.clone();
    let write = move |part: &[u8]| {
        let records = part.split(|byte| *byte == b'\n').count() - 1;
        progress.inc(records as u64);
        io::stdout().write_all(part).map_err(failed)
    };
    let received = client.receive(&path, query, write).await;
    received.map_err(|failure| explained(failure, user.unwrap_or_default()))?;
    bar.finish_and_clear();
    io::stdout().flush().map_err(failed)
}
