//! The words after `manyface tenant`.

use clap::Subcommand;
use manyface_core::TenantId;

#[derive(Debug, Subcommand)]
pub(crate) enum TenantCommand {
    /// Add a tenant, and print it as JSON
    Add {
        /// What to call it
        #[arg(long)]
        name: String,
        /// The id that it brings along [default: a new one]
        #[arg(long, value_name = "UUID")]
        id: Option<TenantId>,
    },
    /// Print a tenant as JSON, with the number of its users
    Show(TenantArgs),
    /// Print tenants as JSON, one a line, in the order of their ids
    List,
    /// Serve nobody of a tenant any more: their tokens prove nothing, through any dialect
    Suspend(TenantArgs),
    /// Serve a suspended tenant again
    Resume(TenantArgs),
    /// Remove a tenant that has no users
    Remove(TenantArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct TenantArgs {
    /// The tenant
    #[arg(value_name = "UUID")]
    pub(crate) id: TenantId,
}
