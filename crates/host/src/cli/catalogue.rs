//! The command line of `manyface catalogue`.
#![expect(clippy::doc_markdown, reason = "these texts are read on a terminal")]

use std::path::PathBuf;

use clap::Subcommand;
use manyface_core::{CatalogueKind, TenantId};

#[derive(Debug, Subcommand)]
pub(crate) enum CatalogueCommand {
    /// Add names to a list, and print their entries as JSON, one a line
    Add {
        /// The list: skill, investment_interest, technical_interest or tag
        #[arg(long, value_parser = kind)]
        kind: CatalogueKind,
        /// What is meant by it
        #[arg(long)]
        description: Option<String>,
        /// The tenant the names belong to [default: shared by all tenants]
        #[arg(long)]
        tenant: Option<TenantId>,
        /// The names
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Print entries as JSON, one a line, in the order of their ids
    List {
        /// The list [default: all]
        #[arg(long, value_parser = kind)]
        kind: Option<CatalogueKind>,
        /// Only the entries of this tenant, without the shared ones
        #[arg(long, conflicts_with = "shared")]
        tenant: Option<TenantId>,
        /// Only the entries that all tenants share
        #[arg(long)]
        shared: bool,
    },
    /// Give an entry another name
    Rename {
        /// Its id
        id: i32,
        /// The new name
        name: String,
    },
    /// Merge an entry into another of the same tenant, or into a shared one: profiles that refer to
    /// the first show the second
    Merge {
        /// The id of the entry that goes
        from: i32,
        /// The id of the entry that stays
        into: i32,
    },
    /// Add the names in a file: one a line, and after a tab what is meant by it
    Load {
        /// The list
        #[arg(long, value_parser = kind)]
        kind: CatalogueKind,
        /// The tenant the names belong to [default: shared by all tenants]
        #[arg(long)]
        tenant: Option<TenantId>,
        /// The file, in UTF-8; - is standard input
        file: PathBuf,
    },
}

fn kind(text: &str) -> Result<CatalogueKind, String> {
    CatalogueKind::parse(text).ok_or_else(|| {
        let known: Vec<_> = CatalogueKind::ALL.map(CatalogueKind::as_str).into();
        format!("must be one of {}", known.join(", "))
    })
}
