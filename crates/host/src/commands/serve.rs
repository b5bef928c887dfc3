//! `manyface serve`

use std::{path::Path, sync::Arc, time::Duration};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::JoinError,
};

use super::output::{line, say};
use crate::{Config, Demo, Deployment, Failure, Mode, Server, server::prepare_when_possible};

/// How long to wait for the database before saying where the server is: on a fresh machine
/// everything works once that line is there.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) async fn run(config: Config) -> Result<(), Failure> {
    warn_of_exposure(&config);
    let deployment = Arc::new(Deployment::open(config)?);
    let preparing = Arc::clone(&deployment);
    let mut preparing = tokio::spawn(async move { prepare_when_possible(&preparing).await });
    let is_ready = match tokio::time::timeout(PATIENCE, &mut preparing).await {
        Ok(ended) => {
            outcome(ended)?;
            true
        }
        Err(_) => false,
    };
    let mut terminate = listen_for(SignalKind::terminate())?;
    let mut interrupt = listen_for(SignalKind::interrupt())?;
    let server = Server::start(&deployment)?;
    let base_url = server.base_url();
    if line(&base_url).is_err() {
        tracing::warn!("nobody reads standard output");
    }
    if is_ready {
        greet(&deployment, &base_url).await?;
    } else {
        say("manyface: the database is not there yet; answering 503 until it is");
    }
    let mut is_prepared = is_ready;
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            ended = &mut preparing, if !is_prepared => {
                is_prepared = true;
                if let Err(failure) = outcome(ended) {
                    server.stop().await?;
                    return Err(failure);
                }
                greet(&deployment, &base_url).await?;
            }
        }
    }
    say("manyface: finishing what runs");
    // A second signal does not wait.
    tokio::select! {
        stopped = server.stop() => stopped,
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    }
}

/// What a task came to, when it may also have panicked.
fn outcome(ended: Result<Result<(), Failure>, JoinError>) -> Result<(), Failure> {
    ended.unwrap_or_else(|error| Err(Failure::could_not("prepare", error)))
}

fn listen_for(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|e| Failure::could_not("listen for signals", e))
}

fn warn_of_exposure(config: &Config) {
    if config.profile == Mode::Development && !config.listen.ip().is_loopback() {
        say("manyface: warning: the development profile is reachable from other machines");
    }
}

/// Says how to try every dialect, where the demo user is there to try it with.
async fn greet(deployment: &Deployment, base_url: &str) -> Result<(), Failure> {
    let config = deployment.config();
    let Some(issuer) = deployment.issuer() else {
        say(&format!("manyface: ready at {base_url}"));
        return Ok(());
    };
    let registry = deployment.registry();
    let mounts = deployment.mounts();
    let takes_ours = |name: &str| {
        let settings = config.dialects.get(name);
        settings.is_none_or(|settings| settings.issuers.is_empty())
    };
    let ours = mounts
        .iter()
        .filter(|(_, dialect)| takes_ours(dialect.name));
    let ours: Vec<_> = ours.cloned().collect();
    let commands = Demo::commands(&*registry, issuer, &ours, base_url).await?;
    say(&format!(
        "manyface: ready at {base_url}, on {}",
        config.database_url()
    ));
    for (prefix, dialect) in mounts {
        say(&format!(
            "  {:<12} {base_url}{prefix}{}",
            dialect.name, dialect.example.path
        ));
    }
    for (name, command) in commands {
        say(&format!(
            "\nTry {name} (the token works for a day):\n\n{command}"
        ));
    }
    let folder = shown(&config.data_dir);
    say(&match &config.database_url {
        Some(url) => format!("\nEverything is kept in {url}, but the signing key: in {folder}."),
        None => format!("\nEverything is kept in {folder}."),
    });
    Ok(())
}

fn shown(path: &Path) -> String {
    let whole = std::path::absolute(path);
    whole
        .unwrap_or_else(|_| path.to_owned())
        .display()
        .to_string()
}
