//! `manyface usage`

use clap::Args;
use manyface_core::Json;

use super::output::line;
use crate::{
    Config, Failure,
    admin::{AdminClient, ServerOptions},
};

#[derive(Debug, Args)]
pub(crate) struct UsageArgs {
    #[command(flatten)]
    server: ServerOptions,
    /// Only this dialect
    #[arg(long)]
    dialect: Option<String>,
    /// Only writes of this canonical field
    #[arg(long)]
    field: Option<String>,
    /// Only this client of tokens, or this API key
    #[arg(long)]
    client: Option<String>,
}

#[derive(serde::Deserialize)]
struct UsagePage {
    items: Vec<Json>,
}

pub(crate) async fn run(config: Config, args: UsageArgs) -> Result<(), Failure> {
    let UsageArgs {
        server,
        dialect,
        field,
        client,
    } = args;
    let conditions = [("dialect", dialect), ("field", field), ("client", client)];
    let conditions = conditions.into_iter();
    let conditions = conditions.filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let admin = AdminClient::open(&config, &server).await?;
    let page: UsagePage = admin.get(&["usage"], conditions.collect()).await?;
    page.items.iter().try_for_each(|item| line(item.as_str()))
}
