//! The words after `manyface policy`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use manyface_core::Field;

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Read and validate a folder of policies, and say what is in it
    Check {
        /// The folder [default: the configured one]
        dir: Option<PathBuf>,
    },
    /// Say what the configured policies decide, and which of them do
    Explain(ExplainArgs),
    /// Print the schema that policies are validated against
    Schema,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The user who asks: a user name, a canonical UUID, or DIALECT:ID
    #[arg(long)]
    pub(crate) user: String,
    /// The dialect that is spoken
    #[arg(long)]
    pub(crate) dialect: String,
    /// What is asked of the user's own profile
    #[arg(long)]
    pub(crate) action: Asked,
    /// A field that would change, by its canonical name; may be given again
    #[arg(long, value_name = "FIELD", value_parser = field)]
    pub(crate) field: Vec<Field>,
    /// A group that the user's token names; may be given again
    #[arg(long)]
    pub(crate) group: Vec<String>,
    /// A scope that the user's token has; may be given again
    #[arg(long)]
    pub(crate) scope: Vec<String>,
    /// The account on whose behalf it is asked
    #[arg(long)]
    pub(crate) account: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Asked {
    Read,
    Update,
}

fn field(text: &str) -> Result<Field, String> {
    let known = manyface_policy::FIELDS;
    known
        .into_iter()
        .find(|field| field.as_str() == text)
        .ok_or_else(|| {
            let names = known.map(Field::as_str).join(", ");
            format!("must be one of {names}")
        })
}
