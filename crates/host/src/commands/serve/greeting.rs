//! The messages of a server that has become ready.

use std::{path::PathBuf, time::Duration};

use crate::{
    Demo, DemoCommands, Deployment, Failure, LogFormat, commands::output::say,
    development::write_private,
};

/// The lifetime of the demo user's tokens.
const TOKEN_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// Reports that the server is ready and, in development, prints commands for first requests.
pub(super) async fn print(deployment: &Deployment, base_url: &str) {
    let config = deployment.config();
    if config.log_format == LogFormat::Json {
        let names = deployment.mounts().iter().map(|(_, dialect)| dialect.name);
        let dialects = names.collect::<Vec<_>>().join(", ");
        let (version, database) = (env!("CARGO_PKG_VERSION"), config.database_url());
        tracing::info!(base_url, version, dialects, %database, "ready");
        return;
    }
    let database = config.database_url();
    say(&format!("manyface: ready at {base_url}, on {database}"));
    match demo(deployment, base_url).await {
        Ok(Some((file, commands))) => {
            let file = file.display().to_string().replace('\'', r"'\''");
            say("\nLoad the demo user's tokens (valid for a day), then paste a line:\n");
            say(&format!("  . '{file}'"));
            for command in commands {
                say(&format!("  {command}"));
            }
        }
        Ok(None) => {}
        Err(failure) => tracing::warn!(%failure, "no demo requests"),
    }
    if config.seed.is_some() {
        say("\nTokens of all users: manyface dev tokens. Back to the seed: manyface dev reset");
    }
    if cfg!(feature = "docs") && config.serves_docs() {
        say(&format!("\nTry all APIs in a browser: {base_url}/docs/"));
    }
    say("Next: manyface --help, and docs/operations.md");
}

/// Writes the demo user's headers to a file; returns its path and the commands that use it.
async fn demo(
    deployment: &Deployment,
    base_url: &str,
) -> Result<Option<(PathBuf, Vec<String>)>, Failure> {
    let Some(issuer) = deployment.issuer() else {
        return Ok(None);
    };
    let config = deployment.config();
    let mounts = deployment.mounts().iter();
    let mounts = mounts.filter(|(_, dialect)| !config.has_issuers(dialect.name));
    let mounts: Vec<_> = mounts.cloned().collect();
    let repository = deployment.repository();
    let demo = Demo::commands(&*repository, issuer, &mounts, base_url, TOKEN_LIFETIME).await?;
    let Some(DemoCommands {
        variables,
        commands,
    }) = demo
    else {
        return Ok(None);
    };
    let file = config.data_dir.join("demo.env");
    let file = std::path::absolute(&file).unwrap_or(file);
    let text = format!(
        "# Headers of the demo user, for curl. Written by `manyface serve`.\n{variables}\n"
    );
    let written = write_private(&file, &text);
    written.map_err(|error| Failure::could_not(&format!("write {}", file.display()), error))?;
    Ok(Some((file, commands)))
}
