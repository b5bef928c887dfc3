//! Logging to standard error.

use std::io::IsTerminal;

use manyface_serve::AccessLog;
use tracing_subscriber::{
    Layer, Registry,
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt,
    reload,
    util::SubscriberInitExt,
};

use crate::{Config, Failure, LogFormat, config::ConfigSource};

/// The target of the HTTP library's logs of failed connections.
const CONNECTIONS: &str = "actix_http::h1::dispatcher";

/// Starts logging according to `config`; does nothing if a logger is already installed.
pub(crate) fn start(config: &Config, source: ConfigSource) -> Result<Log, Failure> {
    let (targets, filter) = reload::Layer::new(targets(config.log())?);
    let is_terminal = std::io::stderr().is_terminal();
    let as_text = match config.log_format {
        LogFormat::Auto => is_terminal,
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    // Errors on standard error, such as a full disk or a closed pipe, must neither stop the server
    // nor be logged.
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .log_internal_errors(false);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = if as_text {
        lines.with_ansi(is_terminal).with_target(false).boxed()
    } else {
        lines.json().flatten_event(true).boxed()
    };
    let started = tracing_subscriber::registry()
        .with(lines.with_filter(targets))
        .try_init();
    // Only an embedding program can have installed a logger.
    drop(started);
    Ok(Log { filter, source })
}

/// The log of the process, whose level can be changed.
#[derive(Clone)]
pub(crate) struct Log {
    filter: reload::Handle<Targets, Registry>,
    source: ConfigSource,
}

impl Log {
    /// Reads the setting `log` again and applies it, blocking the thread.
    pub(crate) fn reload(&self, access_log: &AccessLog) {
        match self.try_reload(access_log) {
            Ok((level, requests)) => tracing::info!(level, requests, "reloaded the log settings"),
            Err(error) => {
                tracing::error!(%error, "log reload failed; keeping the previous settings");
            }
        }
    }

    fn try_reload(&self, access_log: &AccessLog) -> Result<(String, bool), Failure> {
        let layers = self.source.read();
        let config = layers.and_then(|layers| layers.config());
        let config = config.map_err(|error| Failure::Usage(error.to_string()))?;
        let reloaded = self.filter.reload(targets(config.log())?);
        reloaded.map_err(|error| Failure::could_not("change the log level", error))?;
        access_log.set_enabled(config.log.requests);
        Ok((config.log().to_owned(), config.log.requests))
    }
}

/// Checks that `text` is a level or a list of levels by module.
pub(crate) fn check(text: &str) -> Result<(), Failure> {
    targets(text).map(drop)
}

/// Parses a level or a list of levels by module.
fn targets(text: &str) -> Result<Targets, Failure> {
    // `Targets` would parse a single unknown word as a module and enable all of its levels.
    let is_level = |part: &str| part.contains('=') || part.parse::<LevelFilter>().is_ok();
    if let Some(wrong) = text.split(',').find(|part| !is_level(part.trim())) {
        let message = format!("log: {wrong} is not a level: off, error, warn, info, debug, trace");
        return Err(Failure::Usage(message));
    }
    let targets: Result<Targets, _> = text.parse();
    let targets = targets.map_err(|error| Failure::Usage(format!("log: {error}")))?;
    if text.contains(CONNECTIONS) {
        return Ok(targets);
    }
    // The library logs errors of clients as errors; the server logs them at the right level.
    Ok(targets.with_target(CONNECTIONS, LevelFilter::OFF))
}
