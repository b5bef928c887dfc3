//! The command line of `manyface openapi`.

use clap::Args;
use manyface_core::WebUrl;

#[derive(Debug, Args)]
pub(crate) struct OpenapiArgs {
    /// The dialect, such as whop
    pub(crate) dialect: String,
    /// Where the dialect is served, in place of the contract's address: https://id.example.com/api
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
