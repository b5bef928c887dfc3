//! The command line.
#![expect(clippy::doc_markdown, reason = "these texts are read on a terminal")]

mod catalogue;
mod conform;
mod key;
mod openapi;
mod policy;
mod tenant;
mod token;

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand};
use jiff::{Timestamp, tz::TimeZone};
use manyface_core::{AuthProvider, Date, TenantId};

pub(crate) use self::{
    catalogue::CatalogueCommand,
    conform::{ConformArgs, Credentials, Demanded, Secret},
    key::{AddKeyArgs, KeyCommand},
    openapi::OpenapiArgs,
    policy::{Asked, ExplainArgs, PolicyCommand},
    tenant::TenantCommand,
    token::{InspectArgs, MintArgs, TokenArgs, TokenCommand},
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

/// Settings that every command takes; each is also in the file and the environment.
#[derive(Debug, Args)]
pub(crate) struct Settings {
    /// The configuration file [env: MANYFACE_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The address to listen on; port 0 takes a free one [env: MANYFACE_LISTEN] [default: 127.0.0.1:8460]
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
    /// sqlite:PATH or postgres://…; prefer the environment for a URL with a password
    /// [env: MANYFACE_DATABASE_URL] [default: sqlite: in the data folder]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) database_url: Option<String>,
    /// The folder for what is kept beside a database server [env: MANYFACE_DATA_DIR] [default: manyface-data]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve all dialects (what no command does, too)
    Serve,
    /// Create a deployment, or update its database
    Migrate,
    /// Add, show, list and remove users, and state facts about them
    #[command(subcommand)]
    User(UserCommand),
    /// Add, show, list, suspend and remove tenants
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Check policies, and explain what they decide
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Add, list and revoke the API keys of accounts' programs (whop)
    #[command(subcommand)]
    Key(KeyCommand),
    /// Add, list, rename and merge the names that profiles share
    #[command(subcommand)]
    Catalogue(CatalogueCommand),
    /// Print a token of the development issuer, or explain a token
    Token(TokenArgs),
    /// Tend the pictures
    #[command(subcommand)]
    Media(MediaCommand),
    /// Replay a dialect's documented exchanges against a server, manyface or not, and report
    Conform(Box<ConformArgs>),
    /// Print the OpenAPI document of a dialect
    Openapi(OpenapiArgs),
    /// Check the configuration, the keys and the database, and say where each setting comes from
    Check,
    /// Ask a running server whether it is ready
    Healthcheck {
        /// The server's base URL [default: the address to listen on]
        #[arg(long)]
        url: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum MediaCommand {
    /// Remove pictures that no profile uses, and print how many there were
    Gc {
        /// First find the pictures in storage that the database does not know of, as after one of
        /// the two was restored from a backup
        #[arg(long)]
        adopt: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Add a user, and print the profile as JSON
    Add(Box<AddArgs>),
    /// Print a profile as JSON
    Show(Who),
    /// Print profiles as JSON, one a line, in the order of their ids
    List {
        /// The id after which to begin
        #[arg(long, value_name = "UUID")]
        after: Option<manyface_core::ProfileId>,
        /// How many at most [default: all]
        #[arg(long)]
        limit: Option<u64>,
        /// Only those of this tenant
        #[arg(long, value_name = "UUID")]
        tenant: Option<TenantId>,
    },
    /// Print what a dialect shows about a user, or state it
    Facts {
        #[command(flatten)]
        who: Who,
        /// The dialect
        #[arg(long)]
        dialect: String,
        /// The facts as JSON, in the dialect's documented form
        #[arg(conflicts_with = "clear")]
        facts: Option<String>,
        /// Take the facts away
        #[arg(long)]
        clear: bool,
    },
    /// Remove a user with everything that names them
    Remove(Who),
}

#[derive(Debug, Args)]
pub(crate) struct Who {
    /// A user name, a canonical UUID, or DIALECT:ID
    pub(crate) user: String,
}

#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// The unique name
    #[arg(long)]
    pub(crate) username: String,
    /// The email address
    #[arg(long)]
    pub(crate) email: String,
    /// The name to be shown by
    #[arg(long)]
    pub(crate) display_name: Option<String>,
    /// The whole name
    #[arg(long)]
    pub(crate) full_name: Option<String>,
    /// The given name
    #[arg(long)]
    pub(crate) given_name: Option<String>,
    /// The family name
    #[arg(long)]
    pub(crate) family_name: Option<String>,
    /// The date of birth
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub(crate) date_of_birth: Option<Date>,
    /// The tenant [default: the deployment's]
    #[arg(long, value_name = "UUID")]
    pub(crate) tenant: Option<TenantId>,
    /// Who vouches for the user: local, oidc or saml
    #[arg(long, default_value = "local", value_parser = auth_provider)]
    pub(crate) auth_provider: AuthProvider,
    /// An id that the user brings along: DIALECT=ID; otherwise one is made
    #[arg(long, value_name = "DIALECT=ID", value_parser = pair::<'='>)]
    pub(crate) external_id: Vec<(String, String)>,
    /// What an identity provider calls the user: ISSUER#SUBJECT
    #[arg(long, value_name = "ISSUER#SUBJECT", value_parser = pair::<'#'>)]
    pub(crate) identity: Vec<(String, String)>,
    /// When the user was made, for one who is brought along [default: now]
    #[arg(long, value_name = "RFC 3339", value_parser = created_at)]
    pub(crate) created_at: Option<Timestamp>,
}

fn auth_provider(text: &str) -> Result<AuthProvider, String> {
    AuthProvider::parse(text).ok_or_else(|| "must be local, oidc or saml".to_owned())
}

/// Reads a time that every dialect can show.
fn created_at(text: &str) -> Result<Timestamp, String> {
    let at = text.parse::<Timestamp>().ok();
    let at = at.filter(|at| (1..=9999).contains(&at.to_zoned(TimeZone::UTC).year()));
    at.ok_or_else(|| "must be a time from year 1 to 9999, such as 2026-06-25T10:30:00Z".to_owned())
}

fn date(text: &str) -> Result<Date, String> {
    let form = "must be a date, such as 1999-05-20";
    text.parse().map_err(|_| form.to_owned())
}

fn pair<const SEPARATOR: char>(text: &str) -> Result<(String, String), String> {
    match text.split_once(SEPARATOR) {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => {
            Ok((name.to_owned(), value.to_owned()))
        }
        Some(_) | None => Err(format!("must be two texts with a {SEPARATOR} between them")),
    }
}

/// Reads a duration of at most ten years: what is longer does not fit into every clock.
fn duration(text: &str) -> Result<Duration, String> {
    const FORM: &str = "must be a number and one of s, m, h, d, at most 3650d: 90s, 30m, 12h, 7d";
    const LONGEST: u64 = 3_650 * 24 * 60 * 60;
    let unit = text.chars().last().ok_or(FORM)?;
    let seconds: u64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return Err(FORM.to_owned()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| FORM)?;
    let total = number.checked_mul(seconds);
    let total = total.filter(|total| (1..=LONGEST).contains(total));
    total
        .map(Duration::from_secs)
        .ok_or_else(|| FORM.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn times_have_a_unit() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("7d"), Ok(Duration::from_secs(604_800)));
        assert_eq!(duration("3650d"), Ok(Duration::from_secs(315_360_000)));
        for text in [
            "",
            "s",
            "0s",
            "1",
            "1w",
            "-1h",
            "9999999999999999999d",
            "3651d",
            "18446744073709551615s",
            "1\u{e9}",
        ] {
            assert!(duration(text).is_err(), "{text:?}");
        }
    }
}
