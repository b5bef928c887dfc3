//! What each command does.

mod catalogue;
mod check;
mod conform;
mod healthcheck;
mod key;
mod media;
mod migrate;
mod openapi;
mod output;
mod policy;
mod serve;
mod tenant;
mod token;
mod user;

use std::{ffi::OsString, path::PathBuf};

use crate::{
    Cli, Environment, Failure, Known, Layers,
    cli::{Command, Settings},
    logging,
};

/// Does what the command line asks, with the dialects that are `known`. Data goes to standard
/// output, words for people to standard error.
///
/// An empty variable counts as unset.
pub async fn run(cli: Cli, mut environment: Environment, known: Known) -> Result<(), Failure> {
    environment.retain(|(_, value)| !value.is_empty());
    let Cli { settings, command } = cli;
    let command = match command {
        // About any server, and about no configuration of this one.
        Some(Command::Conform(args)) => return conform::run(&environment, known, *args).await,
        other => other.unwrap_or(Command::Serve),
    };
    let Settings {
        config,
        listen,
        database_url,
        data_dir,
    } = settings;
    let data_dir = data_dir
        .map(PathBuf::into_os_string)
        .map(OsString::into_string);
    let data_dir = data_dir
        .transpose()
        .map_err(|_| Failure::Usage("--data-dir: not in UTF-8".to_owned()))?;
    let flags = [
        listen.map(|value| ("listen", "--listen", value)),
        database_url.map(|value| ("database_url", "--database-url", value)),
        data_dir.map(|value| ("data_dir", "--data-dir", value)),
    ];
    let flags = flags.into_iter().flatten().collect();
    let layers = Layers::read(config, &environment, flags);
    let layers = layers.map_err(|e| Failure::Usage(e.to_string()))?;
    let mut config = layers.config().map_err(|e| Failure::Usage(e.to_string()))?;
    config.known = known;
    logging::start(&config)?;
    match command {
        Command::Serve => serve::run(config).await,
        Command::Migrate => migrate::run(config).await,
        Command::User(command) => user::run(config, command).await,
        Command::Tenant(command) => tenant::run(config, command).await,
        Command::Policy(command) => policy::run(config, command).await,
        Command::Media(command) => media::run(config, command).await,
        Command::Key(command) => key::run(config, command).await,
        Command::Catalogue(command) => catalogue::run(config, command).await,
        Command::Token(args) => token::run(config, args).await,
        Command::Conform(args) => conform::run(&environment, known, *args).await,
        Command::Openapi(args) => openapi::run(config.known, &args),
        Command::Check => check::run(config, &layers).await,
        Command::Healthcheck { url } => healthcheck::run(&config, url).await,
    }
}
