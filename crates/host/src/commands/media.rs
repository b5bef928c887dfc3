//! `manyface media`

use clap::Subcommand;
use manyface_core::chain;

use super::output::{line, say};
use crate::{
    Config, Failure,
    database::{ready_store, require_deployment},
    media::Media,
};

#[derive(Debug, Subcommand)]
pub(crate) enum MediaCommand {
    /// Remove images that no profile uses, and print their number
    Gc {
        /// Also import stored images that the database does not know, for example after a restore
        /// of only one of the two
        #[arg(long)]
        adopt: bool,
    },
}

pub(crate) async fn run(config: Config, command: MediaCommand) -> Result<(), Failure> {
    let MediaCommand::Gc { adopt } = command;
    require_deployment(&config)?;
    let store = ready_store(&config).await?;
    let media = Media::open(&config, &store)?;
    let collector = media.collector();
    let failed = |e: manyface_core::Error| Failure::could_not("remove unused images", chain(&e));
    if adopt {
        let found = collector.import().await.map_err(failed)?;
        say(&format!("manyface: {found} images in storage"));
    }
    let removed = collector.collect().await.map_err(failed)?;
    line(&removed.to_string())?;
    say(&format!("manyface: removed {removed} unused images"));
    let resumes = media.collect_files().await.map_err(failed)?;
    say(&format!("manyface: removed {resumes} unused résumés"));
    Ok(())
}
