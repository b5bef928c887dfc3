//! `manyface token`

use std::time::Duration;

use clap::{Args, Subcommand};

use super::duration;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct TokenArgs {
    #[command(subcommand)]
    pub(crate) command: Option<TokenCommand>,
    #[command(flatten)]
    pub(crate) mint: Option<MintArgs>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Read a token from standard input, and explain why it is accepted (exit 0) or rejected (exit 1)
    Inspect(InspectArgs),
}

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// The dialect that the token is sent to
    #[arg(long)]
    pub(crate) dialect: String,
}

#[derive(Debug, Args)]
pub(crate) struct MintArgs {
    /// The dialect the token is for
    #[arg(long)]
    pub(crate) dialect: String,
    /// The user: a user name, a canonical UUID, or DIALECT:ID
    #[arg(long)]
    pub(crate) user: String,
    /// A scope; may be given again [default: all that the dialect's operations demand]
    #[arg(long)]
    pub(crate) scope: Vec<String>,
    /// A group that policies know the user by; may be given again
    #[arg(long)]
    pub(crate) group: Vec<String>,
    /// How long it works: 90s, 30m, 12h, 7d
    #[arg(long, default_value = "1h", value_parser = duration)]
    pub(crate) ttl: Duration,
}
