//! Log lines, on standard error.

use std::io::IsTerminal;

use tracing_subscriber::{
    Layer, Registry,
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::{Config, Failure, LogFormat};

/// The target of the HTTP library's logs of failed connections.
const CONNECTIONS: &str = "actix_http::h1::dispatcher";

/// Starts logging as `config` says; does nothing where something logs already.
pub(crate) fn start(config: &Config) -> Result<(), Failure> {
    let targets = targets(config.log())?;
    let is_terminal = std::io::stderr().is_terminal();
    let as_text = match config.log_format {
        LogFormat::Auto => is_terminal,
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    // A full disk or a closed pipe behind standard error must not stop the server, nor fill the
    // pipe with complaints about itself.
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
    // Only a program that embeds this one can have started logging before.
    drop(started);
    Ok(())
}

/// Checks that `text` is a level, or levels by module.
pub(crate) fn check(text: &str) -> Result<(), Failure> {
    targets(text).map(drop)
}

/// Reads a level, or levels by module.
fn targets(text: &str) -> Result<Targets, Failure> {
    // Alone, a word that is no level would be taken for a module that may say everything.
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
    // It takes whatever a client sends wrongly for an error; the server logs what it is.
    Ok(targets.with_target(CONNECTIONS, LevelFilter::OFF))
}
