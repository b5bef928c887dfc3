//! The command line of API keys.

use clap::{Args, Subcommand};
use manyface_core::TenantId;

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
    /// The dialect whose programs get the key [default: the only one that has API keys]
    #[arg(long)]
    pub(crate) dialect: Option<String>,
    /// The account whose program gets the key; with --app, an account that installed the app, and
    /// may be given again
    #[arg(long, value_name = "biz_…", required_unless_present = "app")]
    pub(crate) account: Vec<String>,
    /// The app whose program gets the key
    #[arg(long, value_name = "app_…")]
    pub(crate) app: Option<String>,
    /// The tenant that the key belongs to [default: the default tenant]
    #[arg(long, value_name = "UUID")]
    pub(crate) tenant: Option<TenantId>,
    /// What the key is good for; may be given again [default: user:profile:update]
    #[arg(long)]
    pub(crate) scope: Vec<String>,
    /// The API's version for requests that ask for none
    #[arg(long, value_name = "DATE")]
    pub(crate) api_version: Option<String>,
}
