//! `manyface export`

use std::io::{self, BufWriter, Write};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use manyface_core::{Export, ExportedFiles, Profile, export_user};

use super::{output::failed, user::find};
use crate::{
    Config, Failure, database::ready_store, dialect_registry::files_of as stored_files_of,
    media::Media,
};

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
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
    let store = ready_store(&config).await?;
    let bulk = store.bulk();
    let stored = if args.without_files {
        None
    } else {
        Some(Media::open(&config, &store)?.stored_files())
    };
    let dialects = config.dialect_registry.dialects();
    let files_of = |profile: &Profile| stored_files_of(profile, &dialects);
    let files = stored.as_deref().map(|storage| ExportedFiles {
        storage,
        files_of: &files_of,
    });
    let mut output = BufWriter::new(io::stdout());
    if let Some(user) = args.user {
        let repository = store.repository();
        let profile = find(&*repository, &user).await?;
        let catalogue = store.catalogue();
        let records = export_user(&*bulk, &*repository, &*catalogue, files, profile.id);
        for record in records.await?.unwrap_or_default() {
            writeln!(output, "{}", record.to_line()).map_err(failed)?;
        }
        return output.flush().map_err(failed);
    }
    // Hidden if standard error is no terminal.
    let bar = ProgressBar::new_spinner();
    let style = ProgressStyle::with_template("{spinner} {pos} records, {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    let mut export = Export::new(&*bulk, files);
    while let Some(lines) = export.next().await? {
        for line in &lines {
            writeln!(output, "{line}").map_err(failed)?;
        }
        bar.inc(lines.len() as u64);
    }
    bar.finish_and_clear();
    output.flush().map_err(failed)
}
