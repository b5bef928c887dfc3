//! `manyface openapi`

use clap::Args;
use manyface_core::WebUrl;

use super::output;
use crate::{DialectRegistry, Failure};

#[derive(Debug, Args)]
pub(crate) struct OpenapiArgs {
    /// The dialect, such as whop
    pub(crate) dialect: String,
    /// The URL of the dialect, instead of the contract's: https://id.example.com/api
    #[arg(long, value_name = "URL", value_parser = server)]
    pub(crate) server: Option<String>,
}

fn server(text: &str) -> Result<String, String> {
    let is_path = text.starts_with('/') && !text.starts_with("//");
    if is_path || WebUrl::parse(text).is_ok() {
        Ok(text.to_owned())
    } else {
        Err("must be an http or https URL, or a path".to_owned())
    }
}

pub(crate) fn run(dialect_registry: DialectRegistry, args: &OpenapiArgs) -> Result<(), Failure> {
    let OpenapiArgs { dialect, server } = args;
    let known = dialect_registry.dialects();
    let Some(found) = known.iter().find(|known| known.name == *dialect) else {
        let names: Vec<_> = known.iter().map(|dialect| dialect.name).collect();
        let names = names.join(", ");
        let message = format!("there is no dialect {dialect}; known are {names}");
        return Err(Failure::Usage(message));
    };
    match server {
        Some(url) => output::as_it_is(&found.openapi_at(url)),
        None => output::as_it_is(found.openapi),
    }
}
