//! `manyface export`

use std::io::{self, BufWriter, Write};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use manyface_core::{Export, export_user};

use super::{output::failed, user::find};
use crate::{Config, Failure, database::ready_store};

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// A user name, a canonical UUID, or DIALECT:ID
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    user: Option<String>,
    /// Export everything: tenants, the catalogue, users, API keys and histories
    #[arg(long)]
    all: bool,
}

/// Prints the records on standard output.
pub(crate) async fn run(config: Config, args: ExportArgs) -> Result<(), Failure> {
    let store = ready_store(&config).await?;
    let bulk = store.bulk();
    let mut output = BufWriter::new(io::stdout());
    if let Some(user) = args.user {
        let repository = store.repository();
        let profile = find(&*repository, &user).await?;
        let catalogue = store.catalogue();
        let records = export_user(&*bulk, &*repository, &*catalogue, profile.id);
        for record in records.await?.unwrap_or_default() {
            writeln!(output, "{}", record.to_line()).map_err(failed)?;
        }
        return output.flush().map_err(failed);
    }
    // Hidden if standard error is no terminal.
    let bar = ProgressBar::new_spinner();
    let style = ProgressStyle::with_template("{spinner} {pos} records, {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    let mut export = Export::new(&*bulk);
    while let Some(lines) = export.next().await? {
        for line in &lines {
            writeln!(output, "{line}").map_err(failed)?;
        }
        bar.inc(lines.len() as u64);
    }
    bar.finish_and_clear();
    output.flush().map_err(failed)
}
