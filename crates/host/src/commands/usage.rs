//! `manyface usage`

use clap::Args;

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
    admin.print_all(&["usage"], conditions.collect()).await
}
