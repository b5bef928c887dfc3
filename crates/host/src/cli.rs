//! The command line.
#![expect(clippy::doc_markdown, reason = "help texts are read on a terminal")]

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, Parser, Subcommand};

#[cfg(feature = "conform")]
use crate::commands::conform::{self, ConformArgs};
#[cfg(feature = "policies")]
use crate::commands::policy::{self, PolicyArgs};
use crate::{
    DialectRegistry, Environment, Failure,
    commands::{
        admin::{self, AdminArgs},
        catalogue::{self, CatalogueArgs},
        changes::{self, ChangesArgs},
        check,
        dev::{self, DevArgs},
        export::{self, ExportArgs},
        healthcheck,
        import::{self, ImportArgs},
        key::{self, KeyArgs},
        media::{self, MediaArgs},
        migrate,
        openapi::{self, OpenapiArgs},
        serve,
        tenant::{self, TenantArgs},
        token::{self, TokenArgs},
        usage::{self, UsageArgs},
        user::{self, UserArgs},
        webhook::{self, WebhookArgs},
    },
    config::ConfigSource,
    logging,
};

/// One user profile behind many documented APIs.
#[derive(Debug, Parser)]
#[command(name = "manyface", version)]
pub struct Cli {
    #[command(flatten)]
    pub(crate) settings: Settings,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Settings of every command. Each can also be set in the file or the environment.
#[derive(Debug, Args)]
pub(crate) struct Settings {
    /// The configuration file [env: MANYFACE_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The address to listen on; port 0 means any free port [env: MANYFACE_LISTEN] [default: 127.0.0.1:8460]
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
    /// sqlite:PATH or postgres://…; prefer the environment for a URL with a password
    /// [env: MANYFACE_DATABASE_URL] [default: sqlite: in the data folder]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) database_url: Option<String>,
    /// The data folder [env: MANYFACE_DATA_DIR] [default: manyface-data]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the server (default command)
    Serve,
    /// Start a server for developers of clients, with the users, tenants and keys of a file
    Dev(DevArgs),
    /// Create a deployment, or migrate its database
    Migrate,
    /// Add, search, change, suspend, move and erase users
    User(UserArgs),
    /// Add, show, list, suspend and remove tenants
    Tenant(TenantArgs),
    /// Print which clients use which operations, API versions and fields, as JSON, one per line
    Usage(UsageArgs),
    /// Print changes of users, undo a change, and print the last writer of each field
    Changes(ChangesArgs),
    /// Add, list, test and remove webhooks, and send dead letters again
    Webhook(WebhookArgs),
    /// Manage operator tokens, and print the OpenAPI document of the admin API
    Admin(AdminArgs),
    /// Check policies and explain decisions
    #[cfg(feature = "policies")]
    Policy(PolicyArgs),
    /// Add, list and revoke API keys of accounts and apps (whop)
    Key(KeyArgs),
    /// Manage the catalogue of names that profiles share
    Catalogue(CatalogueArgs),
    /// Print users, or everything that the deployment stores, as JSON, one record per line
    Export(ExportArgs),
    /// Add and update users, or restore an export, from JSON with one record per line
    Import(ImportArgs),
    /// Print a development token, or explain a token
    Token(TokenArgs),
    /// Manage stored images
    Media(MediaArgs),
    /// Replay a dialect's documented exchanges against any server and report differences
    #[cfg(feature = "conform")]
    Conform(Box<ConformArgs>),
    /// Print the OpenAPI document of a dialect
    Openapi(OpenapiArgs),
    /// Check the configuration, keys and database, and print where each setting comes from
    Check,
    /// Check whether a running server is ready
    Healthcheck {
        /// The server's base URL [default: the address to listen on]
        #[arg(long)]
        url: Option<String>,
    },
}

/// Runs the command with the dialects of `dialect_registry`. Data goes to standard output, messages
/// to standard error.
///
/// An empty environment variable counts as unset.
pub async fn run(
    cli: Cli,
    mut environment: Environment,
    dialect_registry: DialectRegistry,
) -> Result<(), Failure> {
    environment.retain(|(_, value)| !value.is_empty());
    let Cli { settings, command } = cli;
    // The command tests another server, so this one's configuration is not read.
    #[cfg(feature = "conform")]
    if let Some(Command::Conform(args)) = command {
        return conform::run(&environment, dialect_registry, *args).await;
    }
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
        .map_err(|_| Failure::Usage("--data-dir: must be UTF-8".to_owned()))?;
    let flags = [
        listen.map(|value| ("listen", "--listen", value)),
        database_url.map(|value| ("database_url", "--database-url", value)),
        data_dir.map(|value| ("data_dir", "--data-dir", value)),
    ];
    let flags = flags.into_iter().flatten().collect();
    let source = ConfigSource {
        file: config,
        environment: environment.clone(),
        flags,
    };
    let layers = source.read();
    let layers = layers.map_err(|e| Failure::Usage(e.to_string()))?;
    let mut config = layers.config().map_err(|e| Failure::Usage(e.to_string()))?;
    config.dialect_registry = dialect_registry;
    let user = ["USER", "LOGNAME"].iter().find_map(|name| {
        let mut variables = environment.iter();
        variables.find(|(known, _)| known == name)
    });
    if let Some((_, user)) = user {
        config.operator_name.clone_from(user);
    }
    let log = logging::start(&config, source)?;
    match command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(config, &layers, log).await,
        Command::Dev(args) => dev::run(config, &layers, log, args).await,
        Command::Migrate => migrate::run(config).await,
        Command::User(args) => user::run(config, args).await,
        Command::Tenant(args) => tenant::run(config, args).await,
        Command::Usage(args) => usage::run(config, args).await,
        Command::Changes(args) => changes::run(config, args).await,
        Command::Webhook(args) => webhook::run(config, args).await,
        Command::Admin(args) => admin::run(config, args).await,
        #[cfg(feature = "policies")]
        Command::Policy(args) => policy::run(config, args).await,
        Command::Media(args) => media::run(config, args).await,
        Command::Key(args) => key::run(config, args).await,
        Command::Catalogue(args) => catalogue::run(config, args).await,
        Command::Export(args) => export::run(config, args).await,
        Command::Import(args) => import::run(config, args).await,
        Command::Token(args) => token::run(config, args).await,
        #[cfg(feature = "conform")]
        Command::Conform(args) => conform::run(&environment, dialect_registry, *args).await,
        Command::Openapi(args) => openapi::run(config.dialect_registry, &args),
        Command::Check => check::run(config, &layers).await,
        Command::Healthcheck { url } => healthcheck::run(&config, url).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
