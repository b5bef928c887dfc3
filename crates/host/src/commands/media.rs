//! `manyface media`

use clap::{Args, Subcommand};
use serde_json::json;

use super::output::{line, say};
use crate::{
    Config, Failure,
    admin::{AdminClient, CollectedMedia, ServerOptions},
    database::require_deployment,
};

#[derive(Debug, Args)]
pub(crate) struct MediaArgs {
    #[command(flatten)]
    server: ServerOptions,
    #[command(subcommand)]
    command: MediaCommand,
}

#[derive(Debug, Subcommand)]
enum MediaCommand {
    /// Remove images that no profile uses, and print their number
    Gc {
        /// Also import stored images that the database does not know, for example after a restore
        /// of only one of the two
        #[arg(long)]
        adopt: bool,
    },
}

pub(crate) async fn run(config: Config, args: MediaArgs) -> Result<(), Failure> {
    let MediaArgs {
        server,
        command: MediaCommand::Gc { adopt },
    } = args;
    if !server.is_remote() {
        require_deployment(&config)?;
    }
    let client = AdminClient::open(&config, &server).await?;
    let body = json!({ "adopt": adopt });
    let collected = client.call_slowly(&["media", "collect"], &body).await?;
    let collected: CollectedMedia =
        serde_json::from_str(&collected).map_err(|e| Failure::could_not("read the response", e))?;
    if let Some(found) = collected.stored_images {
        say(&format!("manyface: {found} images in storage"));
    }
    let removed = collected.removed_images;
    line(&removed.to_string())?;
    say(&format!("manyface: removed {removed} unused images"));
    let files = collected.removed_files;
    say(&format!("manyface: removed {files} unused résumés"));
    Ok(())
}
