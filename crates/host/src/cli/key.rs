//! The command line of API keys.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Add a key, and print it: it is shown this once
    Add(AddKeyArgs),
    /// Print what is known of all keys as JSON, one a line
    List,
    /// Revoke a key at once, for good
    Revoke {
        /// The key's id, which `key list` shows
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AddKeyArgs {
    /// The account whose program gets the key
    #[arg(long, value_name = "biz_…")]
    pub(crate) account: String,
    /// What the key is good for; may be given again [default: user:profile:update]
    #[arg(long)]
    pub(crate) scope: Vec<String>,
    /// The API's version for requests that ask for none
    #[arg(long, value_name = "DATE")]
    pub(crate) api_version: Option<String>,
}
